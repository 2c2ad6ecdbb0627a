/// What one node adds to one demand's status.
struct Contribution: Equatable, Sendable {
  struct Failure: Equatable, Sendable {
    var count: Int
    var image: ImageKey
    var message: String?
  }

  var pairs = PairTally()
  var obstacle: UnreachableNode.Reason?
  /// Not (yet) present here, in the demand's order.
  var absent: [ImageKey] = []
  var failures: [String: Failure] = [:]
  var conflicts: [PlatformConflict] = []
  var tooLarge = 0
  var transferredBytes: Int64 = 0
  var totalBytes: Int64 = 0

  var isReady: Bool { obstacle == nil && absent.isEmpty }

  mutating func fail(_ reason: String, _ image: ImageKey, _ message: String?) {
    pairs.failed += 1
    guard var failure = failures[reason] else {
      failures[reason] = Failure(count: 1, image: image, message: message)
      return
    }
    failure.count += 1
    if image < failure.image {
      failure.image = image
      failure.message = message
    }
    failures[reason] = failure
  }
}
