import AsyncHTTPClient

extension RequestSender {
  /// What an error below HTTP means to a caller.
  ///
  /// - Parameter exchange: the request, where it was begun.
  func error(_ error: any Error, exchange: HTTPExchange?, operation: String, isWrite: Bool) -> KubernetesError {
    let isAmbiguous = isWrite && (exchange?.isSent ?? false)
    let cause: KubernetesError.Cause
    let message: String
    switch error {
    case let error as KubernetesError:
      return error
    case let error as ConfigurationError:
      (cause, message) = (.credentials, error.description)
    case let error as CredentialError:
      (cause, message) = (.credentials, error.description)
    case is CancellationError:
      (cause, message) = (.cancelled, "cancelled")
    case is HTTPExchange.Silence, is RequestLimiter.TooBusy:
      (cause, message) = (.timeout, error is HTTPExchange.Silence ? "no answer in time" : "too many requests at once")
    case is Transport.ShutDown:
      (cause, message) = (.shutDown, "the client was shut down")
    case let error as HTTPClientError where error == .alreadyShutdown:
      // Either the client was shut down, or the connections were replaced at this moment.
      (cause, message) = (.connection, "the connection was closed")
    case let error as HTTPClientError where error == .cancelled:
      (cause, message) = (.connection, "the connections were replaced")
    case let error as HTTPClientError where error == .invalidURL:
      (cause, message) = (.invalidRequest, "invalid URL")
    default:
      (cause, message) = (.connection, "\(error)")
    }
    return KubernetesError(cause: cause, message: message, operation: operation, isAmbiguous: isAmbiguous)
  }
}
