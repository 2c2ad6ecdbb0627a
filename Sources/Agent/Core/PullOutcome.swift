package import ContainerRuntime

/// How a pull ended.
package enum PullOutcome: Sendable, Hashable {
  case pulled
  /// Nothing was pulled: somebody else had put the image there since it was listed.
  case foundThere
  /// `isCancelled` where it ended because it was told to.
  case failed(RuntimeError)

  package var error: RuntimeError? {
    guard case .failed(let error) = self else { return nil }
    return error
  }
}
