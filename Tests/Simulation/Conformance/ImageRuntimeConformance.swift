package import ContainerRuntime
import OCI
import TestSupport

/// What every `ImageRuntime` must do, as a list of checks. One at a time: they use the same images.
///
/// Only images of `ConformanceImages` are touched, and they are gone afterwards.
package struct ImageRuntimeConformance: Sendable {
  package struct Check: Sendable, CustomStringConvertible {
    package let name: String
    let body: @Sendable (ImageRuntimeConformance) async throws -> Void

    package var description: String { name }
  }

  let runtime: any ImageRuntime
  let images: ConformanceImages
  /// How long something may take that the runtime does a moment later.
  let patience: Duration

  package init(runtime: any ImageRuntime, images: ConformanceImages, patience: Duration = .seconds(20)) {
    self.runtime = runtime
    self.images = images
    self.patience = patience
  }

  package static let checks: [Check] = pullChecks + failureChecks + nameChecks + featureChecks

  /// Runs one check on a runtime that has none of the images.
  ///
  /// - Throws: `ConformanceFailure`, or the runtime's error where none was expected.
  package func run(_ check: Check) async throws {
    try await clean()
    try await check.body(self)
    try await clean()
  }

  private func clean() async throws {
    let names: [ImageReference?] = [
      images.tagged, images.byDigest, images.alias, images.second, images.missing, images.refused,
      images.otherPlatform,
    ]
    for case let reference? in names {
      while let image = try await runtime.image(reference) {
        if image.pinned { try await runtime.setPinned(false, id: image.id) }
        try await runtime.remove(id: image.id)
        try await eventually("\(reference) is gone", within: patience) {
          try await runtime.image(reference) == nil ? true : nil
        }
      }
    }
  }

  func pull(_ reference: ImageReference) async throws -> String {
    try await runtime.pull(PullRequest(reference: reference)) { _ in }
  }

  func present(_ reference: ImageReference) async throws -> RuntimeImage {
    try unwrap(try await runtime.image(reference), "\(reference) isn't there")
  }

  func expectAbsent(_ reference: ImageReference) async throws {
    let image = try await runtime.image(reference)
    try expect(image == nil, "\(reference) is there")
  }

  func offers(_ feature: RuntimeFeature) async throws -> Bool {
    try await runtime.information().features.contains(feature)
  }

  /// The error with which a pull fails.
  func failure(_ request: PullRequest) async throws -> RuntimeError {
    do throws(RuntimeError) {
      _ = try await runtime.pull(request) { _ in }
    } catch {
      return error
    }
    throw ConformanceFailure("the pull of \(request.reference) succeeded")
  }

  func expectFailure(_ reference: ImageReference, _ reason: PullFailureReason) async throws {
    let error = try await failure(PullRequest(reference: reference))
    try expect(error.reason == reason, "\(reason) expected: \(error)")
    try expect(!error.isUnavailable && !error.isCancelled, "\(error)")
    try await expectAbsent(reference)
  }
}
