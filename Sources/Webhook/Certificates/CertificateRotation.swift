package import Certificates
package import KubernetesClient

/// How certificates are made, trusted, used and replaced, without a moment in which a server has one that isn't trusted.
///
/// Pure: looks at what the shared Secret and the webhook configuration say and names the next single write. Any replica
/// takes any step, and one that ends in the middle leaves nothing that the next one couldn't go on from:
///
/// 1. There is nothing to serve with: an authority and a certificate are made and stored.
/// 2. What the configuration trusts isn't what the Secret says: the configuration is written.
/// 3. A third of the life is left, or somebody asked: the next authority and certificate are stored beside the current.
/// 4. The next authority is trusted too (by 2): the time is noted.
/// 5. After `settling`, by when every API server knows: the next certificate becomes the current one. Servers take it up.
/// 6. After `overlap`, by when every server has: the authority before is trusted no more.
package struct CertificateRotation: Sendable {
  package struct Timing: Sendable, Hashable {
    /// For how long a certificate holds. The next is made when a third of it is left.
    package var lifetime = Duration.seconds(365 * 24 * 3600)
    /// From when a new authority is in the configuration to when a server uses its certificate.
    package var settling = Duration.seconds(30)
    /// For how long the authority before stays trusted.
    package var overlap = Duration.seconds(3600)

    package init() {}
  }

  /// What the configuration trusts now.
  package enum Trust: Sendable, Hashable {
    /// There is no configuration, so nobody connects.
    case nobody
    /// The certificates of authorities, in PEM, one text for each webhook of the configuration.
    case bundles([String])

    func isExactly(_ bundle: String) -> Bool {
      switch self {
      case .nobody: true
      case .bundles(let bundles): bundles.allSatisfy { $0 == bundle }
      }
    }
  }

  package enum Step: Sendable, Hashable {
    /// The Secret is to say this, unless it has changed meanwhile.
    case store(CertificateBook)
    /// The configuration is to trust this, in PEM, unless it has changed meanwhile.
    case trust(String)
    /// Nothing now.
    case rest
  }

  package let names: ServerNames
  package let timing: Timing

  package init(names: ServerNames, timing: Timing = Timing()) {
    self.names = names
    self.timing = timing
  }

  /// - Parameters:
  ///   - book: nil where the Secret isn't there or holds nothing that can be used.
  ///   - trust: read before the Secret was, so that a write that follows from an older Secret conflicts.
  /// - Throws: where no certificate can be made.
  package func step(book: CertificateBook?, trust: Trust, now: Timestamp) throws -> Step {
    guard let book, isUsable(book.current, now) else {
      return .store(CertificateBook(current: try make(now)))
    }
    guard trust.isExactly(book.bundle) else { return .trust(book.bundle) }
    if let next = book.next { return step(book, next: next, now: now) }
    if book.previous != nil, isPast(book.promotedAt, timing.overlap, now) {
      var book = book
      book.previous = nil
      book.promotedAt = nil
      return .store(book)
    }
    guard book.isRenewalWanted || isDue(book.current, now) else { return .rest }
    var renewed = book
    renewed.next = try make(now)
    return .store(renewed)
  }

  private func step(_ book: CertificateBook, next: Generation, now: Timestamp) -> Step {
    var changed = book
    guard isUsable(next, now) else {
      changed.next = nil
      changed.nextTrustedSince = nil
      return .store(changed)
    }
    guard let since = book.nextTrustedSince, since < now + timing.settling else {
      changed.nextTrustedSince = now
      return .store(changed)
    }
    guard isPast(since, timing.settling, now) else { return .rest }
    changed.current = next
    changed.next = nil
    changed.nextTrustedSince = nil
    changed.previous = book.current.authority
    changed.promotedAt = now
    changed.isRenewalWanted = false
    return .store(changed)
  }

  private func make(_ now: Timestamp) throws -> Generation {
    try Generation.make(for: names, now: now, lifetime: timing.lifetime)
  }

  /// Whether servers can serve with it at all.
  package func isUsable(_ generation: Generation, _ now: Timestamp) -> Bool {
    generation.validity.contains(now) && Set(names.dnsNames).isSubset(of: generation.dnsNames)
  }

  private func isDue(_ generation: Generation, _ now: Timestamp) -> Bool {
    let life = generation.validity.until - generation.validity.from
    return generation.validity.until - now < life / 3
  }

  /// Whether `duration` has passed; also where the time isn't known.
  private func isPast(_ time: Timestamp?, _ duration: Duration, _ now: Timestamp) -> Bool {
    guard let time else { return true }
    return now - time >= duration
  }
}
