import Dispatch

/// Runs a program without a shell and takes what it prints. What it writes to standard error goes to ours.
struct ChildProgram: Sendable {
  /// Why there is no output. Holds none of it.
  enum Failure: Error, Hashable, CustomStringConvertible {
    case notStarted(errno: Int32)
    case timedOut(Duration)
    case tooMuchOutput(limit: Int)
    case exited(status: Int32)
    case killed(signal: Int32)
    case notRead(errno: Int32)

    var description: String {
      switch self {
      case .notStarted(let errno): "can't be started: \(SystemError.describe(errno))"
      case .timedOut(let limit): "wasn't done after \(GoDuration.format(limit))"
      case .tooMuchOutput(let limit): "printed more than \(limit) bytes"
      case .exited(let status): "ended with status \(status)"
      case .killed(let signal): "was killed by signal \(signal)"
      case .notRead(let errno): "can't be read from: \(SystemError.describe(errno))"
      }
    }
  }

  /// A path with a slash in it, or a name to look up in PATH.
  var command: String
  var arguments: [String]
  /// The whole environment.
  var environment: [String: String]
  var timeout: Duration
  var maxOutputBytes: Int

  /// - Throws: `Failure`.
  func run() async throws -> [UInt8] {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(with: Result { try runBlocking() })
      }
    }
  }
}
