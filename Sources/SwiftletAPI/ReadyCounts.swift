/// How many of something are wanted and how many of those are ready.
///
/// Written with a third field, `summary` (`3/5`), because a printer column shows one field only. It follows from the
/// other two, so it is no property and is ignored when read.
package struct ReadyCounts: Sendable, Hashable {
  package var desired = 0
  package var ready = 0
  /// Selected, but not to be worked on now (not ready, cordoned, no agent). Only for nodes.
  package var unreachable: Int?

  package init(desired: Int = 0, ready: Int = 0, unreachable: Int? = nil) {
    self.desired = desired
    self.ready = ready
    self.unreachable = unreachable
  }

  /// `ready/desired`.
  package var summary: String { "\(ready)/\(desired)" }
}

extension ReadyCounts: Codable {
  private enum CodingKeys: String, CodingKey {
    case desired, ready, unreachable, summary
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    desired = try container.decode(Int.self, forKey: .desired)
    ready = try container.decode(Int.self, forKey: .ready)
    unreachable = try container.decodeIfPresent(Int.self, forKey: .unreachable)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(desired, forKey: .desired)
    try container.encode(ready, forKey: .ready)
    try container.encodeIfPresent(unreachable, forKey: .unreachable)
    try container.encode(summary, forKey: .summary)
  }
}
