/// `authentication.k8s.io/v1` TokenReview: asks the API server whose token it is. Created, never stored.
public struct TokenReview: KubernetesResource, Hashable {
  public static let resourceType = ResourceType(
    group: "authentication.k8s.io", version: "v1", resource: "tokenreviews", kind: "TokenReview", isNamespaced: false)

  public var metadata: ObjectMeta
  public var spec: TokenReviewSpec
  public var status: TokenReviewStatus?

  public init(
    metadata: ObjectMeta = ObjectMeta(), spec: TokenReviewSpec, status: TokenReviewStatus? = nil
  ) {
    self.metadata = metadata
    self.spec = spec
    self.status = status
  }
}

/// `authentication.k8s.io/v1` TokenReviewSpec. The token shows in no description.
public struct TokenReviewSpec: Codable, Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  public var token: String?
  /// Whom the token must be meant for, one of them at least; the API server itself where absent.
  public var audiences: [String]?

  public init(token: String?, audiences: [String]? = nil) {
    self.token = token
    self.audiences = audiences
  }

  public var description: String { "a token for \(audiences ?? [])" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: ["audiences": audiences as Any]) }
}

/// `authentication.k8s.io/v1` TokenReviewStatus.
public struct TokenReviewStatus: Codable, Sendable, Hashable {
  public var authenticated: Bool?
  public var user: TokenUser?
  /// Those of the asked audiences that the token is meant for. A server that doesn't know of audiences leaves it out, and
  /// then the token says nothing about them.
  public var audiences: [String]?
  public var error: String?

  public init(
    authenticated: Bool? = nil, user: TokenUser? = nil, audiences: [String]? = nil, error: String? = nil
  ) {
    self.authenticated = authenticated
    self.user = user
    self.audiences = audiences
    self.error = error
  }
}

/// `authentication.k8s.io/v1` UserInfo.
public struct TokenUser: Codable, Sendable, Hashable {
  public var username: String?
  public var uid: String?
  public var groups: [String]?
  /// For tokens that are bound to a pod its name and UID, under `authentication.kubernetes.io/pod-name` and `…/pod-uid`.
  public var extra: [String: [String]]?

  public init(
    username: String? = nil, uid: String? = nil, groups: [String]? = nil, extra: [String: [String]]? = nil
  ) {
    self.username = username
    self.uid = uid
    self.groups = groups
    self.extra = extra
  }
}
