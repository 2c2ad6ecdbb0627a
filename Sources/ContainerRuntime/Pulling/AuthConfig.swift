import ContainerRuntimeProtocol
import OCI

extension Runtime_V1_AuthConfig {
  /// Credentials as the runtimes want them. containerd compares the server address with the host that it talks to, by
  /// its scheme and host; bound to the registry's own host, they aren't sent to a mirror.
  init(_ credentials: RegistryCredentials, for reference: ImageReference) {
    self.init()
    serverAddress = PullRequest.serverAddress(credentials.serverAddress, for: reference)
    switch credentials.secret {
    case .password(let username, let password):
      self.username = username
      self.password = password
    case .auth(let auth): self.auth = auth
    case .identityToken(let token): identityToken = token
    }
  }
}
