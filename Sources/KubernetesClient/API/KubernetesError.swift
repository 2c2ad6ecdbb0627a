/// Why a request failed.
///
/// Either the server answered with an error (`cause` is `.status`, and `code` and mostly `reason` are there), or no
/// usable answer came. The classifiers below are what callers decide by.
public struct KubernetesError: Error, Sendable, Hashable {
  /// What kind of failure it is.
  public enum Cause: Sendable, Hashable {
    /// The server answered with an error, or a watch reported one.
    case status
    /// No connection, or it was lost.
    case connection
    /// No answer in time, or a watch that was silent for too long.
    case timeout
    /// The task was cancelled.
    case cancelled
    /// The answer, or one object in it, isn't what it should be.
    case decoding
    /// The object to send can't be encoded, or the request makes no sense (such as an empty name).
    case invalidRequest
    /// No credentials could be had, or certificates couldn't be read.
    case credentials
    /// The client was shut down.
    case shutDown
  }

  public var cause: Cause
  /// The HTTP status, where the server answered.
  public var code: Int?
  /// The server's word for it, such as `NotFound`.
  public var reason: String?
  /// At most 1024 characters.
  public var message: String
  /// What was being done, such as `patch nodes/a`.
  public var operation: String
  /// How long the server asks to wait.
  public var retryAfter: Duration?
  /// Whether this was a write that may or may not have happened.
  public var isAmbiguous: Bool

  public init(
    cause: Cause, code: Int? = nil, reason: String? = nil, message: String, operation: String,
    retryAfter: Duration? = nil, isAmbiguous: Bool = false
  ) {
    self.cause = cause
    self.code = code
    self.reason = reason
    self.message = String(message.prefix(1024))
    self.operation = operation
    self.retryAfter = retryAfter
    self.isAmbiguous = isAmbiguous
  }
}

extension KubernetesError {
  /// The object, or the kind, isn't there.
  public var isNotFound: Bool { code == 404 }
  /// The object has changed since (but it isn't one that exists already).
  public var isConflict: Bool { code == 409 && reason != "AlreadyExists" }
  /// An object of that name exists.
  public var isAlreadyExists: Bool { code == 409 && reason == "AlreadyExists" }
  /// The resource version or the continue token is too old: list again.
  public var isExpired: Bool { code == 410 || reason == "Expired" || reason == "Gone" }
  public var isForbidden: Bool { code == 403 }
  public var isUnauthorized: Bool { code == 401 }
  public var isInvalid: Bool { code == 422 }
  public var isTooManyRequests: Bool { code == 429 }
  public var isMethodNotAllowed: Bool { code == 405 }
  /// The task was cancelled while it waited.
  public var isCancelled: Bool { cause == .cancelled }
  /// Time ran out, here or at the server.
  public var isTimeout: Bool { cause == .timeout || code == 504 || reason == "Timeout" || reason == "ServerTimeout" }
  /// The same request may succeed later without anybody changing anything. For a write look at `isAmbiguous` too.
  public var isTransient: Bool {
    switch cause {
    case .connection, .timeout: true
    case .status: code == 408 || code == 429 || (code ?? 0) >= 500
    case .cancelled, .decoding, .invalidRequest, .credentials, .shutDown: false
    }
  }
}

extension KubernetesError: CustomStringConvertible {
  public var description: String {
    var text = "\(operation): \(message)"
    let marks = [code.map(String.init), reason].compactMap { $0 }
    if !marks.isEmpty { text += " (\(marks.joined(separator: " ")))" }
    if isAmbiguous { text += "; the write may have happened" }
    return text
  }
}
