/// What agents and controller agree on about the exchange, where agents ask for credentials.
package enum CredentialExchange {
  /// Whom an agent's token must be meant for. The manifest of the agent says the same.
  package static let audience = "swiftlet-exchange"
  /// Where requests are posted to.
  package static let path = "/v1/credentials"
  /// The port of the controller's pod.
  package static let defaultPort = 17646
  /// The Lease of the controller's leader, which says where the exchange is.
  package static let leaseName = "swiftlet-controller"
  /// The annotation of the Lease with host and port.
  package static let addressAnnotation = "\(SwiftletGroup.name)/exchange-address"
  /// The annotation of the Lease with the certificate, in PEM. It is its own authority, and nothing else is trusted.
  package static let certificateAnnotation = "\(SwiftletGroup.name)/exchange-certificate"
  /// The name that the certificate is for besides the address.
  package static let serverName = "swiftlet-exchange"
  /// How many images one request may name.
  package static let maxImages = 100
  /// How long a request may be, in bytes.
  package static let maxRequestBytes = 64 << 10
  /// How long an answer may be, in bytes.
  package static let maxAnswerBytes = 4 << 20
}
