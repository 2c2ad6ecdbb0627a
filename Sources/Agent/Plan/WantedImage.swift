package import Execution
package import KubernetesClient
package import OCI
package import SwiftletAPI

/// One planned image, with its texts parsed.
package struct WantedImage: Sendable, Hashable {
  /// The key in the plan, which is the normalised reference.
  package let name: String
  /// Nil where `problem` says why it can't be pulled.
  package let reference: ImageReference?
  package let platform: Platform?
  /// What is wrong with the entry, as a reason and a message; trying is of no use then.
  package let problem: FailureText?
  package let planned: PlannedImage

  package init(name: String, planned: PlannedImage) {
    self.name = name
    self.planned = planned
    var problem: FailureText?
    var reference: ImageReference?
    var platform: Platform?
    do {
      let parsed = try ImageReference(parsing: name)
      if parsed.normalized == name {
        reference = parsed
      } else {
        problem = FailureText(reason: "InvalidReference", message: "the plan's key should read \(parsed.normalized)")
      }
    } catch {
      problem = FailureText(reason: "InvalidReference", message: error.description)
    }
    if let text = planned.platform {
      do {
        platform = try Platform(parsing: text)
      } catch {
        problem = FailureText(reason: "InvalidPlatform", message: error.description)
      }
    }
    self.reference = problem == nil ? reference : nil
    self.platform = platform
    self.problem = problem
  }

  package var budget: String { planned.effectiveBudget }
  package var priority: Int32 { planned.effectivePriority }
  package var isPinWanted: Bool { planned.effectivePin }
  package var retention: Retention { planned.effectiveRetention }
  package var isHeld: Bool { planned.isOnHold }
  /// The kubelet pulls it, for a Job; the agent only looks whether it comes.
  package var isLeftToJobs: Bool { planned.effectiveExecutor == .jobs }

  /// Whether a copy that was last compared with the registry at `checkedAt` is too old for the plan.
  package func isStale(checkedAt: Timestamp?) -> Bool {
    guard let freshAfter = planned.freshAfter else { return false }
    guard let checkedAt else { return true }
    return checkedAt < freshAfter
  }
}
