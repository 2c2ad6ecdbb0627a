import ContainerRuntime
package import KubernetesClient

/// Whether pods can have images as volumes, as far as versions tell: only what is certain counts.
package enum ImageVolumeSupport {
  /// From this version on API servers and kubelets have them unless somebody turned them off.
  private static let kubernetes = RuntimeVersion(1, 35)
  /// The first versions of runtimes that can mount images.
  private static let runtimes = ["containerd": RuntimeVersion(2, 1), "cri-o": RuntimeVersion(1, 31)]

  package static func isCertain(of server: ServerVersion) -> Bool {
    RuntimeVersion(server.gitVersion).map { $0 >= kubernetes } ?? false
  }

  /// - Parameter node: what the Node's status says; its runtime such as `containerd://2.1.4`.
  package static func isCertain(of node: NodeSystemInfo?) -> Bool {
    guard let kubelet = node?.kubeletVersion.flatMap({ RuntimeVersion($0) }), kubelet >= kubernetes,
      let runtime = node?.containerRuntimeVersion, let scheme = runtime.firstRange(of: "://"),
      let least = runtimes[String(runtime[..<scheme.lowerBound])],
      let version = RuntimeVersion(String(runtime[scheme.upperBound...]))
    else { return false }
    return version >= least
  }
}
