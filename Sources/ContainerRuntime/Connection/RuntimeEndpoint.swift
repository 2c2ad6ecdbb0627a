/// A Unix socket on which a runtime listens.
package struct RuntimeEndpoint: Sendable, Hashable, CustomStringConvertible {
  package let path: String

  /// The longest path that a socket's address holds, in bytes.
  private static let longestPath = 107

  /// Reads `unix:///path`, `unix:/path` or a path that begins with a slash.
  ///
  /// - Throws: `RuntimeProbeError` for anything else.
  package init(parsing text: String) throws(RuntimeProbeError) {
    var path = Substring(text)
    for prefix in ["unix://", "unix:"] where text.hasPrefix(prefix) {
      path = text.dropFirst(prefix.count)
      break
    }
    guard path.first == "/" else {
      throw RuntimeProbeError(
        endpoint: text, problem: "not a Unix socket: unix:///… or a path that begins with / is needed")
    }
    guard path.utf8.count <= Self.longestPath, !path.utf8.contains(0) else {
      throw RuntimeProbeError(endpoint: text, problem: "a socket's path has at most \(Self.longestPath) bytes")
    }
    self.path = String(path)
  }

  init(path: String) {
    self.path = path
  }

  package var description: String { "unix://" + path }

  /// Where runtimes usually listen, in the order in which they are tried.
  package static let usual: [RuntimeEndpoint] = [
    "/run/containerd/containerd.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/k0s/containerd.sock",
    "/var/snap/microk8s/common/run/containerd.sock",
    "/var/run/crio/crio.sock",
    "/run/cri-dockerd.sock",
  ].map(RuntimeEndpoint.init(path:))
}
