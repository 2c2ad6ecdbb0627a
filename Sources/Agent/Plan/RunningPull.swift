package import ContainerRuntime
import Execution
package import KubernetesClient
package import OCI
package import SwiftletAPI

/// A pull that runs in the runtime.
package struct RunningPull: PullTurn, Sendable, Hashable {
  /// Tells this pull from an earlier one of the same image.
  package let id: Int
  package let name: String
  package let registry: String
  package let budget: String
  package let platform: Platform?
  package let backoff: BackoffSpec
  /// The grant that pays for it; it may pass to another one of the same budget.
  package var grantID: String
  package let startedAt: Timestamp
  /// What the copy will count as compared with the registry at, once pulled: the start, or the plan's `freshAfter` if
  /// that is later, because the start came after that was known, whatever the clocks say.
  package let checkedAt: Timestamp
  /// The image was there and only is compared with the registry.
  package let isRefresh: Bool
  package var progress: PullProgress?
  /// The runtime was told to stop; the pull still holds its place until it says that it did.
  package var cancellation: Cancellation?
  package var isToldToStop = false
  /// It is to be seen yet whether what the pull takes, as is known now, fits.
  package var isNeedNew = false

  package enum Cancellation: Sendable, Hashable {
    /// No longer wanted, or no longer allowed.
    case withdrawn
    /// It took too long.
    case timeout
    /// It takes more room than there is.
    case diskFull
  }

  package init(
    id: Int, name: String, registry: String, budget: String, platform: Platform?, backoff: BackoffSpec,
    grantID: String, startedAt: Timestamp, checkedAt: Timestamp, isRefresh: Bool
  ) {
    self.id = id
    self.name = name
    self.registry = registry
    self.budget = budget
    self.platform = platform
    self.backoff = backoff
    self.grantID = grantID
    self.startedAt = startedAt
    self.checkedAt = checkedAt
    self.isRefresh = isRefresh
  }
}
