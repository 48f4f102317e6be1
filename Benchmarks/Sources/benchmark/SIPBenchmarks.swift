import CPeers
import SIPParser

enum SIPBenchmarks {
  static func all() throws -> [Benchmark] {
    let messages = [
      ("invite", SIPMessages.invite), ("response", SIPMessages.response), ("register", SIPMessages.register),
    ]
    return try messages.flatMap { scenario, bytes in
      let message = try SIPMessage(parsing: bytes)
      return [
        Benchmark("sip", "sip-parse-\(scenario)-\(bytes.count)") { iterations in
          var done: UInt64 = 0
          for _ in 0..<iterations where try SIPMessage(parsing: bytes).headers.count > 5 { done += 1 }
          return done
        },
        Benchmark("sip", "sip-parse-typed-\(scenario)-\(bytes.count)", peers: peers(bytes)) { iterations in
          var done: UInt64 = 0
          for _ in 0..<iterations where try readAll(SIPMessage(parsing: bytes)) > 5 { done += 1 }
          return done
        },
        Benchmark("sip", "sip-serialize-\(scenario)-\(bytes.count)") { iterations in
          var done: UInt64 = 0
          for _ in 0..<iterations where try message.serialized().count > 100 { done += 1 }
          return done
        },
      ]
    }
  }

  private static func peers(_ bytes: [UInt8]) -> [Benchmark.Peer] {
    [
      Benchmark.Peer(name: "sofia-sip") { peer_sofia_parse(bytes, bytes.count, $0) },
      Benchmark.Peer(name: "osip2") { peer_osip_parse(bytes, bytes.count, $0) },
    ]
  }

  /// Every header of the messages as its typed value, and how many values that were.
  private static func readAll(_ message: SIPMessage) throws -> Int {
    var count = try message.values(.via).count + message.values(.recordRoute).count + message.values(.contact).count
    count += try message.values(.allow).count + message.values(.supported).count
    if try message.value(.from) != nil { count += 1 }
    if try message.value(.to) != nil { count += 1 }
    if try message.value(.callID) != nil { count += 1 }
    if try message.value(.cseq) != nil { count += 1 }
    if try message.value(.maxForwards) != nil { count += 1 }
    if try message.value(.userAgent) != nil { count += 1 }
    if try message.value(.contentType) != nil { count += 1 }
    if try message.value(.contentLength) != nil { count += 1 }
    if case .request(let request) = message {
      count += request.uri.host == message.uriHost ? 1 : 0
      count += try message.values(.authorization).count
    }
    return count
  }
}

extension SIPMessage {
  /// The host of a request's URI: reading it types the URI.
  fileprivate var uriHost: SIPHost? {
    if case .request(let request) = self { request.uri.host } else { nil }
  }
}
