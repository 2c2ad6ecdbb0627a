import Foundation

/// What the cluster's registry was asked for, by its access log, from a moment on.
struct RegistryLog: Sendable {
  /// One answered request.
  struct Entry: Sendable, Hashable {
    let client: String
    let method: String
    let path: String
    let status: Int
    let bytes: Int
  }

  private let file: URL
  private let start: Int

  /// From now on.
  init() throws {
    let state = ProcessInfo.processInfo.environment["SWIFTLET_CLUSTER_STATE"] ?? ""
    file = URL(filePath: state).appending(path: "log/registry.log")
    start = try Data(contentsOf: file).count
  }

  /// Requests of nodes for what lies below `repository`, such as `killed-1`.
  func entries(_ repository: String) throws -> [Entry] {
    let text = String(decoding: try Data(contentsOf: file).dropFirst(start), as: UTF8.self)
    return text.split(separator: "\n").compactMap { Self.entry($0) }.filter { $0.path.hasPrefix("/v2/\(repository)") }
  }

  /// How often each node got each blob as a whole.
  func wholeBlobs(_ repository: String) throws -> [String: Int] {
    let whole = try entries(repository).filter { $0.method == "GET" && $0.status == 200 && $0.path.contains("/blobs/") }
    return Dictionary(grouping: whole) { "\($0.client) \($0.path)" }.mapValues(\.count)
  }

  /// A line of the common log format.
  private static func entry(_ line: Substring) -> Entry? {
    let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
    guard parts.count >= 3 else { return nil }
    let request = parts[1].split(separator: " ")
    let result = parts[2].split(separator: " ")
    guard request.count == 3, result.count >= 2, let status = Int(result[0]), let bytes = Int(result[1]),
      let client = line.split(separator: " ").first
    else { return nil }
    return Entry(
      client: String(client), method: String(request[0]), path: String(request[1]), status: status, bytes: bytes)
  }
}
