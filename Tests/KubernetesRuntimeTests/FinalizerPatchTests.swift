import KubernetesClient
import KubernetesRuntime
import Testing

struct FinalizerPatchTests {
  private static let uid = JSONPatchOperation.test(path: "/metadata/uid", value: "u1")
  private static let deletion = Timestamp(microseconds: 1)

  @Test(
    arguments: [
      (
        nil,
        [
          uid, .test(path: "/metadata/finalizers", value: .null),
          .add(path: "/metadata/finalizers", value: ["example.com/a"]),
        ]
      ),
      (
        ["x/1"],
        [
          uid, .test(path: "/metadata/finalizers", value: ["x/1"]),
          .add(path: "/metadata/finalizers/-", value: "example.com/a"),
        ]
      ),
      (["x/1", "example.com/a"], nil),
    ] as [([String]?, [JSONPatchOperation]?)])
  func addition(present: [String]?, expected: [JSONPatchOperation]?) {
    let metadata = ObjectMeta(name: "n", uid: "u1", finalizers: present)
    #expect(Finalizers.additionPatch("example.com/a", metadata: metadata) == expected)
  }

  @Test func anObjectBeingDeletedTakesNone() {
    let metadata = ObjectMeta(name: "n", uid: "u1", deletionTimestamp: Self.deletion, finalizers: ["x/1"])
    #expect(Finalizers.additionPatch("example.com/a", metadata: metadata) == nil)
  }

  @Test(
    arguments: [
      (nil, nil), (["x/1"], nil),
      (
        ["x/1", "example.com/a"],
        [
          uid, .test(path: "/metadata/finalizers/1", value: "example.com/a"), .remove(path: "/metadata/finalizers/1"),
        ]
      ),
    ] as [([String]?, [JSONPatchOperation]?)])
  func removal(present: [String]?, expected: [JSONPatchOperation]?) {
    let metadata = ObjectMeta(name: "n", uid: "u1", deletionTimestamp: Self.deletion, finalizers: present)
    #expect(Finalizers.removalPatch("example.com/a", metadata: metadata) == expected)
  }
}
