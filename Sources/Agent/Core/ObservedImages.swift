package import ContainerRuntime
import OCI

/// What the runtime listed last, findable by every name.
package struct ObservedImages: Sendable {
  private var byID: [String: RuntimeImage] = [:]
  private var idByName: [String: String] = [:]

  package init(_ images: [RuntimeImage]) {
    for image in images {
      byID[image.id] = image
      for name in image.tags + image.digests { idByName[name] = image.id }
    }
  }

  /// The image that has this normalised name.
  package subscript(name name: String) -> RuntimeImage? { idByName[name].flatMap { byID[$0] } }

  package func image(id: String) -> RuntimeImage? { byID[id] }

  package var ids: some Sequence<String> { byID.keys }

  package var count: Int { byID.count }

  /// Takes over what was just done to an image, until the next list.
  package mutating func setPinned(_ pinned: Bool, id: String) { byID[id]?.pinned = pinned }
}
