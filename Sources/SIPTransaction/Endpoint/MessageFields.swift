import SIPParser

/// The header values that matching needs, read once a message (RFC 3261 §8.1.1, all of them mandatory).
struct MessageFields {
  var via: SIPVia
  var callID: String
  var from: SIPNameAddress
  var to: SIPNameAddress
  var cseq: SIPCSeq

  /// - Throws: `.header` when one is missing or cannot be read.
  init(_ headers: SIPHeaders) throws(SIPTransactionError) {
    let readable: (SIPVia?, SIPNameAddress?, SIPNameAddress?, SIPCSeq?)
    do {
      readable = (
        try headers.value(.via), try headers.value(.from), try headers.value(.to), try headers.value(.cseq)
      )
    } catch {
      throw SIPTransactionError(.header, expected: error.expected)
    }
    guard let via = readable.0, let from = readable.1, let to = readable.2, let cseq = readable.3,
      let callID = headers.text(.callID), !callID.isEmpty
    else { throw SIPTransactionError(.header, expected: "Via, From, To, Call-ID and CSeq") }
    self.via = via
    self.from = from
    self.to = to
    self.cseq = cseq
    self.callID = callID.description
  }
}

/// The URI of the first Contact, nil when there is none that can be read.
func firstContact(_ headers: SIPHeaders) -> SIPURI? {
  (try? headers.value(.contact))?.uri
}
