/// What one node adds to one demand's status.
struct Contribution: Equatable, Sendable {
  struct Failure: Equatable, Sendable {
    var count: Int
    var image: ImageKey
    var message: String?
  }

  struct Failing: Equatable, Sendable {
    var image: ImageKey
    var reason: String
    var message: String?
  }

  var pairs = PairTally()
  var obstacle: UnreachableNode.Reason?
  /// Not (yet) present here, in the demand's order.
  var absent: [ImageKey] = []
  var failures: [String: Failure] = [:]
  /// The first few that fail, or stay although they were to go.
  var failing: [Failing] = []
  var conflicts: [PlatformConflict] = []
  var tooLarge = 0
  var transferredBytes: Int64 = 0
  var totalBytes: Int64 = 0

  /// How many failing pairs one node names.
  static let maxFailing = 20

  var isReady: Bool { obstacle == nil && absent.isEmpty }

  mutating func fail(_ reason: String, _ image: ImageKey, _ message: String?) {
    pairs.failed += 1
    if failing.count < Self.maxFailing { failing.append(Failing(image: image, reason: reason, message: message)) }
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
