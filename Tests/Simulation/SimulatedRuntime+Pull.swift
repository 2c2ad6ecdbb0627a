package import ContainerRuntime
import OCI
import Synchronization

extension SimulatedRuntime {
  package func pull(
    _ request: PullRequest, progress: @escaping @Sendable (PullProgress) -> Void
  ) async throws(RuntimeError) -> String {
    let reference = request.reference
    let operation = "pull \(reference)"
    let image = try begin(reference, operation: operation)
    do throws(RuntimeError) {
      if let platform = request.platform, platform != Platform(os: "linux", architecture: "amd64") {
        throw RuntimeError(operation: operation, reason: .wrongPlatform, message: "no match for platform \(platform)")
      }
      guard let image else {
        throw RuntimeError(operation: operation, reason: .notFound, message: "\(reference): not found")
      }
      try await run(image, reference, operation: operation, progress: progress)
      try call(operation) { state throws(RuntimeError) in state.store(image, as: reference) }
      end { $0.succeeded += 1 }
      changed()
      return image.id
    } catch {
      end { if error.isCancelled { $0.cancelled += 1 } else { $0.failed += 1 } }
      throw error.isUnavailable
        ? RuntimeError(operation: operation, kind: .unavailable, reason: .runtimeUnavailable, message: error.message)
        : error
    }
  }

  private func begin(_ reference: ImageReference, operation: String) throws(RuntimeError) -> SimulatedImage? {
    do throws(RuntimeError) {
      return try call(operation) { state throws(RuntimeError) in
        state.counts.started += 1
        state.counts.running += 1
        state.counts.mostAtOnce = max(state.counts.mostAtOnce, state.counts.running)
        state.counts.references.append(reference.normalized)
        return state.registry[reference.normalized]
      }
    } catch {
      throw RuntimeError(operation: operation, kind: error.kind, reason: .runtimeUnavailable, message: error.message)
    }
  }

  private func end(_ count: (inout PullCounts) -> Void) {
    state.withLock { state in
      state.counts.running -= 1
      count(&state.counts)
    }
  }

  private func run(
    _ image: SimulatedImage, _ reference: ImageReference, operation: String,
    progress: @escaping @Sendable (PullProgress) -> Void
  ) async throws(RuntimeError) {
    let tells = state.withLock { $0.features.contains(.progress) }
    let show = { (part: UInt64, of: UInt64) in
      if tells { progress(PullProgress(transferredBytes: image.size * part / of, totalBytes: image.size)) }
    }
    switch image.behavior {
    case .atOnce: break
    case .steps(let count):
      for step in 0..<max(count, 0) {
        await Task.yield()
        guard !Task.isCancelled else { break }
        show(UInt64(step + 1), UInt64(count))
      }
    case .untilReleased:
      show(1, 2)
      guard await gates.wait(reference.normalized) != .broken else {
        throw RuntimeError(operation: operation, kind: .unavailable, message: "the simulated runtime went down")
      }
      show(1, 1)
    case .failing(let reason, let message):
      throw RuntimeError(operation: operation, reason: reason, message: message)
    }
    guard !Task.isCancelled else {
      throw RuntimeError(operation: operation, kind: .cancelled, message: "cancelled")
    }
  }
}
