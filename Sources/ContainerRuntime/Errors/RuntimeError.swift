/// A call to the container runtime that failed.
package struct RuntimeError: Error, Hashable, CustomStringConvertible {
  /// What can be done about it.
  package enum Kind: Sendable, Hashable {
    /// The runtime's socket isn't there or doesn't answer: later it may.
    case unavailable
    /// This runtime can't do it: trying again is of no use.
    case unsupported
    /// The task that made the call was cancelled.
    case cancelled
    case failed
  }

  /// What was being done, such as `pull docker.io/library/nginx:latest`.
  package let operation: String
  package let kind: Kind
  /// Why a pull failed; nil for other calls.
  package let reason: PullFailureReason?
  /// At most 256 characters, without credentials.
  package let message: String

  /// Bounds `operation` and `message` and takes credentials out of both.
  package init(operation: String, kind: Kind = .failed, reason: PullFailureReason? = nil, message: String) {
    self.operation = MessageScrubber.scrub(operation)
    self.kind = kind
    self.reason = reason
    self.message = MessageScrubber.scrub(message)
  }

  package var isUnavailable: Bool { kind == .unavailable }
  package var isUnsupported: Bool { kind == .unsupported }
  package var isCancelled: Bool { kind == .cancelled }

  package var description: String {
    "\(operation): " + (reason.map { "\($0.rawValue): " } ?? "") + message
  }

  package static func unsupported(_ operation: String, by runtime: String) -> RuntimeError {
    RuntimeError(operation: operation, kind: .unsupported, message: "\(runtime) doesn't offer this")
  }
}
