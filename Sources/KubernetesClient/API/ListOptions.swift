/// What a LIST asks for.
///
/// Without `resourceVersion` the list is the most recent state (a quorum read). `"0"` accepts any state that the
/// server has in its cache; a number with `resourceVersionMatch` `NotOlderThan` accepts that state or a newer one.
public struct ListOptions: Sendable, Hashable {
  public var labelSelector: String?
  public var fieldSelector: String?
  /// The most objects in one page. `listAll` takes 500 where this is nil.
  public var limit: Int?
  /// Where to go on, from the page before.
  public var continueToken: String?
  public var resourceVersion: String?
  /// `NotOlderThan` or `Exact`; only together with `resourceVersion`.
  public var resourceVersionMatch: String?

  public init(
    labelSelector: String? = nil, fieldSelector: String? = nil, limit: Int? = nil, continueToken: String? = nil,
    resourceVersion: String? = nil, resourceVersionMatch: String? = nil
  ) {
    self.labelSelector = labelSelector
    self.fieldSelector = fieldSelector
    self.limit = limit
    self.continueToken = continueToken
    self.resourceVersion = resourceVersion
    self.resourceVersionMatch = resourceVersionMatch
  }
}
