/// In which order images are pulled: higher priority first; what is missing before what is only stale; what failed
/// less often first; then by name.
package enum PullQueue {
  package struct Entry: Sendable, Hashable {
    package let name: String
    package let priority: Int32
    package let isRefresh: Bool
    package let attempts: Int

    package init(name: String, priority: Int32, isRefresh: Bool, attempts: Int) {
      self.name = name
      self.priority = priority
      self.isRefresh = isRefresh
      self.attempts = attempts
    }
  }

  package static func ordered(_ entries: [Entry]) -> [Entry] {
    entries.sorted { left, right in
      if left.priority != right.priority { return left.priority > right.priority }
      if left.isRefresh != right.isRefresh { return right.isRefresh }
      if left.attempts != right.attempts { return left.attempts < right.attempts }
      return left.name < right.name
    }
  }
}
