/// Which nodes compare their copies of an image with the registry when that is due, so that not all of them have to.
///
/// One node pulls. What it gets tells what the tag stands for now: nodes with that digest have nothing to do, the others
/// pull. So a refresh of a tag that hasn't moved costs one node some writes, whatever the number of nodes, and it takes
/// the way to the registry that nodes take, with their mirrors, certificates and logins. What is known follows from what
/// the nodes report; who pulls first is decided anew by each leader.
struct RefreshBook: Sendable {
  /// What a tag stood for at a time.
  private struct Copy: Sendable {
    var checkedAt: Instant
    var digest: String
  }

  /// Nodes whose copies are due, while it isn't known what the tag stands for.
  private struct Line: Sendable {
    var waiting: Set<String> = []
    /// Those that pull, or have been told to.
    var pulling: Set<String> = []
    /// Of those the ones whose last attempt failed.
    var failing: Set<String> = []

    var isEmpty: Bool { waiting.isEmpty && pulling.isEmpty }

    mutating func remove(_ node: String) {
      waiting.remove(node)
      pulling.remove(node)
      failing.remove(node)
    }
  }

  enum Verdict: Sendable, Hashable {
    /// The copy is as new as is asked for.
    case fresh
    /// It isn't, and the tag stands for something else, or nobody else can tell.
    case outdated
    /// What the tag stands for isn't known: the node finds out if it is chosen.
    case unresolved(isChosen: Bool)
  }

  /// How many nodes fail at the same image before no more are asked to try.
  static let maxFailing = 3
  /// How many images' copies are remembered; all are forgotten, and learned anew, when there are more.
  static let maxCopies = 50_000

  private var newest: [ImageKey: Copy] = [:]
  private var lines: [ImageKey: Line] = [:]
  private var registered: [String: Set<ImageKey>] = [:]

  /// Takes over what a node reports.
  ///
  /// - Returns: the nodes for which that may change something.
  mutating func learn(_ images: [ImageKey: ObservedImage]) -> Set<String> {
    var touched: Set<String> = []
    for (key, image) in images where image.state == .present {
      guard let checkedAt = image.checkedAt, let digest = image.digest else { continue }
      if let known = newest[key], known.checkedAt >= checkedAt { continue }
      if newest.count >= Self.maxCopies { newest.removeAll() }
      newest[key] = Copy(checkedAt: checkedAt, digest: digest)
      if let line = lines[key] { touched.formUnion(line.waiting.union(line.pulling)) }
    }
    return touched
  }

  /// Whether a copy that was compared with the registry before `since` is known to be what the tag stood for at `since`
  /// or later.
  ///
  /// - Parameter now: what claims to come from later than that, by more than clocks may differ, doesn't count.
  func isConfirmed(_ key: ImageKey, digest: String?, since: Instant, now: Instant) -> Bool? {
    guard let copy = newest[key], copy.checkedAt >= since, copy.checkedAt <= now + PullGrant.margin else { return nil }
    return copy.digest == digest
  }

  /// What is to be done about a copy that is due.
  func verdict(_ key: ImageKey, _ plan: ImagePlan, _ seen: ObservedImage, on node: String, now: Instant) -> Verdict {
    guard let freshAfter = plan.freshAfter, seen.isStale(freshAfter) else { return .fresh }
    // Another platform's copy tells nothing of this one.
    guard plan.platform == nil else { return .outdated }
    switch isConfirmed(key, digest: seen.digest, since: freshAfter, now: now) {
    case true?: return .fresh
    case false?: return .outdated
    case nil: return .unresolved(isChosen: lines[key]?.pulling.contains(node) ?? false)
    }
  }

  /// An image whose copy on a node is due, while it isn't known what its tag stands for.
  struct Due: Sendable, Hashable {
    /// The node's plan tells it to pull already.
    var isTold: Bool
    /// Its last attempt failed.
    var isFailing: Bool
  }

  /// Says which images are due on a node.
  ///
  /// - Returns: the images for which somebody may have to be chosen, once all nodes have had their say.
  mutating func update(_ node: String, _ due: [ImageKey: Due]) -> Set<ImageKey> {
    let left = (registered[node] ?? []).subtracting(due.keys)
    for key in left {
      lines[key]?.remove(node)
      if lines[key]?.isEmpty ?? false { lines[key] = nil }
    }
    registered[node] = due.isEmpty ? nil : Set(due.keys)
    for (key, due) in due {
      var line = lines[key] ?? Line()
      if due.isTold || line.pulling.contains(node) {
        line.waiting.remove(node)
        line.pulling.insert(node)
        if due.isFailing { line.failing.insert(node) } else { line.failing.remove(node) }
      } else {
        line.waiting.insert(node)
      }
      lines[key] = line
    }
    return left.union(due.keys)
  }

  /// The next node to pull, where none does.
  mutating func choose(_ key: ImageKey) -> String? {
    guard var line = lines[key], line.pulling.count == line.failing.count, line.failing.count < Self.maxFailing,
      let next = line.waiting.min()
    else { return nil }
    line.waiting.remove(next)
    line.pulling.insert(next)
    lines[key] = line
    return next
  }
}
