import Execution
import KubernetesClient
import Logging
import Synchronization

/// Whether Jobs mount images on a node, as far as one leader knows.
final class ImageVolumes: Sendable {
  /// How long Jobs on a node do without, after one came to nothing there.
  static let caution = Duration.seconds(3600)
  /// When the server is asked again for its version, after it didn't say.
  private static let versionRetry = Duration.seconds(60)

  private struct State {
    /// The API server doesn't store them.
    var isRefused = false
    var stalledAt: [String: Duration] = [:]
    var server: ServerVersion?
    /// When it last didn't answer.
    var failedAt: Duration?
  }

  private let choice: JobSettings.ImageVolumes
  private let api: any ClusterAPI
  private let elapsed: @Sendable () -> Duration
  private let logger: Logger
  private let state = Mutex(State())

  init(
    _ choice: JobSettings.ImageVolumes, api: any ClusterAPI, elapsed: @escaping @Sendable () -> Duration, logger: Logger
  ) {
    self.choice = choice
    self.api = api
    self.elapsed = elapsed
    self.logger = logger
  }

  func areMounted(on node: Node) async -> Bool {
    let name = node.metadata.name ?? ""
    let now = elapsed()
    let isOut = state.withLock { state in
      if let at = state.stalledAt[name], now - at >= Self.caution { state.stalledAt[name] = nil }
      return state.isRefused || state.stalledAt[name] != nil
    }
    guard !isOut else { return false }
    switch choice {
    case .never: return false
    case .always: return true
    case .auto:
      // The server is asked only where the node can.
      guard ImageVolumeSupport.isCertain(of: node.status?.nodeInfo), let server = await server() else { return false }
      return ImageVolumeSupport.isCertain(of: server)
    }
  }

  private func server() async -> ServerVersion? {
    let now = elapsed()
    let (known, isDue) = state.withLock { state in
      (state.server, state.server == nil && (state.failedAt.map { now - $0 >= Self.versionRetry } ?? true))
    }
    // Those who come while it is being asked ask, too: otherwise their first Jobs would do without.
    guard isDue else { return known }
    do throws(KubernetesError) {
      let version = try await api.serverVersion()
      state.withLock { $0.server = version }
      return version
    } catch {
      state.withLock { $0.failedAt = now }
      logger.warning(
        "the API server's version isn't known; Jobs mount no images meanwhile", metadata: ["error": "\(error)"])
      return nil
    }
  }

  /// The API server leaves such volumes out, or takes no Job that has them. Said once.
  func refused(_ reason: String) {
    let isNew = state.withLock { state in
      defer { state.isRefused = true }
      return !state.isRefused
    }
    guard isNew else { return }
    logger.notice(
      "the cluster has no image volumes; Jobs start a container for each image instead",
      metadata: ["reason": "\(reason)"])
  }

  /// A Job that mounted images came to nothing on the node, and no image was the reason.
  func stalled(on node: String) {
    let now = elapsed()
    let isNew = state.withLock { state in
      defer { state.stalledAt[node] = state.stalledAt[node] ?? now }
      return state.stalledAt[node] == nil
    }
    guard isNew else { return }
    logger.notice(
      "a Job that mounts images had no result; on this node, Jobs start a container for each image for now",
      metadata: ["k8s.node.name": "\(node)"])
  }

  func forget(_ node: String) { state.withLock { $0.stalledAt[node] = nil } }
}
