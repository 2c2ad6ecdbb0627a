package import OCI

/// The images on one node, as its container runtime manages them.
///
/// Every call may be made from any task at any time and ends: unary calls have a deadline, `pull` ends without
/// progress. While the runtime is down, calls fail within a few seconds with an error whose `isUnavailable` is true;
/// once it is back they work again without further ado.
package protocol ImageRuntime: Sendable {
  /// Who the runtime is and what it offers beyond CRI.
  func information() async throws(RuntimeError) -> RuntimeInformation

  /// Everything that the runtime has.
  func images() async throws(RuntimeError) -> [RuntimeImage]

  /// The image that `reference` names; nil if the runtime has none of that name.
  func image(_ reference: ImageReference) async throws(RuntimeError) -> RuntimeImage?

  /// Pulls an image, or compares it with the registry's if it is there, and returns the runtime's ID of it.
  ///
  /// - Parameter progress: called now and then while the pull runs, never after it ended; only with the feature
  ///   `.progress`. Bytes never decrease and never exceed the total.
  /// - Throws: with a `reason`; with `isCancelled` if the task was cancelled, in which case the runtime was told to
  ///   stop.
  func pull(
    _ request: PullRequest, progress: @escaping @Sendable (PullProgress) -> Void
  ) async throws(RuntimeError) -> String

  /// Drops this one name of an image and leaves its other names, and its content. A pull by tag gives two names, with
  /// the tag and with the digest; `remove(id:)` is what frees space. A name that isn't there is no error.
  ///
  /// - Throws: with `isUnsupported` on runtimes that can't drop a single name.
  func untag(_ reference: ImageReference) async throws(RuntimeError)

  /// Removes an image with all its names. An image that isn't there is no error. The runtime doesn't check whether a
  /// container uses it.
  func remove(id: String) async throws(RuntimeError)

  /// Containers in every state, because an exited one still needs its image.
  func containers() async throws(RuntimeError) -> [RuntimeContainer]

  /// The file system that holds images.
  func filesystem() async throws(RuntimeError) -> ImageFilesystem

  /// Hints that images changed, until the runtime goes away, which ends the sequence with an error. Hints that nobody
  /// has taken yet are merged. The first comes by itself soon after the subscription: what was listed before it may be
  /// stale.
  ///
  /// - Throws: with `isUnsupported` without the feature `.events`.
  func changes() async throws(RuntimeError) -> ImageChanges

  /// Keeps an image from the kubelet's garbage collection, or no longer. Nothing happens if it is so already.
  ///
  /// - Throws: with `isUnsupported` without the feature `.pins`.
  func setPinned(_ pinned: Bool, id: String) async throws(RuntimeError)
}
