/// `metav1.MicroTime`: a time that is always written with six digits of a fraction, because the API server refuses
/// one without.
public struct MicroTime: Codable, Sendable, Hashable, Comparable {
  public var timestamp: Timestamp

  public init(_ timestamp: Timestamp) {
    self.timestamp = timestamp
  }

  public init(from decoder: any Decoder) throws {
    timestamp = try Timestamp(from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    let text = timestamp.description
    let isWhole = timestamp.wholeSeconds == timestamp
    try container.encode(isWhole ? "\(text.dropLast()).000000Z" : text)
  }

  public static func < (left: MicroTime, right: MicroTime) -> Bool { left.timestamp < right.timestamp }
}
