/// What an `admission.k8s.io/v1` AdmissionReview asks, but for the objects: those are read once it is known what they are.
package struct AdmissionRequest: Decodable, Sendable, Hashable {
  package struct Kind: Decodable, Sendable, Hashable {
    package let group: String
    package let version: String
    package let kind: String
  }

  package let uid: String
  package let kind: Kind
  /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
  package let operation: String
  package let subResource: String?
}

/// The outermost of a review.
struct AdmissionReviewHeader: Decodable {
  static let apiVersion = "admission.k8s.io/v1"
  static let kind = "AdmissionReview"

  let apiVersion: String
  let kind: String
  let request: AdmissionRequest?
}

/// The objects of a review.
struct AdmissionReviewObjects<Object: Decodable>: Decodable {
  struct Request: Decodable {
    let object: ObjectReading<Object>?
    let oldObject: ObjectReading<Object>?
  }

  let request: Request
}
