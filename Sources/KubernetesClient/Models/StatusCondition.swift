/// A condition as the older core kinds (Node, Pod, CustomResourceDefinition) carry it: like `Condition`, but with
/// parts that may be missing.
public struct StatusCondition: Codable, Sendable, Hashable {
  public var type: String
  public var status: Condition.Status
  public var lastTransitionTime: Timestamp?
  public var reason: String?
  public var message: String?

  public init(
    type: String, status: Condition.Status, lastTransitionTime: Timestamp? = nil, reason: String? = nil,
    message: String? = nil
  ) {
    self.type = type
    self.status = status
    self.lastTransitionTime = lastTransitionTime
    self.reason = reason
    self.message = message
  }
}
