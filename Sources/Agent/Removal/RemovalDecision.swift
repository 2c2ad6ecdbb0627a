package import ContainerRuntime
package import OCI

/// What becomes of an image that may be removed, by what is on the node right then.
package enum RemovalDecision: Sendable, Hashable {
  /// It isn't there.
  case gone
  case inUse
  /// Somebody else keeps it from garbage collection, so somebody else needs it.
  case pinned(id: String)
  /// The image with all its names, each of which may go.
  case remove(id: String, names: [String])
  /// Only this name: the others aren't ours, or are wanted.
  case untag
  /// The image is somebody else's by its tag, and the digest to be removed is part of that.
  case forget

  /// - Parameters:
  ///   - reference: the name to be removed.
  ///   - isRemovable: whether another name is ours, unwanted and permitted to go too.
  ///   - isWanted: whether the plan names it.
  ///   - isOurPin: whether Swiftlet pinned the image of this ID.
  package static func decide(
    _ reference: ImageReference, inspection: RemovalInspection, isRemovable: (String) -> Bool,
    isWanted: (String) -> Bool, isOurPin: (String) -> Bool
  ) -> RemovalDecision {
    let name = reference.normalized
    guard let image = inspection.images.first(where: { $0.isNamed(reference) }) else { return .gone }
    if inspection.containers.contains(where: { uses($0, image) }) { return .inUse }
    if image.pinned && !isOurPin(image.id) { return .pinned(id: image.id) }

    let goingTags = image.tags.filter { $0 == name || (isRemovable($0) && !isWanted($0)) }
    let goingDigests = image.digests.filter { $0 == name || (isRemovable($0) && !isWanted($0)) }
    // A pull by tag also makes the name by digest in the same repository.
    let repositories = Set((goingTags + goingDigests).compactMap(repository))
    let tagsGo = goingTags.count == image.tags.count
    let digestsGo = image.digests.allSatisfy { digest in
      !isWanted(digest) && (goingDigests.contains(digest) || repository(digest).map(repositories.contains) ?? false)
    }
    if tagsGo && digestsGo { return .remove(id: image.id, names: goingTags + goingDigests) }
    if reference.digest != nil, image.tags.contains(where: { repository($0) == reference.name }) { return .forget }
    return .untag
  }

  private static func repository(_ name: String) -> String? {
    do { return try ImageReference(parsing: name).name } catch { return nil }
  }

  /// Whether a container was made from an image, or mounts it: by its ID, by any of its names or by a digest.
  package static func uses(_ container: RuntimeContainer, _ image: RuntimeImage) -> Bool {
    var names = Set(image.tags + image.digests)
    for digest in image.digests {
      if let at = digest.firstIndex(of: "@") { names.insert(String(digest[digest.index(after: at)...])) }
    }
    names.insert(image.id)
    names.insert(bare(image.id))
    for text in [container.imageID, container.imageReference] + container.volumeImages where !text.isEmpty {
      if names.contains(text) || names.contains(bare(text)) { return true }
      do {
        if names.contains(try ImageReference(parsing: text).normalized) { return true }
      } catch {
        // An ID rather than a name: compared above.
        continue
      }
    }
    return false
  }

  private static func bare(_ id: String) -> String {
    id.hasPrefix("sha256:") ? String(id.dropFirst("sha256:".count)) : id
  }
}
