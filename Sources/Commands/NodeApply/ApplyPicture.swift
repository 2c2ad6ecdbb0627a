import KubernetesClient
package import SwiftletAPI

/// How far one machine is, judged from its plan and its agent's status.
package struct ApplyPicture: Sendable, Hashable {
  package var inventory: NodeInventory
  /// Images whose attempts are used up, as they were then.
  package var givenUp: [String: NodeImage]
  package var history: ApplyHistory

  package init(inventory: NodeInventory, givenUp: [String: NodeImage] = [:], history: ApplyHistory) {
    self.inventory = inventory
    self.givenUp = givenUp
    self.history = history
  }

  /// Whether the agent has answered to the newest plan.
  static func isAnswered(_ inventory: NodeInventory) -> Bool {
    guard let observed = inventory.status?.observedGeneration else { return false }
    return observed >= (inventory.metadata.generation ?? 0) && inventory.status?.nodeUID == inventory.spec.nodeUID
  }

  /// Whether an image is to go.
  static func isLeftover(_ name: String, _ image: NodeImage, _ spec: NodeInventorySpec) -> Bool {
    spec.images?[name] == nil && image.retention == .delete && (image.origin == .pulled || image.origin == .adopted)
  }

  private var images: [String: NodeImage] { inventory.status?.images ?? [:] }

  /// What became of each image that the files name, by its normalised reference.
  package var outcomes: [String: ImageOutcome] {
    var outcomes: [String: ImageOutcome] = [:]
    for (name, planned) in inventory.spec.images ?? [:] { outcomes[name] = outcome(name, planned) }
    return outcomes
  }

  private func outcome(_ name: String, _ planned: PlannedImage) -> ImageOutcome {
    let image = images[name]
    if let last = givenUp[name] {
      var outcome = ImageOutcome(.failed, last)
      // A copy that can't be refreshed is still of use.
      if image?.state == .present { outcome.isThere = true }
      return outcome
    }
    guard Self.isAnswered(inventory), let image else { return ImageOutcome(.waiting, image) }
    switch image.state {
    case .present:
      if planned.isOnHold { return ImageOutcome(.present, image) }
      let isStale = planned.freshAfter.map { fresh in image.checkedAt.map { $0 < fresh } ?? true } ?? false
      if isStale { return ImageOutcome(image.attempts == nil ? .waiting : .retrying, image) }
      guard history.there.contains(name) else { return ImageOutcome(.pulled, image) }
      let isChecked = image.checkedAt.map { $0 >= history.startedAt.wholeSeconds } ?? false
      return ImageOutcome(planned.freshAfter != nil && isChecked ? .refreshed : .present, image)
    case .pulling: return ImageOutcome(.pulling, image)
    case .failed: return ImageOutcome(image.retryAt == nil ? .failed : .retrying, image)
    case .waiting, .removing: return ImageOutcome(planned.isOnHold ? .paused : .waiting, image)
    }
  }

  /// What became of each image that an earlier run pulled and the files no longer name.
  package var removals: [String: ImageOutcome] {
    var outcomes: [String: ImageOutcome] = [:]
    for name in history.leftovers where inventory.spec.images?[name] == nil {
      guard let image = images[name] else {
        outcomes[name] = ImageOutcome(.removed, nil)
        continue
      }
      let failure = image.reason.flatMap { $0 == "RuntimeUnavailable" ? nil : $0 }
      outcomes[name] =
        switch failure {
        case nil: ImageOutcome(.waiting, image)
        case "RemovalFailed", "NotRemoved": ImageOutcome(.failed, image)
        default: ImageOutcome(.kept, image)
        }
    }
    return outcomes
  }

  /// Why the runtime can't be worked with, as the agent says after a while.
  package var runtimeProblem: String? {
    let type = NodeInventoryStatus.runtimeReadyCondition
    guard let condition = inventory.status?.conditions?.first(where: { $0.type == type }), condition.status == .no
    else { return nil }
    return condition.message
  }

  /// Why what was done can't be remembered, if so.
  package var ledgerProblem: String? {
    inventory.status?.conditions?.first { $0.type == "LedgerIntact" && $0.status == .no }?.message
  }

  /// Whether nothing is left to be done.
  package var isSettled: Bool {
    Self.isAnswered(inventory) && runtimeProblem == nil && outcomes.values.allSatisfy(\.isFinal)
      && removals.values.allSatisfy(\.isFinal)
  }

  /// Whether the pins are as the files ask for, where the runtime knows pins. An agent may also leave some out.
  package var isPinned: Bool {
    guard inventory.status?.runtime?.features?.contains("pins") == true else { return true }
    return (inventory.spec.images ?? [:]).allSatisfy { name, planned in
      guard let image = images[name], image.state == .present else { return true }
      return image.pinned == planned.effectivePin || (image.pinned == true && !planned.effectivePin)
    }
  }
}
