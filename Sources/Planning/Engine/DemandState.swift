/// A demand and what is known of its nodes.
struct DemandState: Sendable {
  var demand: Demand
  /// The demand's images, each once.
  var images: [DemandedImage]
  var nodes: Set<String> = []
  var tally = DemandTally()

  init(_ demand: Demand) {
    self.demand = demand
    images = Self.unique(demand.images)
  }

  static func unique(_ images: [DemandedImage]) -> [DemandedImage] {
    var seen: Set<ImageKey> = []
    return images.filter { seen.insert($0.key).inserted }
  }
}
