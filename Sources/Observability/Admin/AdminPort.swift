/// Where the program's own HTTP servers listen unless told otherwise. The manifests in `deploy/` say the same.
package enum AdminPort {
  /// `/healthz` and `/readyz` of the controller.
  package static let controllerHealth = 8081
  /// `/metrics` of the controller.
  package static let controllerMetrics = 8080
  /// All three of the webhook server, beside its own port with TLS.
  package static let webhook = 8081
  /// All three of the agent, which shares the node's addresses and so has a port that hardly anything else uses.
  package static let agent = 17645
}
