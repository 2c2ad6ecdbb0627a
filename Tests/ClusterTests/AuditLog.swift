import Foundation

/// What the API server was asked for, by its audit log, from a moment on.
struct AuditLog: Sendable {
  /// One answered request.
  struct Entry: Sendable, Hashable, Decodable {
    struct User: Sendable, Hashable, Decodable { let username: String }
    struct Object: Sendable, Hashable, Decodable {
      let resource: String
      let name: String?
      let subresource: String?
    }
    struct Status: Sendable, Hashable, Decodable { let code: Int? }

    let verb: String
    let user: User
    let sourceIPs: [String]?
    let objectRef: Object?
    let responseStatus: Status?
    /// When it was answered; in this form texts sort as times do.
    let stageTimestamp: String
    let requestURI: String

    var isWrite: Bool { ["create", "update", "patch", "delete"].contains(verb) }
    var isDone: Bool { (200..<300).contains(responseStatus?.code ?? 0) }
    /// The address that it came from.
    var source: String { sourceIPs?.first ?? "" }
  }

  private let file: URL
  private let start: Int

  /// From now on.
  init() throws {
    let state = ProcessInfo.processInfo.environment["SWIFTLET_CLUSTER_STATE"] ?? ""
    file = URL(filePath: state).appending(path: "log/audit.jsonl")
    start = try Data(contentsOf: file).count
  }

  /// The requests of one of the parts, `controller` or `agent`, in the order of their answers.
  func entries(_ part: String) throws -> [Entry] {
    let decoder = JSONDecoder()
    let lines = try Data(contentsOf: file).dropFirst(start).split(separator: UInt8(ascii: "\n"))
    let mine = Data(#""system:serviceaccount:swiftlet-system:swiftlet-\#(part)""#.utf8)
    return try lines.filter { $0.range(of: mine) != nil }.map { try decoder.decode(Entry.self, from: $0) }
      .sorted { $0.stageTimestamp < $1.stageTimestamp }
  }

  /// What controllers wrote that weren't the last to write the lease: nothing, where one writes at a time. Events aside, in
  /// which controllers speak for themselves.
  func intrusions() throws -> [Entry] {
    var holder: String?
    return try entries("controller").filter { $0.isWrite && $0.isDone }.filter { entry in
      switch entry.objectRef?.resource {
      case "leases":
        holder = entry.source
        return false
      case "events", "tokenreviews", nil: return false
      default: return holder != nil && entry.source != holder
      }
    }
  }

  /// How often a part has listed something.
  func lists(_ part: String) throws -> Int {
    try entries(part).count { $0.verb == "list" }
  }
}
