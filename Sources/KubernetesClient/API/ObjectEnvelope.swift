/// An object, or what is known of one that can't be decoded.
enum ObjectEnvelope<R: KubernetesResource>: Decodable, Sendable {
  case decoded(R)
  case undecodable(key: ObjectKey, problem: String)

  private struct Identity: Decodable {
    struct Metadata: Decodable {
      var name: String?
      var namespace: String?
    }
    var metadata: Metadata?
  }

  init(from decoder: any Decoder) throws {
    do {
      self = .decoded(try R(from: decoder))
    } catch {
      let metadata = try Identity(from: decoder).metadata
      self = .undecodable(
        key: ObjectKey(namespace: metadata?.namespace, name: metadata?.name ?? "(without a name)"),
        problem: DecodingProblem.describe(error))
    }
  }

  func object(operation: String) throws(KubernetesError) -> R {
    switch self {
    case .decoded(let object):
      return object
    case .undecodable(let key, let problem):
      throw KubernetesError(
        cause: .decoding, message: "\(R.resourceType.kind) \(key) can't be decoded: \(problem)", operation: operation)
    }
  }
}
