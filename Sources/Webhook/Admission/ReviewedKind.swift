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
  /// Whether all is the same that is looked at.
  func saysTheSame(as other: Self) -> Bool
}

extension ReviewedKind {
  package func saysTheSame(as other: Self) -> Bool { spec == other.spec }
}

extension ImageCache: ReviewedKind {
  package var warnings: [ValidationProblem] { spec.warnings }

  package func saysTheSame(as other: ImageCache) -> Bool {
    spec == other.spec
      && [ImageCacheAnnotation.executor, ImageCacheAnnotation.retention].allSatisfy {
        metadata.annotations?[$0] == other.metadata.annotations?[$0]
      }
  }
}

extension ImageSet: ReviewedKind {
  package var warnings: [ValidationProblem] { [] }
}

extension PullBudget: ReviewedKind {
  package var warnings: [ValidationProblem] { [] }
}
