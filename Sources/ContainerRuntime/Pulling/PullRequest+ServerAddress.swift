package import OCI

extension PullRequest {
  /// The server address of credentials as containerd compares it, `https://host[:port]`: without a scheme it would take
  /// none of them. Docker Hub answers under a host of its own.
  ///
  /// - Parameter address: as configured; the reference's registry where it is empty.
  package static func serverAddress(_ address: String, for reference: ImageReference) -> String {
    var scheme = "https"
    var rest = address.isEmpty ? Substring(reference.registry) : Substring(address)
    for candidate in ["https", "http"] where address.hasPrefix(candidate + "://") {
      scheme = candidate
      rest = address.dropFirst(candidate.count + 3)
      break
    }
    var host = String(rest.prefix { $0 != "/" })
    if host == "docker.io" || host == "index.docker.io" { host = "registry-1.docker.io" }
    return "\(scheme)://\(host)"
  }
}
