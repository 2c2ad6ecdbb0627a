import KubernetesClient
package import SwiftletAPI

/// What there is before a move: of a cluster, or what files say of one. What wasn't looked at is nil, and is not the same
/// as nothing.
package struct Survey: Sendable {
  package enum Source: Sendable, Hashable {
    /// The API server's address.
    case cluster(String)
    case files([String])
  }

  /// Something that couldn't be looked at.
  package struct Gap: Sendable, Hashable {
    package var what: String
    package var reason: String

    package init(what: String, reason: String) {
      self.what = what
      self.reason = reason
    }
  }

  package enum Definition: Sendable, Hashable {
    case unknown
    case missing
    case found(SurveyedDefinition)
  }

  package var source: Source
  package var caches: [SurveyedCache] = []
  package var nodes: [SurveyedNode]?
  package var deployments: [SurveyedDeployment]?
  package var webhooks: [SurveyedWebhooks]?
  package var services: [ServiceName: ServiceState] = [:]
  package var definition = Definition.unknown
  package var bindings: [SurveyedBinding]?
  package var jobs: [SurveyedJob]?
  package var operated: [BareDeployed]?
  package var inventories: [NodeInventory]?
  /// Whether the controller may get a secret.
  package var readable: [PullSecretReference: Bool] = [:]
  package var gaps: [Gap] = []
  /// What files hold besides, by kind.
  package var skipped: [String: Int] = [:]

  package init(source: Source) {
    self.source = source
  }

  package var isLive: Bool {
    if case .cluster = source { return true }
    return false
  }
}
