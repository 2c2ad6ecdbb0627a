import ContainerRuntime
import OCI
import TestSupport

extension ImageRuntimeConformance {
  static let nameChecks: [Check] = [
    Check(name: "dropping a name leaves the others") { suite in
      let id = try await suite.pull(suite.images.tagged)
      _ = try await suite.pull(suite.images.alias)
      do throws(RuntimeError) {
        try await suite.runtime.untag(suite.images.tagged)
      } catch {
        // A runtime may not be able to, but then it says just that.
        try expect(error.isUnsupported, "\(error)")
        return
      }
      try await suite.expectAbsent(suite.images.tagged)
      let image = try await suite.present(suite.images.alias)
      try expect(image.id == id && image.tags == [suite.images.alias.normalized], "\(image)")
      try await suite.runtime.untag(suite.images.tagged)
      _ = try await suite.present(suite.images.alias)
    },
    Check(name: "removing drops every name and may be repeated") { suite in
      let id = try await suite.pull(suite.images.tagged)
      _ = try await suite.pull(suite.images.alias)
      try await suite.runtime.remove(id: id)
      for reference in [suite.images.tagged, suite.images.alias, suite.images.byDigest] {
        try await suite.expectAbsent(reference)
      }
      let listed = try await suite.runtime.images().contains { $0.id == id }
      try expect(!listed, "it is still listed")
      try await suite.runtime.remove(id: id)
    },
    Check(name: "removing an unknown ID is no error") { suite in
      try await suite.runtime.remove(id: "sha256:" + String(repeating: "0", count: 64))
    },
    Check(name: "removing one image leaves another") { suite in
      let id = try await suite.pull(suite.images.tagged)
      _ = try await suite.pull(suite.images.second)
      try await suite.runtime.remove(id: id)
      _ = try await suite.present(suite.images.second)
    },
  ]

  static let featureChecks: [Check] = [
    Check(name: "pinning shows, may be repeated and outlives another pull") { suite in
      let id = try await suite.pull(suite.images.tagged)
      guard try await suite.offers(.pins) else {
        try await suite.expectUnsupported { () async throws(RuntimeError) in
          try await suite.runtime.setPinned(true, id: id)
        }
        return
      }
      for _ in 1...2 { try await suite.runtime.setPinned(true, id: id) }
      try await suite.expectPinned(true, id)
      _ = try await suite.pull(suite.images.tagged)
      try await suite.expectPinned(true, id)
      for _ in 1...2 { try await suite.runtime.setPinned(false, id: id) }
      try await suite.expectPinned(false, id)
    },
    Check(name: "only what is there can be pinned") { suite in
      guard try await suite.offers(.pins) else { return }
      let id = "sha256:" + String(repeating: "0", count: 64)
      try await suite.runtime.setPinned(false, id: id)
      do throws(RuntimeError) {
        try await suite.runtime.setPinned(true, id: id)
      } catch {
        try expect(error.reason == .notFound, "\(error)")
        return
      }
      throw ConformanceFailure("an unknown ID was pinned")
    },
    Check(name: "changes are hinted at") { suite in
      guard try await suite.offers(.events) else {
        try await suite.expectUnsupported { () async throws(RuntimeError) in _ = try await suite.runtime.changes() }
        return
      }
      let changes = try await suite.runtime.changes()
      // The first hint comes by itself, and each change brings one.
      try await suite.nextHint(of: changes)
      let id = try await suite.pull(suite.images.tagged)
      try await suite.nextHint(of: changes)
      try await suite.runtime.remove(id: id)
      try await suite.nextHint(of: changes)
    },
  ]

  private func expectPinned(_ pinned: Bool, _ id: String) async throws {
    try await eventually("pinned is \(pinned)", within: patience) {
      try await present(images.tagged).pinned == pinned ? true : nil
    }
    let listed = try await runtime.images().filter { $0.id == id }
    try expect(listed.map(\.pinned) == [pinned], "listed: \(listed)")
  }

  private func expectUnsupported(_ body: () async throws(RuntimeError) -> Void) async throws {
    do throws(RuntimeError) {
      try await body()
    } catch {
      try expect(error.isUnsupported, "\(error)")
      return
    }
    throw ConformanceFailure("it works, but the runtime doesn't offer it")
  }

  private func nextHint(of changes: ImageChanges) async throws {
    let patience = patience
    let came = try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        for try await _ in changes { return true }
        return false
      }
      group.addTask {
        try await Task.sleep(for: patience)
        return false
      }
      defer { group.cancelAll() }
      return try await group.next() ?? false
    }
    try expect(came, "no hint within \(patience)")
  }
}
