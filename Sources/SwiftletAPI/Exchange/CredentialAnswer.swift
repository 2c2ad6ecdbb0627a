package import KubernetesClient

/// What the exchange answers.
package struct CredentialAnswer: Codable, Sendable, Hashable {
  /// By normalised reference. Images that the node's plan doesn't have now are missing.
  package var images: [String: ImageCredentials]

  package init(images: [String: ImageCredentials]) {
    self.images = images
  }
}

/// The credentials for one image.
package struct ImageCredentials: Codable, Sendable, Hashable {
  /// To be tried in this order.
  package var candidates: [OfferedLogin]
  /// The secrets that had none for the image, in the order of the plan.
  package var others: [SecretNote]

  package init(candidates: [OfferedLogin], others: [SecretNote]) {
    self.candidates = candidates
    self.others = others
  }
}

/// One login: a name and a password, or one of the tokens. No description shows them.
package struct OfferedLogin: Codable, Sendable, Hashable {
  /// The secret that it is from, `namespace/name`.
  package var secret: String
  package var username: SecretData?
  package var password: SecretData?
  package var identityToken: SecretData?
  package var registryToken: SecretData?

  package init(secret: String) {
    self.secret = secret
  }
}

/// Why a secret, or a service account with its pull secrets, offers no login for an image.
package struct SecretNote: Codable, Sendable, Hashable {
  package enum Kind: String, Codable, Sendable {
    case serviceAccount = "ServiceAccount"
  }

  package enum Problem: String, Codable, Sendable, CaseIterable {
    /// There is no such secret.
    case missing = "Missing"
    /// The controller isn't allowed to read it.
    case unreadable = "Unreadable"
    /// It isn't a pull secret, or a malformed one.
    case invalid = "Invalid"
    /// The API server didn't answer.
    case unavailable = "Unavailable"
    /// It has no login for the image's registry and repository.
    case noEntry = "NoEntry"
  }

  /// `namespace/name`.
  package var secret: String
  package var problem: Problem
  /// What it is; a secret where absent.
  package var kind: Kind?
  /// What is wrong with it, where there is more to say.
  package var message: String?

  package init(secret: String, problem: Problem, kind: Kind? = nil, message: String? = nil) {
    self.secret = secret
    self.problem = problem
    self.kind = kind
    self.message = message
  }
}
