package import KubernetesClient

extension WatchFailure {
  /// Sorts a failed request in.
  package init(_ error: KubernetesError) {
    if error.isExpired {
      self = .expired
    } else if error.isNotFound {
      self = .kindMissing
    } else if error.isForbidden || error.isUnauthorized {
      self = .forbidden(message: error.description)
    } else if error.code == 400 || error.isInvalid {
      self = .refused(message: error.description)
    } else {
      self = .failed(message: error.description, retryAfter: error.retryAfter)
    }
  }
}

extension KubernetesError {
  /// Whether the server has the kind, but no such object. Where it doesn't serve the kind at all, its answer is a 404
  /// too, but none that names a reason.
  var isObjectMissing: Bool { isNotFound && reason == "NotFound" }
}
