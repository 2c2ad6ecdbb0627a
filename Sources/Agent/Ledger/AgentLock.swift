#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
import Logging

/// Keeps two agents from working on one node at the same time, as when one replaces another. The kernel gives it up
/// when the process ends, however that happens.
final class AgentLock: Sendable {
  static let interval = Duration.milliseconds(200)
  static let warningInterval = Duration.seconds(30)

  private let file: Int32

  private init(file: Int32) {
    self.file = file
  }

  deinit { close(file) }

  /// Waits until nobody else holds the lock.
  ///
  /// - Throws: `FileFailure` where there can't be a lock, `CancellationError` when the task is cancelled before.
  static func acquire(beside path: String, logger: Logger) async throws -> AgentLock {
    let name = path + ".lock"
    #if canImport(Glibc)
      let file = Glibc.open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    #elseif canImport(Musl)
      let file = Musl.open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    #else
      let file = Darwin.open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    #endif
    guard file >= 0 else { throw FileFailure("open", name, code: errno) }
    let lock = AgentLock(file: file)
    var nextWarning = ContinuousClock.now
    while flock(file, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else { throw FileFailure("lock", name, code: errno) }
      if ContinuousClock.now >= nextWarning {
        logger.notice("waiting for another agent on this node to end", metadata: ["file.path": "\(name)"])
        nextWarning = .now + warningInterval
      }
      try await ContinuousClock().sleep(for: interval)
    }
    return lock
  }
}
