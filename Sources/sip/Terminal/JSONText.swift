/// A JSON value that prints itself; object keys keep their order.
indirect enum JSONText {
  case string(String)
  case number(Double, decimals: Int)
  case integer(Int64)
  case boolean(Bool)
  case array([JSONText])
  case object([(String, JSONText)])
  case null

  /// A number, or null when there is none.
  static func optional(_ value: Double?, decimals: Int) -> JSONText {
    value.map { .number($0, decimals: decimals) } ?? .null
  }

  /// A string, or null when there is none.
  static func optional(_ value: String?) -> JSONText { value.map { .string($0) } ?? .null }

  var text: String {
    switch self {
    case .string(let value): return "\"\(Self.escaped(value))\""
    case .number(let value, let decimals): return value.isFinite ? decimal(value, decimals) : "null"
    case .integer(let value): return "\(value)"
    case .boolean(let value): return value ? "true" : "false"
    case .array(let values): return "[" + values.map(\.text).joined(separator: ", ") + "]"
    case .object(let members):
      return "{" + members.map { "\"\(Self.escaped($0.0))\": \($0.1.text)" }.joined(separator: ", ") + "}"
    case .null: return "null"
    }
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
