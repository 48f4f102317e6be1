/// A word with parameters, the shape of many headers: Event, Security-Client, Info-Package, …
public struct SIPParameterized: Hashable, Sendable {
  /// What stands before the first `;`.
  public var value: SIPText
  /// What follows.
  public var parameters: SIPParameters

  /// A word and its parameters.
  public init(_ value: SIPText, parameters: SIPParameters = .init()) {
    self.value = value
    self.parameters = parameters
  }
}

extension SIPParameterized: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPParameterized {
    SIPParameterized(try reader.readToken(), parameters: try reader.readParameters())
  }

  public func write(to writer: inout SIPFieldWriter) {
    writer.writeToken(value.description)
    writer.write(parameters)
  }
}

extension SIPHeaderKey where Value == SIPParameterized {
  /// RFC 6665 §8.2.1: the event package; its `id` is a parameter.
  public static let event = SIPHeaderKey(.event)
  /// RFC 3329 §2.2: security mechanisms that a client has.
  public static let securityClient = SIPHeaderKey(.securityClient, .list)
  /// RFC 3329 §2.2: security mechanisms that a server has.
  public static let securityServer = SIPHeaderKey(.securityServer, .list)
  /// RFC 3329 §2.2: the server's list as the client got it.
  public static let securityVerify = SIPHeaderKey(.securityVerify, .list)
  /// RFC 7315 §4.4: the kind of access and where it is.
  public static let pAccessNetworkInfo = SIPHeaderKey(.pAccessNetworkInfo, .list)
  /// RFC 5373 §4.1: `Auto` or `Manual`.
  public static let answerMode = SIPHeaderKey(.answerMode)
  /// RFC 5373 §4.1: the same for callers with privileges.
  public static let privAnswerMode = SIPHeaderKey(.privAnswerMode)
  /// RFC 6086 §7.1: the package of an INFO.
  public static let infoPackage = SIPHeaderKey(.infoPackage)
  /// RFC 6086 §7.2: the packages that are wanted; empty for none.
  public static let recvInfo = SIPHeaderKey(.recvInfo, .listOrEmpty)
}
