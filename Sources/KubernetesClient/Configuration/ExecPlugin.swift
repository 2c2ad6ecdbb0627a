/// A credential plugin (`client.authentication.k8s.io`): a program that prints a token or a client certificate.
public struct ExecPlugin: Sendable, Hashable {
  /// An absolute path, or a name that is looked up in PATH.
  public var command: String
  public var arguments: [String]
  /// Added to this process's own environment.
  public var environment: [String: String]
  /// `client.authentication.k8s.io/v1` or `…/v1beta1`.
  public var apiVersion: String
  /// What to tell a user who lacks the program.
  public var installHint: String?
  /// Whether the program learns about the cluster from KUBERNETES_EXEC_INFO.
  public var providesClusterInfo: Bool
  /// What the kubeconfig's cluster holds for the program.
  public var clusterConfig: JSONValue?
  /// How long the program may take.
  public var timeout: Duration

  public init(
    command: String, arguments: [String] = [], environment: [String: String] = [:],
    apiVersion: String = "client.authentication.k8s.io/v1", installHint: String? = nil,
    providesClusterInfo: Bool = false, clusterConfig: JSONValue? = nil, timeout: Duration = .seconds(60)
  ) {
    self.command = command
    self.arguments = arguments
    self.environment = environment
    self.apiVersion = apiVersion
    self.installHint = installHint
    self.providesClusterInfo = providesClusterInfo
    self.clusterConfig = clusterConfig
    self.timeout = timeout
  }
}
