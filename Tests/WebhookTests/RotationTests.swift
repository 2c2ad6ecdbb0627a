import Certificates
import KubernetesClient
import Testing
import Webhook

/// The rotation as a state machine: no time passes but in the arguments.
struct RotationTests {
  static let start = Timestamp(microseconds: 1_790_000_000_000_000)
  static let names = ServerNames(commonName: "w.n.svc", dnsNames: ["w.n.svc", "w.n"])
  static let rotation = CertificateRotation(names: names)
  static let timing = rotation.timing

  private func generation(_ now: Timestamp = Self.start, names: ServerNames = Self.names) throws -> Generation {
    try Generation.make(for: names, now: now, lifetime: Self.timing.lifetime)
  }

  private func step(
    _ book: CertificateBook?, trusting bundle: String? = nil, at now: Timestamp = Self.start
  ) throws -> CertificateRotation.Step {
    try Self.rotation.step(book: book, trust: .bundles([bundle ?? book?.bundle ?? ""]), now: now)
  }

  private func stored(_ step: CertificateRotation.Step) throws -> CertificateBook {
    guard case .store(let book) = step else { throw CertificateError("no store, but \(step)") }
    return book
  }

  @Test func aWholeRotation() throws {
    var now = Self.start
    var book = try stored(try step(nil))
    let old = book.current
    #expect(book.next == nil && Set(old.dnsNames) == Set(Self.names.dnsNames))
    #expect(try step(book, trusting: "") == .trust(old.authority.certificate))
    #expect(try step(book) == .rest)

    // Two thirds of its life later.
    now = now + Self.timing.lifetime * 2 / 3
    #expect(try step(book, at: now + .seconds(-3600)) == .rest)
    now = now + .seconds(2)
    book = try stored(try step(book, at: now))
    let new = try #require(book.next)
    #expect(book.current == old && new != old && book.nextTrustedSince == nil)
    // Trusted before it is used.
    let both = old.authority.certificate + new.authority.certificate
    #expect(try step(book, trusting: old.authority.certificate, at: now) == .trust(both))
    book = try stored(try step(book, at: now))
    #expect(book.nextTrustedSince == now && book.current == old)
    #expect(try step(book, at: now + Self.timing.settling + .seconds(-1)) == .rest)
    now = now + Self.timing.settling
    // Not while somebody doesn't trust it.
    #expect(try step(book, trusting: old.authority.certificate, at: now) == .trust(both))
    book = try stored(try step(book, at: now))
    #expect(book.current == new && book.next == nil && book.previous == old.authority && book.promotedAt == now)
    // The one before is trusted until every server has the new one.
    let turned = new.authority.certificate + old.authority.certificate
    #expect(try step(book, trusting: both, at: now) == .trust(turned))
    #expect(try step(book, at: now + Self.timing.overlap + .seconds(-1)) == .rest)
    now = now + Self.timing.overlap
    book = try stored(try step(book, at: now))
    #expect(book == CertificateBook(current: new))
    #expect(try step(book, trusting: turned, at: now) == .trust(new.authority.certificate))
    #expect(try step(book, at: now) == .rest)
  }

  @Test func theNamesAreThoseByWhichAPIServersConnect() {
    let configuration = WebhookConfiguration(namespace: "n")
    #expect(configuration.names.commonName == "swiftlet-webhook.n.svc")
    #expect(configuration.names.dnsNames.first == "swiftlet-webhook.n.svc")
  }

  @Test func somebodyMayAskForIt() throws {
    var book = CertificateBook(current: try generation(), isRenewalWanted: true)
    book = try stored(try step(book))
    #expect(book.isRenewalWanted && book.next != nil)
    book = try stored(try step(book))
    book = try stored(try step(book, at: Self.start + Self.timing.settling))
    #expect(!book.isRenewalWanted && book.previous != nil)
  }

  @Test func whatCantServeIsReplacedAtOnce() throws {
    let other = ServerNames(commonName: "x.n.svc", dnsNames: ["x.n.svc"])
    for current in [try generation(Self.start + .seconds(-366 * 86_400)), try generation(names: other)] {
      let book = try stored(try step(CertificateBook(current: current)))
      #expect(book.current != current && book.previous == nil)
    }
    // Made by a clock that is ahead: up to an hour is fine.
    let early = CertificateBook(current: try generation(Self.start + .seconds(3000)))
    #expect(try step(early) == .rest)
  }

  @Test func aNextOneThatCantServeIsDropped() throws {
    let old = try generation(Self.start + .seconds(-366 * 86_400))
    let book = try stored(try step(CertificateBook(current: try generation(), next: old, nextTrustedSince: Self.start)))
    #expect(book.next == nil && book.nextTrustedSince == nil)
  }

  @Test func aClockThatWasAheadDoesntStopIt() throws {
    let book = CertificateBook(
      current: try generation(), next: try generation(), nextTrustedSince: Self.start + .seconds(86_400))
    #expect(try stored(try step(book)).nextTrustedSince == Self.start)
  }

  @Test func withoutAConfigurationNobodyIsWaitedFor() throws {
    let book = CertificateBook(current: try generation())
    #expect(try Self.rotation.step(book: book, trust: .nobody, now: Self.start) == .rest)
    #expect(try Self.rotation.step(book: book, trust: .bundles([]), now: Self.start) == .rest)
    let one = CertificateRotation.Trust.bundles([book.bundle, ""])
    #expect(try Self.rotation.step(book: book, trust: one, now: Self.start) == .trust(book.bundle))
  }

  @Test func theSecretKeepsAllOfIt() throws {
    let book = CertificateBook(
      current: try generation(), next: try generation(), nextTrustedSince: Self.start,
      previous: try generation().authority, promotedAt: Self.start + .seconds(1))
    let secret = Secret(
      metadata: ObjectMeta(name: "s", annotations: book.annotations.compactMapValues { $0 }),
      data: book.data.compactMapValues { $0 })
    #expect(CertificateBook(secret) == book)
    #expect(book.annotations[CertificateSecret.renew] == .some(nil))
    #expect(CertificateBook(current: book.current).data[CertificateSecret.nextKey] == .some(nil))
    #expect(!"\(book)".contains("PRIVATE KEY") && !"\(secret)".contains("PRIVATE KEY"))
  }

  @Test(arguments: [
    CertificateSecret.authority, CertificateSecret.certificate, CertificateSecret.key, CertificateSecret.nextKey,
  ])
  func partsThatDontBelongTogetherCountAsNone(part: String) throws {
    let book = CertificateBook(current: try generation(), next: try generation())
    let other = CertificateBook(current: try generation(), next: try generation())
    for value in [other.data[part] ?? nil, SecretData("no"), nil] {
      var data = book.data
      data[part] = value
      let read = CertificateBook(Secret(metadata: ObjectMeta(name: "s"), data: data.compactMapValues { $0 }))
      #expect(part == CertificateSecret.nextKey ? read == CertificateBook(current: book.current) : read == nil)
    }
  }
}
