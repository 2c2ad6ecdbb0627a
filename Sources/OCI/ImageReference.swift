/// What a user writes to name an image, parsed once and normalised as the runtimes do.
///
/// The grammar and the defaults are those of the distribution project's `reference` package, which containerd and CRI-O
/// use: a first component with a dot, a colon or an upper-case letter, or `localhost`, is a registry; otherwise the
/// registry is
/// `docker.io`, and a name of one component there is in `library`; `index.docker.io` is `docker.io`; without tag and
/// digest the tag is `latest`.
///
/// With a tag and a digest, containerd's CRI plugin drops the tag: it pulls, lists and finds the image as
/// `name@digest` and makes no record under the tag. `normalized` does the same, and two references are equal when
/// their normalised forms are, whatever `tag` says beside a digest.
package struct ImageReference: Sendable {
  /// Host and port as written, such as `docker.io`, `localhost:5000` or `[::1]:5000`.
  package let registry: String
  /// The path within the registry, such as `library/nginx`.
  package let repository: String
  /// The tag; `latest` where neither tag nor digest was written. Beside a digest it is what the user wrote and names
  /// nothing.
  package let tag: String?
  package let digest: Digest?
  /// `docker.io/library/nginx:latest`, or `docker.io/library/nginx@sha256:…` where there is a digest: the name of the
  /// image in the runtime.
  package let normalized: String

  /// - Throws: `ImageReferenceError`, which says what is wrong at which character.
  package init(parsing text: String) throws(ImageReferenceError) {
    do {
      var parser = try ReferenceParser(text)
      self = try parser.reference()
    } catch {
      throw ImageReferenceError(error)
    }
  }

  init(registry: String, repository: String, tag: String?, digest: Digest?) {
    self.registry = registry
    self.repository = repository
    self.tag = digest == nil ? tag ?? "latest" : tag
    self.digest = digest
    if let digest {
      normalized = "\(registry)/\(repository)@\(digest)"
    } else {
      normalized = "\(registry)/\(repository):\(tag ?? "latest")"
    }
  }

  /// Registry and repository, without tag and digest.
  package var name: String { "\(registry)/\(repository)" }

  /// The same repository by digest.
  package func with(digest: Digest) -> ImageReference {
    ImageReference(registry: registry, repository: repository, tag: tag, digest: digest)
  }
}

extension ImageReference: Hashable, Comparable, CustomStringConvertible {
  package var description: String { normalized }

  package static func == (left: ImageReference, right: ImageReference) -> Bool { left.normalized == right.normalized }

  package func hash(into hasher: inout Hasher) { hasher.combine(normalized) }

  package static func < (left: ImageReference, right: ImageReference) -> Bool { left.normalized < right.normalized }
}
