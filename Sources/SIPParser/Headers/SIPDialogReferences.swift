/// Join (RFC 3911 §7.1): the dialog that the new one should be mixed with.
public struct SIPJoin: Hashable, Sendable {
  /// The dialog's Call-ID.
  public var callID: SIPText
  /// `to-tag` and `from-tag`.
  public var parameters: SIPParameters

  /// A dialog, as the receiver of the header sees it: `toTag` is the receiver's own.
  public init(callID: SIPText, toTag: String, fromTag: String) {
    self.callID = callID
    parameters = ["to-tag": toTag, "from-tag": fromTag]
  }

  /// The receiver's tag.
  public var toTag: SIPText? { parameters.text("to-tag") }
  /// The other side's tag.
  public var fromTag: SIPText? { parameters.text("from-tag") }
}

extension SIPJoin: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPJoin {
    let start = reader.offset
    var result = SIPJoin(callID: try reader.readCallID(), toTag: "", fromTag: "")
    result.parameters = try reader.readParameters()
    guard result.toTag?.isEmpty == false, result.fromTag?.isEmpty == false else {
      throw reader.failure("a to-tag and a from-tag", at: start)
    }
    return result
  }

  public func write(to writer: inout SIPFieldWriter) {
    writer.writeCallID(callID)
    if toTag?.isEmpty != false || fromTag?.isEmpty != false { writer.fail("a to-tag and a from-tag") }
    writer.write(parameters)
  }
}

/// Target-Dialog (RFC 4538 §5): the dialog in whose name a request outside of it comes, as its sender sees it.
public struct SIPTargetDialog: Hashable, Sendable {
  /// The dialog's Call-ID.
  public var callID: SIPText
  /// `local-tag` and `remote-tag`.
  public var parameters: SIPParameters

  /// A dialog: `localTag` is the sender's own.
  public init(callID: SIPText, localTag: String, remoteTag: String) {
    self.callID = callID
    parameters = ["local-tag": localTag, "remote-tag": remoteTag]
  }

  /// The sender's tag.
  public var localTag: SIPText? { parameters.text("local-tag") }
  /// The receiver's tag.
  public var remoteTag: SIPText? { parameters.text("remote-tag") }
}

extension SIPTargetDialog: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPTargetDialog {
    let start = reader.offset
    var result = SIPTargetDialog(callID: try reader.readCallID(), localTag: "", remoteTag: "")
    result.parameters = try reader.readParameters()
    guard result.localTag?.isEmpty == false, result.remoteTag?.isEmpty == false else {
      throw reader.failure("a local-tag and a remote-tag", at: start)
    }
    return result
  }

  public func write(to writer: inout SIPFieldWriter) {
    writer.writeCallID(callID)
    if localTag?.isEmpty != false || remoteTag?.isEmpty != false { writer.fail("a local-tag and a remote-tag") }
    writer.write(parameters)
  }
}

extension SIPHeaderKey where Value == SIPJoin {
  /// RFC 3911 §7.1
  public static let join = SIPHeaderKey(.join)
}

extension SIPHeaderKey where Value == SIPTargetDialog {
  /// RFC 4538 §5
  public static let targetDialog = SIPHeaderKey(.targetDialog)
}
