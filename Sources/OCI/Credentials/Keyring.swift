/// The logins of several Docker configurations, and which of them to try for an image, in which order.
///
/// As the kubelet has it: the entries of all configurations together, those that name a longer part of the image first
/// (sorted backwards by host and path), and those of the same place in the order in which the configurations were
/// added. Only where none fits are logins for `index.docker.io` taken for images of Docker Hub.
package struct Keyring<Source: Hashable & Sendable>: Sendable {
  package struct Candidate: Hashable, Sendable {
    /// Where the login was found.
    package let source: Source
    package let login: RegistryLogin
  }

  /// The most candidates for one image.
  package static var maxCandidates: Int { 20 }

  private var entries: [(source: Source, entry: DockerConfiguration.Entry)] = []

  package init() {}

  package mutating func add(_ configuration: DockerConfiguration, from source: Source) {
    entries += configuration.entries.map { (source, $0) }
  }

  /// What to try, each login once.
  package func candidates(for reference: ImageReference) -> [Candidate] {
    var fitting = entries.enumerated().filter { $0.element.entry.pattern.matches(reference) }
    fitting.sort { left, right in
      let (leftKey, rightKey) = (left.element.entry.pattern.key.utf8, right.element.entry.pattern.key.utf8)
      if leftKey.elementsEqual(rightKey) { return left.offset < right.offset }
      return rightKey.lexicographicallyPrecedes(leftKey)
    }
    if fitting.isEmpty, reference.registry == ReferenceParser.defaultRegistry {
      fitting = entries.enumerated().filter { $0.element.entry.pattern.isDockerHub }
    }
    var seen: Set<RegistryLogin> = []
    var candidates: [Candidate] = []
    for (_, element) in fitting where seen.insert(element.entry.login).inserted {
      candidates.append(Candidate(source: element.source, login: element.entry.login))
      if candidates.count == Self.maxCandidates { break }
    }
    return candidates
  }
}
