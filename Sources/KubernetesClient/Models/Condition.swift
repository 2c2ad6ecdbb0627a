/// `metav1.Condition`: one aspect of an object's state.
public struct Condition: Codable, Sendable, Hashable {
  public enum Status: String, Codable, Sendable, Hashable {
    case yes = "True"
    case no = "False"
    case unknown = "Unknown"
  }

  public var type: String
  public var status: Status
  public var observedGeneration: Int64?
  public var lastTransitionTime: Timestamp
  /// A word in camel case.
  public var reason: String
  public var message: String

  public init(
    type: String, status: Status, observedGeneration: Int64? = nil, lastTransitionTime: Timestamp, reason: String,
    message: String
  ) {
    self.type = type
    self.status = status
    self.observedGeneration = observedGeneration
    self.lastTransitionTime = lastTransitionTime
    self.reason = reason
    self.message = message
  }
}
