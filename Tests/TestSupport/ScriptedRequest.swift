/// A request that a `ScriptedServer` received.
package struct ScriptedRequest: Sendable, Hashable {
  package struct Header: Sendable, Hashable {
    /// In lower case.
    package var name: String
    package var value: String
  }

  package var method: String
  /// Path and query as they came.
  package var target: String
  package var headers: [Header]
  package var body: [UInt8]
  /// Which connection it came by, counted from 1.
  package var connection: Int
  package var isHTTP2: Bool

  /// The path without its query.
  package var path: String { String(target.prefix { $0 != "?" }) }

  /// The parameters of the query, without percent decoding.
  package var query: [String: String] {
    let text = target.drop { $0 != "?" }.dropFirst()
    let pairs = text.split(separator: "&").map { item in
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }
    return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }

  /// The body as text.
  package var text: String { String(decoding: body, as: UTF8.self) }

  /// The first header of that name.
  package func header(_ name: String) -> String? {
    headers.first { $0.name == name.lowercased() }?.value
  }
}
