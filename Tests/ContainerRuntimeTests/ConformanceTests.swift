import ContainerRuntime
import Foundation
import OCI
import Simulation
import Testing

@Suite struct ConformanceTests {
  @Test(arguments: ImageRuntimeConformance.checks, [Set(RuntimeFeature.allCases), []])
  func simulatedRuntimeConforms(check: ImageRuntimeConformance.Check, features: Set<RuntimeFeature>) async throws {
    let runtime = SimulatedRuntime(features: features)
    let image = SimulatedImage(seed: "first")
    let images = try ConformanceImages(
      tagged: ImageReference(parsing: "r.test/conformance:one"), digest: Digest(parsing: image.digest),
      alias: ImageReference(parsing: "r.test/conformance:uno"), second: ImageReference(parsing: "r.test/second:1"),
      missing: ImageReference(parsing: "r.test/missing:1"), refused: ImageReference(parsing: "refused.test/a:1"),
      otherPlatform: ImageReference(parsing: "r.test/other:1"))
    try runtime.publish(image, tagged: images.tagged)
    try runtime.publish(image, tagged: images.alias)
    try runtime.publish(SimulatedImage(seed: "second", size: 5_000_000, behavior: .steps(5)), tagged: images.second)
    let failures: [(ImageReference?, PullFailureReason)] = [
      (images.refused, .connectionRefused), (images.otherPlatform, .wrongPlatform),
    ]
    for case (let reference?, let reason) in failures {
      runtime.publish(
        SimulatedImage(seed: "\(reason)", behavior: .failing(reason, message: "\(reason)")), as: reference)
    }
    try await ImageRuntimeConformance(runtime: runtime, images: images).run(check)
  }
}

/// On a real runtime and a registry with the images of `RealRegistry`, if there are such.
@Suite(.serialized, .enabled(if: RealRegistry.isConfigured)) struct RealConformanceTests {
  @Test(arguments: ImageRuntimeConformance.checks)
  func realRuntimeConforms(check: ImageRuntimeConformance.Check) async throws {
    let registry = try RealRegistry()
    let runtime = try await CRIRuntime.connect(endpoint: registry.endpoint)
    try await ImageRuntimeConformance(runtime: runtime, images: registry.images).run(check)
  }
}
