/// What several demands that meet on a node want there together. Depends on the demands only, so nodes share it.
struct MergedPlan: Sendable {
  /// The most images that one node's plan holds.
  static let maxImages = 2000
  /// The most pull secrets that one image is tried with.
  static let maxPullSecrets = 50

  struct Owner: Sendable {
    let demand: DemandID
    let paused: Bool
    let platform: String?
  }

  struct Image: Sendable {
    /// The one that pays and whose platform wins comes first.
    var owners: [Owner]
    /// Whether the owners name more than one platform.
    var disagrees: Bool
    /// Those of all owners in the order of their rank, each once.
    var pullSecrets: [PullSecret]
    /// Whether an owner takes it from an agent, too.
    var allowsAgent: Bool
  }

  private(set) var plans: [ImageKey: ImagePlan] = [:]
  /// Wanted and not planned, since the plan would be too large. Never removed either.
  private(set) var overflow: Set<ImageKey> = []
  private(set) var images: [ImageKey: Image] = [:]
  /// To go, since somebody asks for that and nobody wants them; with the widest of the scopes.
  private(set) var unwanted: [ImageKey: Demand.Intent.Scope] = [:]
  /// Images of which it depends on the node who pulls them.
  private(set) var undecided: [ImageKey] = []

  /// - Parameter budget: the budget that pays in place of the named one (itself, or `default` where it doesn't exist).
  init(_ demands: [Demand], budget: (String) -> String) {
    for demand in demands.sorted(by: Self.outranks) where demand.intent == .present {
      for wanted in demand.images {
        add(wanted, of: demand, budget: budget)
      }
    }
    for demand in demands {
      guard case .absent(let scope) = demand.intent, !demand.paused else { continue }
      for key in demand.images.map(\.key) where !wants(key) && unwanted[key] != .everything { unwanted[key] = scope }
    }
    undecided = plans.keys.filter { isUndecided($0) }.sorted()
    guard plans.count > Self.maxImages else { return }
    let order = plans.sorted { ($1.value.priority, $0.key) < ($0.value.priority, $1.key) }
    for (key, _) in order.dropFirst(Self.maxImages) {
      plans[key] = nil
      overflow.insert(key)
    }
  }

  func wants(_ key: ImageKey) -> Bool { images[key] != nil }

  /// Who goes first when two demands meet: one that isn't paused, then the higher priority, then the older.
  static func outranks(_ left: Demand, _ right: Demand) -> Bool {
    if left.paused != right.paused { return right.paused }
    if left.priority != right.priority { return left.priority > right.priority }
    if left.createdAt != right.createdAt { return left.createdAt < right.createdAt }
    return left.id < right.id
  }

  /// Demands come in order of their rank, so the first one to name an image sets what only one can set.
  private mutating func add(_ wanted: DemandedImage, of demand: Demand, budget: (String) -> String) {
    let owner = Owner(demand: demand.id, paused: demand.paused, platform: wanted.platform)
    guard var plan = plans[wanted.key], var image = images[wanted.key] else {
      plans[wanted.key] = ImagePlan(
        freshAfter: wanted.freshAfter, platform: wanted.platform, pin: demand.pin, priority: demand.priority,
        budget: budget(demand.budget), retention: demand.retention, hold: demand.paused,
        adopt: demand.adopt, authenticated: !demand.pullSecrets.isEmpty, executor: demand.executor)
      images[wanted.key] = Image(
        owners: [owner], disagrees: false, pullSecrets: Self.joined([], demand.pullSecrets),
        allowsAgent: demand.executor != .jobs)
      return
    }
    plan.pin = plan.pin || demand.pin
    plan.adopt = plan.adopt || demand.adopt
    if demand.retention == .retain { plan.retention = .retain }
    // A paused demand pulls nothing, so it asks nobody else to refresh either.
    if !demand.paused || plan.hold, let fresh = wanted.freshAfter {
      plan.freshAfter = max(plan.freshAfter ?? fresh, fresh)
    }
    // Nor does it have a say in who pulls.
    if !demand.paused || plan.hold { plan.executor = .merged(plan.executor, demand.executor) }
    if owner.platform != plan.platform { image.disagrees = true }
    if !image.owners.contains(where: { $0.demand == owner.demand }) { image.owners.append(owner) }
    image.pullSecrets = Self.joined(image.pullSecrets, demand.pullSecrets)
    if demand.executor != .jobs, !demand.paused || plan.hold { image.allowsAgent = true }
    plan.authenticated = !image.pullSecrets.isEmpty
    plans[wanted.key] = plan
    images[wanted.key] = image
  }

  private func isUndecided(_ key: ImageKey) -> Bool {
    switch plans[key]?.executor {
    case .jobs: images[key]?.allowsAgent ?? false
    case .auto: plans[key]?.authenticated ?? false
    case .agent, nil: false
    }
  }

  /// Who pulls an image on a node.
  ///
  /// - Parameters:
  ///   - seen: what is known of the image there.
  ///   - known: the plan as it was written.
  func executor(
    of key: ImageKey, on node: NodeFacts, seen: ObservedImage?, known: ImagePlan?
  ) -> ExecutorChoice {
    guard let plan = plans[key] else { return .auto }
    // An agent that is away for a moment is no reason to think again.
    if !node.hasAgent, !node.hasJobs { return known?.executor ?? plan.executor }
    guard node.hasAgent else { return plan.executor }
    switch plan.executor {
    case .agent: return .agent
    case .jobs: return node.hasJobs || images[key]?.allowsAgent != true ? .jobs : .auto
    case .auto:
      guard node.hasJobs, plan.authenticated else { return .auto }
      // Only kubelets have what the controller may not read; once that is known, agents needn't ask again.
      let wasLeftToJobs = known?.executor == .jobs && known?.authenticated == true
      return wasLeftToJobs || seen?.reason == ObservedImage.secretUnreadableReason ? .jobs : .auto
    }
  }

  private static func joined(_ secrets: [PullSecret], _ more: [PullSecret]) -> [PullSecret] {
    var secrets = secrets
    for secret in more where secrets.count < maxPullSecrets && !secrets.contains(secret) { secrets.append(secret) }
    return secrets
  }
}
