/// One step of a JSON patch (RFC 6902). Paths are JSON pointers (RFC 6901); `pointer(_:)` makes one.
public enum JSONPatchOperation: Sendable, Hashable {
  case add(path: String, value: JSONValue)
  case remove(path: String)
  case replace(path: String, value: JSONValue)
  case move(from: String, path: String)
  case copy(from: String, path: String)
  /// Fails the whole patch (422) unless the value at `path` is `value`.
  case test(path: String, value: JSONValue)

  /// The JSON pointer through `tokens`, with `~` and `/` in them escaped.
  public static func pointer(_ tokens: [String]) -> String {
    tokens.map { token in
      var escaped = "/"
      for character in token {
        switch character {
        case "~": escaped += "~0"
        case "/": escaped += "~1"
        default: escaped.append(character)
        }
      }
      return escaped
    }.joined()
  }
}

extension JSONPatchOperation: Encodable {
  private enum CodingKeys: String, CodingKey {
    case operation = "op"
    case from
    case path
    case value
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .add(let path, let value):
      try container.encode("add", forKey: .operation)
      try container.encode(path, forKey: .path)
      try container.encode(value, forKey: .value)
    case .remove(let path):
      try container.encode("remove", forKey: .operation)
      try container.encode(path, forKey: .path)
    case .replace(let path, let value):
      try container.encode("replace", forKey: .operation)
      try container.encode(path, forKey: .path)
      try container.encode(value, forKey: .value)
    case .move(let from, let path):
      try container.encode("move", forKey: .operation)
      try container.encode(from, forKey: .from)
      try container.encode(path, forKey: .path)
    case .copy(let from, let path):
      try container.encode("copy", forKey: .operation)
      try container.encode(from, forKey: .from)
      try container.encode(path, forKey: .path)
    case .test(let path, let value):
      try container.encode("test", forKey: .operation)
      try container.encode(path, forKey: .path)
      try container.encode(value, forKey: .value)
    }
  }
}
