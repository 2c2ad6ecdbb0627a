import Foundation
import Synchronization

/// Looks at the registry's connections again and again: which nodes it is sending something to.
final class PullWatch: Sendable {
  private let seen = Mutex<[Set<String>]>([])

  /// What was seen so far: the addresses at each look.
  var looks: [Set<String>] { seen.withLock { $0 } }

  /// The most nodes at one look.
  var most: Int { looks.map(\.count).max() ?? 0 }

  /// Runs `body` while the registry is watched.
  static func during<Result: Sendable>(_ body: (PullWatch) async throws -> Result) async throws -> Result {
    let watch = PullWatch()
    let looking = Task { try await watch.look() }
    defer { looking.cancel() }
    return try await body(watch)
  }

  private func look() async throws {
    while !Task.isCancelled {
      let text = try await command("ss", ["-Htn", "state", "established", "sport = :5000"])
      // Bytes that wait to be sent, or to be acknowledged; connections stay open for a while after that.
      let peers = text.split(separator: "\n").compactMap { line -> String? in
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count >= 4, let waiting = Int(words[1]), waiting > 0 else { return nil }
        return words[3].split(separator: ":").first.map(String.init)
      }
      seen.withLock { $0.append(Set(peers)) }
      try await Task.sleep(for: .milliseconds(200))
    }
  }
}
