extension LabelSelector {
  private enum Key: String, CodingKey {
    case matchLabels, matchExpressions
  }

  /// A label value of `null` is read as the empty one, as Kubernetes' own types read it.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    matchLabels = try container.decodeIfPresent([String: String?].self, forKey: .matchLabels)?.mapValues { $0 ?? "" }
    matchExpressions = try container.decodeIfPresent([Requirement].self, forKey: .matchExpressions)
  }
}

extension LabelSelector.Requirement {
  private enum Key: String, CodingKey {
    case key, `operator`, values
  }

  /// A value of `null` is read as the empty one, as Kubernetes' own types read it.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    key = try container.decode(String.self, forKey: .key)
    self.operator = try container.decode(String.self, forKey: .operator)
    values = try container.decodeIfPresent([String?].self, forKey: .values)?.map { $0 ?? "" }
  }
}
