package import KubernetesClient
package import SwiftletAPI

/// The merge patch for the status of a NodeInventory.
package enum StatusPatch {
  /// What to send so that a status like `old` becomes `new`; nil where they are equal.
  ///
  /// An image that changed is sent whole, so that the result makes sense even where the server doesn't have `old`, as
  /// when the object was deleted and made again.
  package static func make(
    from old: NodeInventoryStatus, to new: NodeInventoryStatus
  ) throws(EncodingError) -> JSONValue? {
    do {
      guard var patch = mergePatch(from: try JSONValue(encoding: old), to: try JSONValue(encoding: new)) else {
        return nil
      }
      if case .object(var images)? = patch["images"] {
        for (name, change) in images {
          guard let image = new.images?[name], let whole = try JSONValue(encoding: image).object else { continue }
          images[name] = .object((change.object ?? [:]).merging(whole) { _, whole in whole })
        }
        patch["images"] = .object(images)
      }
      return .object(["status": patch])
    } catch let error as EncodingError {
      throw error
    } catch {
      throw .invalidValue(new, .init(codingPath: [], debugDescription: "\(error)"))
    }
  }
}
