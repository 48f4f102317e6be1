import WireSupport

extension SDPSession {
  /// The description with CRLF behind each line, in the order of RFC 8866 §5.
  ///
  /// - Throws: ``SDPError/Code/unprintable`` when a value holds CR, LF or NUL: text from elsewhere must not become lines.
  public func serialized() throws(SDPError) -> [UInt8] {
    var printer = SDPPrinter(hidesSecrets: false)
    printer.print(self)
    return try printer.finish()
  }
}

extension SDPSession: CustomStringConvertible {
  /// The description for people: keys and passwords are hidden.
  public var description: String {
    var printer = SDPPrinter(hidesSecrets: true)
    printer.print(self)
    return String(decoding: printer.output, as: UTF8.self)
  }
}

extension SDPMedia: CustomStringConvertible {
  /// The media part for people: keys and passwords are hidden.
  public var description: String {
    var printer = SDPPrinter(hidesSecrets: true)
    printer.print(self)
    return String(decoding: printer.output, as: UTF8.self)
  }
}

/// Writes lines and counts them, so that one pass at the end proves that no value broke a line.
struct SDPPrinter {
  private(set) var output = [UInt8]()
  private var lines = 0
  private let hidesSecrets: Bool

  init(hidesSecrets: Bool) {
    self.hidesSecrets = hidesSecrets
    output.reserveCapacity(1024)
  }

  mutating func print(_ session: SDPSession) {
    line("v", "0")
    line("o", session.origin.text)
    line("s", session.name)
    if let information = session.information { line("i", information) }
    if let uri = session.uri { line("u", uri) }
    for email in session.emails { line("e", email) }
    for phone in session.phones { line("p", phone) }
    if let connection = session.connection { line("c", connection.text) }
    for bandwidth in session.bandwidths { print(bandwidth) }
    for time in session.times {
      begin("t")
      append(String(time.start))
      output.append(SDPGrammar.space)
      append(String(time.stop))
      endLine()
      for value in time.repeats { line("r", value.text) }
      if let zones = time.zones { line("z", zones.text) }
    }
    if let key = session.key { line("k", hidesSecrets ? "<hidden>" : key) }
    for attribute in session.attributes { print(attribute) }
    for media in session.media { print(media) }
  }

  mutating func print(_ media: SDPMedia) {
    begin("m")
    append(media.kind.text)
    output.append(SDPGrammar.space)
    append(String(media.port))
    if let count = media.portCount {
      output.append(SDPGrammar.slash)
      append(String(count))
    }
    output.append(SDPGrammar.space)
    append(media.proto)
    if !media.formatList.isEmpty {
      output.append(SDPGrammar.space)
      append(media.formatList)
    }
    endLine()
    if let information = media.information { line("i", information) }
    for connection in media.connections { line("c", connection.text) }
    for bandwidth in media.bandwidths { print(bandwidth) }
    if let key = media.key { line("k", hidesSecrets ? "<hidden>" : key) }
    for attribute in media.attributes { print(attribute) }
  }

  func finish() throws(SDPError) -> [UInt8] {
    let bytes = output.span
    var (feeds, returns, zeros) = (0, 0, 0)
    for index in 0..<bytes.count {
      feeds &+= bytes[index] == SDPGrammar.lineFeed ? 1 : 0
      returns &+= bytes[index] == SDPGrammar.carriageReturn ? 1 : 0
      zeros &+= bytes[index] == 0 ? 1 : 0
    }
    guard feeds == lines, returns == lines, zeros == 0 else {
      throw SDPError(.unprintable, expected: "no CR, LF or NUL inside a value", fault: .local, status: 500)
    }
    return output
  }

  private mutating func print(_ bandwidth: SDPBandwidth) {
    begin("b")
    append(bandwidth.type)
    output.append(SDPGrammar.colon)
    append(String(bandwidth.value))
    endLine()
  }

  private mutating func print(_ attribute: SDPAttribute) {
    if hidesSecrets && attribute.isSecret {
      begin("a")
      append(attribute.description)
      endLine()
    } else {
      line("a", attribute.text)
    }
  }

  private mutating func begin(_ letter: Unicode.Scalar) {
    output.append(UInt8(ascii: letter))
    output.append(UInt8(ascii: "="))
  }

  private mutating func line(_ letter: Unicode.Scalar, _ text: SDPText) {
    begin(letter)
    append(text)
    endLine()
  }

  private mutating func append(_ text: SDPText) {
    output.append(contentsOf: text.storage[Int(text.lower)..<Int(text.upper)])
  }

  private mutating func append(_ text: String) { output.append(contentsOf: text.utf8) }

  private mutating func endLine() {
    output.append(SDPGrammar.carriageReturn)
    output.append(SDPGrammar.lineFeed)
    lines += 1
  }
}
