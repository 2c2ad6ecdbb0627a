#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif
import KubernetesClient
import SwiftletAPI

/// A question of the API server whether an object may be written.
///
/// Who asks doesn't matter, and only what a write brings anew is refused: an object that was wrong before stays writable,
/// or its annotations, its finalizers and its end could never be dealt with.
package struct AdmissionReview: Sendable {
  /// An object is stored with at most 1.5 MiB and sent with at most 3 MiB; a review has the new one and the old one.
  package static let maxBytes = 8 << 20
  /// How long a refusal may be.
  static let maxMessageLength = 1024

  /// Why a body is no review, in words.
  package struct Malformed: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String
  }

  package let request: AdmissionRequest
  private let body: Data

  /// - Throws: `Malformed`.
  package init(body: Data) throws(Malformed) {
    let header: AdmissionReviewHeader
    do {
      header = try JSONDecoder().decode(AdmissionReviewHeader.self, from: body)
    } catch {
      throw Malformed(description: "no \(AdmissionReviewHeader.kind) in JSON")
    }
    guard header.apiVersion == AdmissionReviewHeader.apiVersion, header.kind == AdmissionReviewHeader.kind else {
      throw Malformed(description: "no \(AdmissionReviewHeader.kind) of \(AdmissionReviewHeader.apiVersion)")
    }
    guard let request = header.request, !request.uid.isEmpty else { throw Malformed(description: "it asks nothing") }
    self.request = request
    self.body = body
  }

  /// Whether the write is allowed.
  ///
  /// - Throws: `Malformed` where there is no object although there must be one.
  package func verdict() throws(Malformed) -> AdmissionVerdict {
    guard (request.subResource ?? "").isEmpty, ["CREATE", "UPDATE"].contains(request.operation) else {
      return .allowed
    }
    switch (request.kind.group, request.kind.kind) {
    case (ImageCache.resourceType.group, ImageCache.resourceType.kind): return try verdict(on: ImageCache.self)
    case (ImageSet.resourceType.group, ImageSet.resourceType.kind): return try verdict(on: ImageSet.self)
    case (PullBudget.resourceType.group, PullBudget.resourceType.kind): return try verdict(on: PullBudget.self)
    default: return .allowed
    }
  }

  private func verdict<Object: ReviewedKind>(on type: Object.Type) throws(Malformed) -> AdmissionVerdict {
    // Another version's fields may mean something else.
    guard request.kind.version == Object.resourceType.version else { return .allowed }
    let objects: AdmissionReviewObjects<Object>.Request
    do {
      objects = try JSONDecoder().decode(AdmissionReviewObjects<Object>.self, from: body).request
    } catch {
      throw Malformed(description: "its objects can't be read")
    }
    guard let new = objects.object else { throw Malformed(description: "it has no object") }
    return Self.verdict(new: new, old: request.operation == "UPDATE" ? objects.oldObject : nil)
  }

  static func verdict<Object: ReviewedKind>(
    new: ObjectReading<Object>, old: ObjectReading<Object>?
  ) -> AdmissionVerdict {
    let object: Object
    switch new {
    case .object(let read): object = read
    case .unreadable(let problem):
      if case .unreadable = old { return .allowed }
      return AdmissionVerdict(problems: [problem])
    }
    // What is about to go must be able to go.
    guard object.metadata.deletionTimestamp == nil else { return .allowed }
    var before: [ValidationProblem] = []
    if case .object(let old) = old {
      guard !object.saysTheSame(as: old) else { return .allowed }
      before = old.problems
    }
    let problems = object.problems
    let added = problems.without(before)
    guard added.isEmpty else { return AdmissionVerdict(problems: added) }
    return AdmissionVerdict(warnings: object.warnings + problems)
  }

  /// The answer to this review, in JSON.
  package func answer(_ verdict: AdmissionVerdict) throws -> Data {
    var response: JSONValue = ["uid": .string(request.uid), "allowed": .bool(verdict.isAllowed)]
    if !verdict.isAllowed {
      response["status"] = [
        "status": "Failure", "reason": "Invalid", "code": 422,
        "message": .string(verdict.problems.summary(limit: Self.maxMessageLength)),
      ]
    }
    let warnings = verdict.warningLines
    if !warnings.isEmpty { response["warnings"] = .array(warnings.map { .string($0) }) }
    let review: JSONValue = [
      "apiVersion": .string(AdmissionReviewHeader.apiVersion), "kind": .string(AdmissionReviewHeader.kind),
      "response": response,
    ]
    return try JSONEncoder().encode(review)
  }
}
