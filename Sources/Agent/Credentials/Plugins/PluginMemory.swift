import OCI

/// What one plugin answered, for as long as that holds. Kept in memory only.
struct PluginMemory: Sendable {
  private enum Key: Hashable {
    case image(String)
    case registry(String)
    case everything
  }

  /// Beyond, what holds for the shortest time is forgotten.
  static let maxEntries = 1000

  private var entries: [Key: (logins: DockerConfiguration, until: Duration)] = [:]

  var count: Int { entries.count }

  /// - Parameter now: in the scale of `store`'s.
  func logins(for reference: ImageReference, now: Duration) -> DockerConfiguration? {
    for key in Self.keys(reference) {
      if let entry = entries[key], now < entry.until { return entry.logins }
    }
    return nil
  }

  mutating func store(
    _ answer: CredentialProviderAnswer, for reference: ImageReference, standard: Duration, now: Duration
  ) {
    entries = entries.filter { now < $0.value.until }
    let duration = answer.cacheDuration ?? standard
    guard duration > .zero else { return }
    if entries.count >= Self.maxEntries, let first = entries.min(by: { $0.value.until < $1.value.until })?.key {
      entries[first] = nil
    }
    let key: Key =
      switch answer.cacheKeyType {
      case .image: .image(reference.name)
      case .registry: .registry(reference.registry)
      case .global: .everything
      }
    entries[key] = (answer.logins, now + duration)
  }

  /// Forgets whatever it would say about an image.
  mutating func forget(_ reference: ImageReference) {
    for key in Self.keys(reference) { entries[key] = nil }
  }

  private static func keys(_ reference: ImageReference) -> [Key] {
    [.image(reference.name), .registry(reference.registry), .everything]
  }
}
