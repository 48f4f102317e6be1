import Foundation
import Synchronization

/// One message from baresip's `ctrl_tcp`: the answer to a command, or an event.
struct BaresipMessage: Sendable, Decodable, CustomStringConvertible {
  /// True for events.
  var event: Bool?
  /// `CALL_INCOMING`, `CALL_ESTABLISHED`, `CALL_CLOSED`, `CALL_DTMF_START`, …
  var type: String?
  /// What the event is about: the peer, the reason, the digit.
  var param: String?
  var response: Bool?
  var ok: Bool?
  /// What the command printed.
  var data: String?
  var token: String?

  var description: String { type.map { "\($0) \(param ?? "")" } ?? "response \(ok ?? false) \(data ?? "")" }
}

/// A connection to a running baresip: JSON in netstrings over TCP.
final class BaresipControl: Sendable {
  private let descriptor: Int32
  private let messages = Mutex<[BaresipMessage]>([])
  private let tokens = Mutex(0)

  /// Connects to 127.0.0.1:`port` and reads until the other side closes.
  init(port: UInt16) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = LoopbackSocket.address(port)
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else {
      close(descriptor)
      throw InteropError("nobody listens on 127.0.0.1:\(port)")
    }
    self.descriptor = descriptor
    // A blocking read needs a thread of its own: it must not hold one of the test's.
    Thread.detachNewThread { [weak self] in Self.read(descriptor) { message in self?.append(message) } }
  }

  deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

  private func append(_ message: BaresipMessage) { messages.withLock { $0.append(message) } }

  private static func read(_ descriptor: Int32, deliver: (BaresipMessage) -> Void) {
    defer { close(descriptor) }
    var decoder = NetstringDecoder()
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = recv(descriptor, &chunk, chunk.count, 0)
      guard count > 0 else { return }
      decoder.append(chunk[..<count])
      while let payload = try? decoder.next() {
        if let message = try? JSONDecoder().decode(BaresipMessage.self, from: Data(payload)) { deliver(message) }
      }
    }
  }

  /// How many messages came so far: a mark from which to wait.
  var mark: Int { messages.withLock { $0.count } }

  /// Every message from a mark on.
  func messages(from mark: Int = 0) -> [BaresipMessage] { messages.withLock { Array($0.dropFirst(mark)) } }

  /// Sends a command and waits for its answer's text.
  @discardableResult
  func command(_ command: String, _ parameters: String? = nil) async throws -> String {
    let token = tokens.withLock {
      $0 += 1
      return "t\($0)"
    }
    var object = ["command": command, "token": token]
    object["params"] = parameters
    let bytes = NetstringDecoder.encode([UInt8](try JSONEncoder().encode(object)))
    guard Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
      throw InteropError("the control connection is gone")
    }
    let answer = try await eventually("baresip's answer to \(command)", within: .seconds(5)) {
      messages().first { $0.token == token }
    }
    guard answer.ok == true else { throw InteropError("baresip refused \(command): \(answer.data ?? "")") }
    return answer.data ?? ""
  }

  /// Waits for an event of this type (and with this parameter, where given) since `mark`.
  @discardableResult
  func event(
    _ type: String, _ param: String? = nil, since mark: Int = 0, within limit: Duration = .seconds(10)
  ) async throws -> BaresipMessage {
    do {
      return try await eventually("baresip's \(type) \(param ?? "")", within: limit) {
        messages(from: mark).first { $0.type == type && (param == nil || $0.param == param) }
      }
    } catch {
      throw InteropError("\(error); it said \(messages(from: mark).map(\.description).joined(separator: ", "))")
    }
  }
}
