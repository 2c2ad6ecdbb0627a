import ContainerRuntimeProtocol
import GRPCCore
import OCI
import Synchronization

/// The node's container runtime over CRI, and over containerd's own API on the same socket where there is one.
///
/// What is known of the runtime isn't kept between calls, so that one which restarts, or is replaced by another version,
/// is seen as it is.
package final class CRIRuntime: ImageRuntime {
  package let endpoint: RuntimeEndpoint
  let options: CRIRuntimeOptions
  let connection: RuntimeConnection
  /// How many pulls run through this value now.
  let runningPulls = Mutex(0)
  /// Images mounted into containers, by the containers' IDs; a container keeps its mounts for life.
  let volumeImages = Mutex<[String: [String]]>([:])

  /// Doesn't look whether a runtime answers there.
  package init(endpoint: RuntimeEndpoint, options: CRIRuntimeOptions = CRIRuntimeOptions()) {
    self.endpoint = endpoint
    self.options = options
    connection = RuntimeConnection(endpoint: endpoint)
  }

  /// Finds the runtime that answers.
  ///
  /// - Parameter endpoint: `unix:///…` or a path; nil looks in the usual places, below `hostRoot`.
  /// - Throws: `RuntimeProbeError`, which names every place that was tried.
  package static func connect(
    endpoint: String? = nil, options: CRIRuntimeOptions = CRIRuntimeOptions()
  ) async throws(RuntimeProbeError) -> CRIRuntime {
    let candidates =
      if let endpoint {
        [try RuntimeEndpoint(parsing: endpoint)]
      } else {
        RuntimeEndpoint.usual.map { RuntimeEndpoint(path: options.hostRoot + $0.path) }
      }
    return try await connect(candidates: candidates, options: options)
  }

  static func connect(
    candidates: [RuntimeEndpoint], options: CRIRuntimeOptions
  ) async throws(RuntimeProbeError) -> CRIRuntime {
    var attempts: [RuntimeProbeError.Attempt] = []
    for candidate in candidates {
      if let problem = RuntimeProbe.problem(at: candidate.path) {
        attempts.append(.init(endpoint: candidate.description, problem: problem))
        continue
      }
      let runtime = CRIRuntime(endpoint: candidate, options: options)
      do {
        _ = try await runtime.version(timeout: options.probeTimeout)
        return runtime
      } catch {
        attempts.append(.init(endpoint: candidate.description, problem: error.message))
      }
    }
    throw RuntimeProbeError(attempts: attempts)
  }

  package func information() async throws(RuntimeError) -> RuntimeInformation {
    let version = try await version(timeout: options.readTimeout)
    return RuntimeInformation(
      name: version.runtimeName, version: version.runtimeVersion, endpoint: endpoint.description,
      features: RuntimeVersion.features(ofRuntime: version.runtimeName, version: version.runtimeVersion))
  }

  private func version(timeout: Duration) async throws(RuntimeError) -> Runtime_V1_VersionResponse {
    try await connection.withClient("ask the runtime's version") { client in
      try await Runtime_V1_RuntimeService.Client(wrapping: client).version(
        .init(), options: RuntimeConnection.options(timeout: timeout))
    }
  }

  /// - Throws: with `isUnsupported` unless the runtime has the feature.
  func require(_ feature: RuntimeFeature, for operation: String) async throws(RuntimeError) {
    let information = try await information()
    guard information.features.contains(feature) else {
      throw .unsupported(operation, by: "\(information.name) \(information.version)")
    }
  }

  package func filesystem() async throws(RuntimeError) -> ImageFilesystem {
    let operation = "look up the image file system"
    let options = RuntimeConnection.options(timeout: options.readTimeout)
    let usage = try await connection.withClient(operation) { client in
      try await Runtime_V1_ImageService.Client(wrapping: client).imageFsInfo(.init(), options: options)
        .imageFilesystems.first
    }
    guard let usage else { throw RuntimeError(operation: operation, message: "the runtime names none") }
    let mountpoint = usage.fsID.mountpoint
    let space = RuntimeProbe.space(at: self.options.hostRoot + mountpoint)
    return ImageFilesystem(
      mountpoint: mountpoint, usedBytes: usage.usedBytes.value, capacityBytes: space?.capacity,
      availableBytes: space?.available)
  }
}
