/// Why an image couldn't be had, as a word that statuses show and people look up.
package enum PullFailureReason: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// The registry has no such repository, tag or digest.
  case notFound = "NotFound"
  /// The registry wants other credentials. Some registries, Docker Hub among them, answer so for a repository that
  /// doesn't exist too.
  case unauthorized = "Unauthorized"
  /// The credentials are known and not enough.
  case forbidden = "Forbidden"
  /// The registry's host name has no address.
  case dns = "DNS"
  case connectionRefused = "ConnectionRefused"
  /// No answer in time, or no progress for too long.
  case timeout = "Timeout"
  /// The certificate isn't trusted, or one side doesn't speak TLS.
  case tls = "TLS"
  /// Too many requests.
  case rateLimited = "RateLimited"
  /// The node has no space left.
  case diskFull = "DiskFull"
  /// The image exists, but not for this platform.
  case wrongPlatform = "WrongPlatform"
  /// The runtime on the node doesn't answer.
  case runtimeUnavailable = "RuntimeUnavailable"
  /// A pull secret that the image's sets name doesn't exist.
  case secretMissing = "SecretMissing"
  /// The controller isn't allowed to read a pull secret.
  case secretUnreadable = "SecretUnreadable"
  /// A pull secret is of another type, or malformed.
  case secretInvalid = "SecretInvalid"
  /// Nobody could be asked for credentials.
  case credentialsUnavailable = "CredentialsUnavailable"
  /// One of the kubelet's credential-provider plugins failed, or can't be used here.
  case credentialPluginFailed = "CredentialPluginFailed"
  case other = "Other"

  package var description: String { rawValue }
}
