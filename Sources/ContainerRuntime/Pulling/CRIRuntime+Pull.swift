import ContainerRuntimeProtocol
import GRPCCore
import OCI
import Synchronization
import SwiftProtobuf

extension CRIRuntime {
  package func pull(
    _ request: PullRequest, progress: @escaping @Sendable (PullProgress) -> Void
  ) async throws(RuntimeError) -> String {
    let operation = "pull \(request.reference)"
    if let platform = request.platform, !platform.runsLike(Self.ownPlatform) {
      throw RuntimeError(
        operation: operation, reason: .wrongPlatform,
        message: "this node is \(Self.ownPlatform), and its runtime pulls for nothing else, such as \(platform)")
    }
    let features: Set<RuntimeFeature>
    do {
      features = try await information().features
    } catch {
      let reason: PullFailureReason? = error.isUnavailable ? .runtimeUnavailable : error.isCancelled ? nil : .other
      throw RuntimeError(operation: operation, kind: error.kind, reason: reason, message: error.message)
    }
    runningPulls.withLock { $0 += 1 }
    defer { runningPulls.withLock { $0 -= 1 } }
    let watch = PullWatch(
      reference: request.reference, options: options,
      content: features.contains(.progress) ? ContentStore(connection: connection, timeout: options.readTimeout) : nil,
      isAlone: { [self] in runningPulls.withLock { $0 } == 1 }, progress: progress)
    return try await pull(request, operation: operation, watch: watch)
  }

  private enum Outcome: Sendable {
    case pull(Result<String, RuntimeError>)
    case watch(PullWatch.Verdict)
  }

  /// Runs the call and the watch side by side until either ends.
  private func pull(
    _ request: PullRequest, operation: String, watch: PullWatch
  ) async throws(RuntimeError) -> String {
    let outcomes = await withTaskGroup(of: Outcome.self, returning: [Outcome].self) { group in
      group.addTask { .pull(await self.call(request, operation: operation)) }
      group.addTask { .watch(await watch.run()) }
      var outcomes: [Outcome] = []
      for await outcome in group {
        outcomes.append(outcome)
        group.cancelAll()
      }
      return outcomes
    }
    var verdict = PullWatch.Verdict.ended(nil)
    var result = Result<String, RuntimeError>.failure(RuntimeError(operation: operation, message: "no answer"))
    for outcome in outcomes {
      switch outcome {
      case .pull(let outcome): result = outcome
      case .watch(let outcome): verdict = outcome
      }
    }
    let registry = request.reference.registry
    switch (result, verdict) {
    case (.success(let id), .ended(let last)):
      if let last { watch.progress(last) }
      return id
    // It was over just as it was to be given up.
    case (.success(let id), _): return id
    case (.failure(let error), .ended) where error.reason == .wrongPlatform:
      throw RuntimeError(
        operation: operation, reason: .wrongPlatform,
        message: "the image has no variant for \(Self.ownPlatform); the runtime says: \(error.message)")
    case (.failure(let error), .ended): throw error
    case (.failure(let error), _) where Task.isCancelled: throw error
    case (.failure, .noProgress(let limit)):
      throw RuntimeError(operation: operation, reason: .timeout, message: "nothing came from \(registry) for \(limit)")
    case (.failure, .tooLong(let limit)):
      throw RuntimeError(
        operation: operation, reason: .timeout, message: "not done after \(limit); the registry is \(registry)")
    }
  }

  private func call(_ request: PullRequest, operation: String) async -> Result<String, RuntimeError> {
    do {
      let id = try await connection.withOwnClient(operation, isPull: true) { client in
        let message = Runtime_V1_PullImageRequest.with {
          $0.image.image = request.reference.normalized
          if let credentials = request.credentials {
            $0.auth = Runtime_V1_AuthConfig(credentials, for: request.reference)
          }
          if let namespace = request.namespace { $0.sandboxConfig.metadata.namespace = namespace }
        }
        return try await Runtime_V1_ImageService.Client(wrapping: client).pullImage(
          message, options: RuntimeConnection.options(timeout: nil)
        ).imageRef
      }
      return .success(id)
    } catch {
      return .failure(error)
    }
  }

  /// The platform for which the node's runtime pulls: ours, as the agent runs on the node.
  static let ownPlatform: Platform = {
    #if arch(x86_64)
      let architecture = "amd64"
    #elseif arch(arm64)
      let architecture = "arm64"
    #elseif arch(arm)
      let architecture = "arm"
    #elseif arch(s390x)
      let architecture = "s390x"
    #elseif arch(powerpc64le)
      let architecture = "ppc64le"
    #elseif arch(riscv64)
      let architecture = "riscv64"
    #else
      let architecture = "unknown"
    #endif
    return Platform(os: "linux", architecture: architecture)
  }()
}

extension Platform {
  /// Whether images for this platform are for `other` too, variants aside.
  func runsLike(_ other: Platform) -> Bool { os == other.os && architecture == other.architecture }
}
