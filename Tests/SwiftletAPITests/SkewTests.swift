import Foundation
import KubernetesClient
import SwiftletAPI
import Testing

/// Controller and agents of different versions read each other's objects.
struct SkewTests {
  private func inventory(_ json: String) throws -> NodeInventory {
    try JSONDecoder().decode(NodeInventory.self, from: Data(json.utf8))
  }

  @Test("a newer side's fields, states and origins are passed over")
  func newer() throws {
    let newer = try inventory(
      """
      {"apiVersion": "swiftlet.dev/v1", "kind": "NodeInventory", "metadata": {"name": "n1", "later": {"a": 1}},
       "spec": {"nodeUID": "u", "later": [1], "images": {"docker.io/library/a:1": {"later": true, "pin": false}},
         "grants": [{"id": "g", "budget": "default", "until": "2026-01-01T00:00:00Z", "pulls": 1, "later": {}}],
         "removals": {"docker.io/library/b:1": {"until": "2026-01-01T00:00:00Z", "later": 1}}},
       "status": {"nodeUID": "u", "observedGeneration": 3, "later": "x", "runtime": {"name": "r", "later": 1},
         "images": {"docker.io/library/a:1": {"state": "Verifying", "origin": "Restored", "later": 1},
           "docker.io/library/b:1": {"state": "Present", "origin": "Pulled", "retention": "Delete"}}}}
      """)
    #expect(newer.spec.images?["docker.io/library/a:1"]?.effectivePin == false)
    #expect(newer.spec.grants?.first?.pulls == 1)
    #expect(newer.status?.images?["docker.io/library/a:1"]?.state == .waiting)
    #expect(newer.status?.images?["docker.io/library/a:1"]?.origin == .found)
    #expect(newer.status?.images?["docker.io/library/b:1"]?.origin == .pulled)
  }

  @Test("what an older side leaves out has its default")
  func older() throws {
    let older = try inventory(
      """
      {"metadata": {"name": "n1"}, "spec": {"nodeUID": "u", "images": {"docker.io/library/a:1": {}}},
       "status": {"images": {"docker.io/library/a:1": {"state": "Present"}}}}
      """)
    let planned = try #require(older.spec.images?["docker.io/library/a:1"])
    #expect(planned.effectivePin)
    #expect(planned.effectiveBudget == "default")
    #expect(planned.effectiveRetention == .delete)
    #expect(planned.authenticated == nil)
    #expect(older.spec.diskPressure == nil)
    #expect(older.status?.observedGeneration == nil)
    let set = try JSONDecoder().decode(
      ImageSet.self, from: Data(#"{"metadata": {"name": "a"}, "spec": {"images": [{"image": "a"}], "x": 1}}"#.utf8))
    #expect(set.problems.isEmpty)
    let budget = try JSONDecoder().decode(
      PullBudget.self, from: Data(#"{"metadata": {"name": "a"}, "spec": {"x": 1}}"#.utf8))
    #expect(budget.spec.effectiveMaxConcurrentNodes == 10)
  }
}
