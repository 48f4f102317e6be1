import SIPParser

/// The start of every branch made by RFC 3261 §8.1.1.7.
let magicCookie = "z9hG4bK"

/// What a server transaction is found by (RFC 3261 §17.2.3), as one string of bytes: a lingering transaction keeps it.
struct ServerKey: Hashable, Sendable {
  private let bytes: [UInt8]

  /// The key of the transaction that a request with `method` belongs to; ACK belongs to the INVITE's.
  init(_ request: SIPRequest, _ fields: MessageFields, method: SIPMethod? = nil) {
    var method = method ?? request.method
    if method == .ack { method = .invite }
    var bytes = [UInt8]()
    bytes.reserveCapacity(96)
    let branch = fields.via.branch?.bytes ?? []
    if fields.via.hasMagicCookie {
      bytes.append(contentsOf: branch)
      Self.append(Self.sentBy(fields.via), to: &bytes)
    } else {
      // A peer of RFC 2543: its branch names nothing. To is left out, for it grows a tag between INVITE and ACK.
      bytes.append(0)
      bytes.append(contentsOf: request.uri.rawText.bytes)
      Self.append(fields.from.tag?.description ?? "", to: &bytes)
      Self.append(fields.callID, to: &bytes)
      Self.append(String(fields.cseq.number), to: &bytes)
      Self.append(Self.sentBy(fields.via), to: &bytes)
      bytes.append(0)
      bytes.append(contentsOf: branch)
    }
    Self.append(method.name, to: &bytes)
    self.bytes = bytes
  }

  private static func append(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(0)
    bytes.append(contentsOf: text.utf8)
  }

  private static func sentBy(_ via: SIPVia) -> String {
    "\(via.host.description.lowercased()):\(via.port ?? via.transport.defaultPort)"
  }
}

/// What two copies of one request that came by different ways share (RFC 3261 §8.2.2.2).
struct MergeKey: Hashable, Sendable {
  private let text: String

  /// Nil for a request with a To tag, which cannot be merged.
  init?(_ request: SIPRequest, _ fields: MessageFields) {
    guard fields.to.tag == nil else { return nil }
    text =
      "\(fields.callID)\u{0}\(fields.from.tag?.description ?? "")\u{0}\(fields.cseq.number)\u{0}\(request.method.name)"
  }
}

/// What a client transaction is found by (RFC 3261 §17.1.3).
struct ClientKey: Hashable, Sendable {
  var branch: String
  var method: SIPMethod
}
