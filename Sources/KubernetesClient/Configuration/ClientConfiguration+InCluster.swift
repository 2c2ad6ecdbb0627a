extension ClientConfiguration {
  /// Where a pod finds its service account.
  package static let serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount"

  /// The configuration of a pod's service account; nil where this is no pod.
  ///
  /// The token is read again as it rotates, and so is the certificate authority.
  ///
  /// - Throws: `ConfigurationError` where the pod has no service account token.
  package static func inCluster(_ environment: ClientEnvironment) throws -> ClientConfiguration? {
    let variables = environment.variables()
    guard let host = variables["KUBERNETES_SERVICE_HOST"], !host.isEmpty,
      let port = variables["KUBERNETES_SERVICE_PORT"], !port.isEmpty
    else { return nil }
    let token = "\(serviceAccountFolder)/token"
    let authority = "\(serviceAccountFolder)/ca.crt"
    for file in [token, authority] {
      do {
        _ = try environment.readFile(file)
      } catch {
        throw ConfigurationError(file: file, message: "can't be read, though this seems to be a pod: \(error)")
      }
    }
    return ClientConfiguration(
      server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)",
      tls: TLSOptions(certificateAuthority: .file(authority)), authentication: .token(.file(token)),
      namespace: namespace(environment))
  }

  /// The pod's namespace, or `default` where the file that names it is missing, as it may be.
  private static func namespace(_ environment: ClientEnvironment) -> String {
    do {
      let bytes = try environment.readFile("\(serviceAccountFolder)/namespace")
      let name = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
      return name.isEmpty ? "default" : name
    } catch {
      return "default"
    }
  }
}
