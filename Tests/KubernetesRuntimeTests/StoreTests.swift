import KubernetesClient
import KubernetesRuntime
import Testing

struct StoreTests {
  private let store = Store<Pod>(indexes: ["node": { pod in pod.spec?.nodeName.map { [$0] } ?? [] }])

  private func pod(_ name: String, node: String? = nil, version: String = "1", uid: String? = nil) -> Pod {
    var pod = Pod(metadata: ObjectMeta(name: name, namespace: "a", uid: uid ?? name, resourceVersion: version))
    if let node {
      pod.spec = PodSpec(nodeName: node)
    }
    return pod
  }

  private func names(_ node: String) -> [String] {
    store.lookup(index: "node", value: node).compactMap(\.metadata.name)
  }

  private func describe(_ changes: [StoreChange<Pod>]) -> Set<String> {
    Set(
      changes.map { change in
        switch change {
        case .upserted(let old, let new): "\(old == nil ? "added" : "changed") \(new.metadata.name ?? "")"
        case .removed(let old): "removed \(old.metadata.name ?? "")"
        case .synced: "synced"
        }
      })
  }

  @Test func indexesFollowTheObjects() {
    store.upsert(pod("b", node: "n1"))
    store.upsert(pod("a", node: "n1"))
    store.upsert(pod("c"))
    #expect(names("n1") == ["a", "b"])
    store.upsert(pod("a", node: "n2", version: "2"))
    #expect(names("n1") == ["b"])
    #expect(names("n2") == ["a"])
    _ = store.remove(ObjectKey(namespace: "a", name: "b"))
    #expect(names("n1") == [])
    #expect(store.snapshot.values(ofIndex: "node") == ["n2"])
    #expect(store.lookup(index: "none", value: "n1").isEmpty)
    #expect(store.count == 2)
  }

  @Test func replacingSaysWhatChanged() {
    #expect(!store.isSynced)
    #expect(
      describe(store.replace(with: [pod("a"), pod("b"), pod("c")])) == ["added a", "added b", "added c", "synced"])
    #expect(store.isSynced)
    let changes = store.replace(with: [pod("a"), pod("b", version: "2"), pod("d", node: "n1")])
    #expect(describe(changes) == ["changed b", "removed c", "added d"])
    #expect(names("n1") == ["d"])
  }

  @Test func anotherObjectOfTheSameNameIsAChange() {
    store.replace(with: [pod("a", uid: "1")])
    #expect(describe(store.replace(with: [pod("a", uid: "2")])) == ["changed a"])
  }

  @Test func aSnapshotStaysAsItWas() {
    store.replace(with: [pod("a", node: "n1")])
    let before = store.snapshot
    store.replace(with: [])
    #expect(before.count == 1)
    #expect(before.keys(index: "node", value: "n1").map(\.name) == ["a"])
    #expect(store.snapshot.count == 0)
  }

  @Test func anEmptyListIsKnownToBeEmpty() {
    #expect(describe(store.replace(with: [])) == ["synced"])
    #expect(store.isSynced && store.all.isEmpty)
    #expect(store.remove(ObjectKey(namespace: "a", name: "a")) == nil)
  }
}
