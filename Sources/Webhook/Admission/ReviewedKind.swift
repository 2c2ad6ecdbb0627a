package import KubernetesClient
package import SwiftletAPI

/// A kind that is looked at when it is written.
package protocol ReviewedKind: KubernetesResource {
  associatedtype Spec: Equatable

  var spec: Spec { get }
  /// What is wrong with the spec.
  var problems: [ValidationProblem] { get }
  /// What is allowed and may not be what was meant.
  var warnings: [ValidationProblem] { get }
}

extension ImageCache: ReviewedKind {
  package var problems: [ValidationProblem] { spec.problems }
  package var warnings: [ValidationProblem] { spec.warnings }
}

extension ImageSet: ReviewedKind {
  package var warnings: [ValidationProblem] { [] }
}

extension PullBudget: ReviewedKind {
  package var warnings: [ValidationProblem] { [] }
}
