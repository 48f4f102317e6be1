/// What carries attributes: the session part and each media part. Order is kept, names may repeat.
public protocol SDPAttributed {
  /// The `a=` lines in order.
  var attributes: [SDPAttribute] { get set }
}

extension SDPAttributed {
  /// Whether there is an attribute of this name.
  public func has(_ name: SDPAttributeName) -> Bool { attributes.contains { $0.isNamed(name) } }

  /// The first attribute of this name, as it was written.
  public func first(_ name: SDPAttributeName) -> SDPAttribute? { attributes.first { $0.isNamed(name) } }

  /// The first attribute under `key`, typed; nil when there is none.
  ///
  /// - Throws: ``SDPError/Code/invalidAttribute`` with the line, when its value breaks the grammar.
  public func value<Value>(_ key: SDPAttributeKey<Value>) throws(SDPError) -> Value? {
    guard let attribute = first(key.name) else { return nil }
    return try key.read(attribute)
  }

  /// All attributes under `key`, typed, in order.
  ///
  /// - Throws: ``SDPError/Code/invalidAttribute`` for the first whose value breaks the grammar.
  public func values<Value>(_ key: SDPAttributeKey<Value>) throws(SDPError) -> [Value] {
    var result = [Value]()
    for attribute in attributes where attribute.isNamed(key.name) { result.append(try key.read(attribute)) }
    return result
  }

  /// All attributes under `key` that can be read; the others are passed over.
  public func readableValues<Value>(_ key: SDPAttributeKey<Value>) -> [Value] {
    var result = [Value]()
    for attribute in attributes where attribute.isNamed(key.name) {
      if let value = try? key.read(attribute) { result.append(value) }
    }
    return result
  }

  /// Adds an attribute at the end.
  public mutating func append<Value>(_ key: SDPAttributeKey<Value>, _ value: Value) {
    attributes.append(key.attribute(value))
  }

  /// Puts `value` where the first attribute of that name stands, or at the end, and removes the others of that name.
  public mutating func set<Value>(_ key: SDPAttributeKey<Value>, _ value: Value?) {
    let place = attributes.firstIndex { $0.isNamed(key.name) }
    removeAll(key.name)
    if let value { attributes.insert(key.attribute(value), at: place ?? attributes.count) }
  }

  /// Removes every attribute of this name.
  public mutating func removeAll(_ name: SDPAttributeName) { attributes.removeAll { $0.isNamed(name) } }

  /// The direction that this part states (RFC 8866 §6.7), nil when it states none. Setting replaces it in place.
  public var statedDirection: SDPDirection? {
    get {
      for attribute in attributes {
        if let direction = SDPDirection(attribute: attribute) { return direction }
      }
      return nil
    }
    set {
      let place = attributes.firstIndex { SDPDirection(attribute: $0) != nil }
      attributes.removeAll { SDPDirection(attribute: $0) != nil }
      if let newValue { attributes.insert(SDPAttribute(newValue.name), at: place ?? attributes.count) }
    }
  }
}

/// A name with the type of its value: `try media.value(.rtpmap)`. Anyone can add one.
public struct SDPAttributeKey<Value: Sendable>: Sendable {
  /// The attribute's name.
  public let name: SDPAttributeName
  private let expected: String
  private let parse: @Sendable (SDPText) -> Value?
  private let print: @Sendable (Value) -> SDPText?

  /// A typed name.
  ///
  /// - Parameters:
  ///   - expected: the grammar in words, for errors.
  ///   - parse: what stands behind the colon (empty without one) to a value, nil when it breaks the grammar. It is handed
  ///     bytes of a peer and must not trap.
  ///   - print: a value to what stands behind the colon; nil for no colon.
  public init(
    _ name: SDPAttributeName, expected: String, parse: @escaping @Sendable (SDPText) -> Value?,
    print: @escaping @Sendable (Value) -> SDPText?
  ) {
    self.name = name
    self.expected = expected
    self.parse = parse
    self.print = print
  }

  /// The typed value of `attribute`, whose name is this key's.
  public func read(_ attribute: SDPAttribute) throws(SDPError) -> Value {
    let text = attribute.value ?? attribute.text.slice(attribute.text.count, attribute.text.count)
    guard let value = parse(text) else { throw .attribute(name.description, in: text, expected: expected) }
    return value
  }

  /// The line for `value`.
  public func attribute(_ value: Value) -> SDPAttribute { SDPAttribute(name, print(value)) }
}
