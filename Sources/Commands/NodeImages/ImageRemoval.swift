import Agent
package import ContainerRuntime
package import Execution
package import KubernetesClient
package import OCI

/// Removes images that may go, each after a look at what the runtime has at that very moment, as the agent does.
package struct ImageRemoval: Sendable {
  private let runtime: any ImageRuntime
  private let references: [ImageReference]
  private let kept: Set<String>
  private let until: Timestamp
  private let now: @Sendable () -> Timestamp

  /// - Parameters:
  ///   - references: what may go.
  ///   - kept: names that may not, although they belong to one of these repositories.
  ///   - until: when the permit ends.
  package init(
    runtime: any ImageRuntime, references: [ImageReference], kept: [ImageReference] = [], until: Timestamp,
    now: @escaping @Sendable () -> Timestamp
  ) {
    self.runtime = runtime
    self.references = references
    self.kept = Set(kept.map(\.normalized))
    self.until = until
    self.now = now
  }

  package func run() async -> JobReport {
    var removals: [Int: JobReport.Removal] = [:]
    for (index, reference) in references.enumerated() {
      guard now() < until else {
        removals[index] = .skipped
        continue
      }
      do throws(RuntimeError) {
        removals[index] = try await remove(reference)
      } catch {
        if error.isUnavailable, removals.isEmpty { return JobReport(error: error.message) }
        removals[index] = error.isUnsupported ? .shared : .failed
      }
    }
    return JobReport(removals: removals)
  }

  private func remove(_ reference: ImageReference) async throws(RuntimeError) -> JobReport.Removal {
    let images = try await runtime.images()
    // Containers last: one that starts in between is seen.
    let containers = try await runtime.containers()
    let going = Set(references.map(\.normalized))
    let decision = RemovalDecision.decide(
      reference, inspection: RemovalInspection(images: images, containers: containers),
      isRemovable: { going.contains($0) }, isWanted: { kept.contains($0) }, isOurPin: { _ in false })
    switch decision {
    case .gone, .forget: return .gone
    case .inUse: return .inUse
    case .pinned: return .pinned
    case .remove(let id, _): try await runtime.remove(id: id)
    case .untag: try await runtime.untag(reference)
    }
    return try await runtime.image(reference) == nil ? .gone : .failed
  }
}
