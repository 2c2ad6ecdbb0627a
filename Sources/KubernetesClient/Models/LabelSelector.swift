/// `metav1.LabelSelector`: labels that must be equal and expressions that must hold, all of them.
public struct LabelSelector: Codable, Sendable, Hashable {
  public struct Requirement: Codable, Sendable, Hashable {
    public var key: String
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    public var `operator`: String
    public var values: [String]?

    public init(key: String, operator: String, values: [String]? = nil) {
      self.key = key
      self.operator = `operator`
      self.values = values
    }
  }

  public var matchLabels: [String: String]?
  public var matchExpressions: [Requirement]?

  public init(matchLabels: [String: String]? = nil, matchExpressions: [Requirement]? = nil) {
    self.matchLabels = matchLabels
    self.matchExpressions = matchExpressions
  }
}

/// `v1.Toleration`.
public struct Toleration: Codable, Sendable, Hashable {
  public var key: String?
  /// `Exists` or `Equal`; `Equal` where absent.
  public var `operator`: String?
  public var value: String?
  /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`; all where absent.
  public var effect: String?
  public var tolerationSeconds: Int64?

  public init(
    key: String? = nil, operator: String? = nil, value: String? = nil, effect: String? = nil,
    tolerationSeconds: Int64? = nil
  ) {
    self.key = key
    self.operator = `operator`
    self.value = value
    self.effect = effect
    self.tolerationSeconds = tolerationSeconds
  }
}

/// `v1.Taint`.
public struct Taint: Codable, Sendable, Hashable {
  public var key: String
  public var value: String?
  public var effect: String

  public init(key: String, value: String? = nil, effect: String) {
    self.key = key
    self.value = value
    self.effect = effect
  }
}
