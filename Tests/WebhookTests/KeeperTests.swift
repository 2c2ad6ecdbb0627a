import Certificates
import KubernetesClient
import Logging
import NIOSSL
import Synchronization
import TestSupport
import Testing
import Webhook

/// Several replicas at one Secret and one configuration.
struct KeeperTests {
  private final class Clock: Sendable {
    let now = Mutex(RotationTests.start)

    func pass(_ duration: Duration) { now.withLock { $0 = $0 + duration } }
  }

  private struct Replica {
    let keeper: CertificateKeeper
    let served = ServedIdentity()

    init(_ store: FakeStore, _ clock: Clock) {
      keeper = CertificateKeeper(
        store: store, rotation: RotationTests.rotation, served: served, now: { clock.now.withLock { $0 } },
        logger: Logger(label: "x") { _ in SwiftLogNoOpLogHandler() })
    }
  }

  /// Every authority that a replica's certificate may need is trusted by every webhook.
  private func expectTrust(_ store: FakeStore, _ replicas: [Replica], _ comment: Comment) throws {
    for bundle in store.bundles {
      let roots = try bundle.split(separator: "-----END CERTIFICATE-----\n").map {
        try CertificateFacts(pem: "\($0)-----END CERTIFICATE-----\n")
      }
      for replica in replicas {
        guard let facts = replica.served.facts else { continue }
        #expect(roots.contains { $0.signed(facts) }, comment)
      }
    }
  }

  @Test func replicasThatStartTogetherShareOneCertificate() async throws {
    let store = FakeStore()
    let clock = Clock()
    let replicas = (0..<4).map { _ in Replica(store, clock) }
    // Another is first with each write of the first one's.
    store.state.withLock {
      $0.interruption = { store in store.state.withLock { $0.configuration?.metadata.resourceVersion = "x" } }
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for replica in replicas { group.addTask { _ = try await replica.keeper.settle() } }
      try await group.waitForAll()
    }
    let facts = replicas.map { $0.served.facts }
    #expect(facts[0] != nil && Set(facts).count == 1)
    #expect(store.state.withLock { $0.writes } == ["secret", "trust"])
    for replica in replicas { _ = try await replica.keeper.settle() }
    #expect(store.state.withLock { $0.writes }.count == 2)
  }

  /// Whatever write is the last that a replica makes before it dies, another goes on, and at every moment each server's
  /// certificate is one that is trusted.
  @Test(arguments: 0..<10) func aRotationSurvivesAnEndAtAnyWrite(writes: Int) async throws {
    let store = FakeStore()
    let clock = Clock()
    let dying = Replica(store, clock)
    let other = Replica(store, clock)
    _ = try await dying.keeper.settle()
    _ = try await other.keeper.settle()
    let before = other.served.facts
    clock.pass(RotationTests.timing.lifetime * 2 / 3 + .seconds(5))
    store.state.withLock { $0.writesLeft = writes }
    for round in 0..<6 {
      do {
        _ = try await dying.keeper.settle()
      } catch {
        break
      }
      try expectTrust(store, [dying, other], "round \(round)")
      clock.pass(RotationTests.timing.settling)
    }
    store.state.withLock { $0.writesLeft = .max }
    for round in 0..<6 {
      _ = try await other.keeper.settle()
      try expectTrust(store, [dying, other], "round \(round) of the other")
      clock.pass(RotationTests.timing.settling)
    }
    #expect(other.served.facts != before)
    // The one that lives on takes it up, and later the old authority goes.
    _ = try await dying.keeper.settle()
    #expect(dying.served.facts == other.served.facts)
    clock.pass(RotationTests.timing.overlap)
    _ = try await other.keeper.settle()
    let book = try #require(store.book)
    #expect(book.previous == nil && book.next == nil && store.bundles == [book.current.authority.certificate])
  }

  /// A replica that read the Secret before another changed it doesn't take the new authority out again.
  @Test func anOldViewCantUntrustTheNextAuthority() async throws {
    let store = FakeStore()
    let clock = Clock()
    let replica = Replica(store, clock)
    _ = try await replica.keeper.settle()
    store.state.withLock { $0.configuration?.trust("") }
    let before = try #require(store.book)
    let next = try Generation.make(
      for: RotationTests.names, now: RotationTests.start, lifetime: RotationTests.timing.lifetime)
    var after = before
    after.next = next
    let other = after
    store.state.withLock {
      $0.interruption = { store in
        store.state.withLock { state in
          state.secret?.data = other.data.compactMapValues { $0 }
          state.secret?.metadata.resourceVersion = "other"
          state.configuration?.metadata.resourceVersion = "other"
          state.configuration?.trust(other.bundle)
        }
      }
    }
    _ = try await replica.keeper.settle()
    #expect(store.bundles == [other.bundle])
  }

  @Test func whatTheConfigurationLosesIsPutBack() async throws {
    let store = FakeStore()
    let replica = Replica(store, Clock())
    _ = try await replica.keeper.settle()
    let bundles = store.bundles
    store.state.withLock { $0.configuration?.trust("") }
    _ = try await replica.keeper.settle()
    #expect(store.bundles == bundles)
    store.state.withLock { $0.configuration = nil }
    _ = try await replica.keeper.settle()
    #expect(replica.served.facts != nil)
  }

  @Test func aSecretThatIsDeletedIsMadeAnew() async throws {
    let store = FakeStore()
    let replica = Replica(store, Clock())
    _ = try await replica.keeper.settle()
    let before = replica.served.facts
    store.state.withLock { $0.secret = nil }
    _ = try await replica.keeper.settle()
    #expect(replica.served.facts != before && replica.served.facts != nil)
    try expectTrust(store, [replica], "")
  }
}
