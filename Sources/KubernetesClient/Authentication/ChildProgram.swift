import Dispatch

/// Runs a program without a shell and takes what it prints.
package struct ChildProgram: Sendable {
  /// Why there is no output. Holds none of it.
  package enum Failure: Error, Hashable, CustomStringConvertible {
    case notStarted(errno: Int32)
    case timedOut(Duration)
    case tooMuchOutput(limit: Int)
    case exited(status: Int32)
    case killed(signal: Int32)
    case notRead(errno: Int32)
    /// What it is to read doesn't fit into a pipe.
    case tooMuchInput
    /// Nobody waits for it any more.
    case cancelled

    package var description: String {
      switch self {
      case .notStarted(let errno): "can't be started: \(SystemError.describe(errno))"
      case .timedOut(let limit): "wasn't done after \(GoDuration.format(limit))"
      case .tooMuchOutput(let limit): "printed more than \(limit) bytes"
      case .exited(let status): "ended with status \(status)"
      case .killed(let signal): "was killed by signal \(signal)"
      case .notRead(let errno): "can't be read from: \(SystemError.describe(errno))"
      case .tooMuchInput: "can't be given its input, which is too long"
      case .cancelled: "was ended because nobody waits for it"
      }
    }
  }

  /// What becomes of what it writes to standard error.
  package enum ErrorOutput: Sendable, Hashable {
    /// It goes to ours.
    case passedOn
    /// Nobody sees it.
    case discarded
  }

  /// A path with a slash in it, or a name to look up in PATH.
  package var command: String
  package var arguments: [String]
  /// The whole environment.
  package var environment: [String: String]
  /// What it reads from standard input: at most what fits into a pipe, so 4096 bytes for certain.
  package var input: [UInt8]
  package var errorOutput: ErrorOutput
  package var timeout: Duration
  package var maxOutputBytes: Int

  package init(
    command: String, arguments: [String], environment: [String: String], input: [UInt8] = [],
    errorOutput: ErrorOutput = .passedOn, timeout: Duration, maxOutputBytes: Int
  ) {
    self.command = command
    self.arguments = arguments
    self.environment = environment
    self.input = input
    self.errorOutput = errorOutput
    self.timeout = timeout
    self.maxOutputBytes = maxOutputBytes
  }

  /// Ends the program with all that it started when its time is up, when it prints too much, and when the task is
  /// cancelled.
  ///
  /// - Throws: `Failure`.
  package func run() async throws -> [UInt8] {
    let stop = try StopSignal()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async {
          continuation.resume(with: Result { try runBlocking(until: stop) })
        }
      }
    } onCancel: {
      stop.send()
    }
  }
}
