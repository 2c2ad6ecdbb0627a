package import KubernetesClient

/// Merge patches that change only what differs, and only the version that they were made from.
package enum DifferencePatch {
  /// The patch from one version of an object to another, with the first one's resourceVersion, so that it conflicts
  /// when the object has changed since; nil where nothing differs. Fields that the type doesn't know stay as they are.
  package static func between<R: KubernetesResource>(_ old: R, _ new: R) throws(KubernetesError) -> JSONValue? {
    let documents: (old: JSONValue, new: JSONValue)
    do {
      documents = (try JSONValue(encoding: old), try JSONValue(encoding: new))
    } catch {
      throw KubernetesError(
        cause: .invalidRequest, message: "can't be encoded: \(error)",
        operation: "patch \(R.resourceType.resource)/\(old.metadata.name ?? "")")
    }
    guard var patch = mergePatch(from: documents.old, to: documents.new) else { return nil }
    var metadata = patch["metadata"] ?? .object([:])
    metadata["resourceVersion"] = old.metadata.resourceVersion.map { .string($0) }
    patch["metadata"] = metadata
    return patch
  }
}
