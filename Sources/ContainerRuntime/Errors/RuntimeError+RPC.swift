import GRPCCore

extension RuntimeError {
  /// Says what an RPC's error means to the caller.
  ///
  /// - Parameter isPull: whether to look for a reason in the message.
  init(_ operation: String, _ error: any Error, isPull: Bool = false) {
    if let error = error as? RuntimeError {
      self = error
    } else if Task.isCancelled || error is CancellationError {
      self.init(operation: operation, kind: .cancelled, message: "cancelled")
    } else if let error = error as? RPCError {
      let reason = isPull ? PullFailureReason(code: error.code, message: error.message) : nil
      self.init(
        operation: operation, kind: Self.kind(of: error, reason: reason), reason: reason, message: Self.text(of: error))
    } else {
      self.init(operation: operation, reason: isPull ? .other : nil, message: "\(error)")
    }
  }

  private static func kind(of error: RPCError, reason: PullFailureReason?) -> Kind {
    switch error.code {
    case .unimplemented: .unsupported
    case .unavailable: reason == nil || reason == .runtimeUnavailable ? .unavailable : .failed
    // A pull has no deadline of its own, so that the message is about the registry.
    case .deadlineExceeded: reason == nil ? .unavailable : .failed
    default: .failed
    }
  }

  /// The message, with its cause where there is one: the transport says "unavailable" and the cause why.
  private static func text(of error: RPCError) -> String {
    switch error.cause {
    case nil: error.message
    case let cause as RPCError: "\(error.message) \(cause.message)" + (cause.cause.map { " \($0)" } ?? "")
    case let cause?: "\(error.message) \(cause)"
    }
  }
}
