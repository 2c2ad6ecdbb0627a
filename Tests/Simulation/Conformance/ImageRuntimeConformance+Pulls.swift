import ContainerRuntime
import OCI
import Synchronization

extension ImageRuntimeConformance {
  static let pullChecks: [Check] = [
    Check(name: "information names the runtime") { suite in
      let information = try await suite.runtime.information()
      try expect(!information.name.isEmpty && !information.version.isEmpty, "\(information)")
      try expect(!information.endpoint.isEmpty, "\(information)")
    },
    Check(name: "an absent image is nil") { suite in
      for reference in [suite.images.tagged, suite.images.byDigest, suite.images.missing] {
        try await suite.expectAbsent(reference)
      }
    },
    Check(name: "pull by tag") { suite in
      let id = try await suite.pull(suite.images.tagged)
      let image = try await suite.present(suite.images.tagged)
      try expect(image.id == id, "the pull returned \(id), the image is \(image.id)")
      try expect(image.tags == [suite.images.tagged.normalized], "tags \(image.tags)")
      try expect(image.digests == [suite.images.byDigest.normalized], "digests \(image.digests)")
      try expect(image.digest(for: suite.images.tagged) == suite.images.digest, "digests \(image.digests)")
      try expect(image.size > 0 && !image.pinned, "\(image)")
      let listed = try await suite.runtime.images().filter { $0.id == id }
      try expect(listed == [image], "listed: \(listed), looked up: \(image)")
      let byDigest = try await suite.present(suite.images.byDigest)
      try expect(byDigest == image, "by digest: \(byDigest)")
    },
    Check(name: "pull by digest makes no tag") { suite in
      let id = try await suite.pull(suite.images.byDigest)
      let image = try await suite.present(suite.images.byDigest)
      try expect(image.id == id, "the pull returned \(id), the image is \(image.id)")
      try expect(image.tags.isEmpty, "tags \(image.tags)")
      try expect(image.isNamed(suite.images.byDigest), "digests \(image.digests)")
      try await suite.expectAbsent(suite.images.tagged)
    },
    Check(name: "pull by tag and digest names the image by digest only") { suite in
      let tagged = suite.images.tagged
      let both = try ImageReference(parsing: "\(tagged.normalized)@\(suite.images.digest)")
      _ = try await suite.pull(both)
      let image = try await suite.present(both)
      try expect(image.isNamed(both), "digests \(image.digests)")
      try expect(image.tags.isEmpty, "tags \(image.tags)")
      try await suite.expectAbsent(tagged)
    },
    Check(name: "pulling what is there gives the same image") { suite in
      let first = try await suite.pull(suite.images.tagged)
      let second = try await suite.pull(suite.images.tagged)
      try expect(first == second, "\(first), then \(second)")
    },
    Check(name: "two tags of one image are one image") { suite in
      let first = try await suite.pull(suite.images.tagged)
      let second = try await suite.pull(suite.images.alias)
      try expect(first == second, "\(first) and \(second)")
      let image = try await suite.present(suite.images.alias)
      try expect(image.isNamed(suite.images.tagged) && image.isNamed(suite.images.alias), "tags \(image.tags)")
    },
    Check(name: "pulls run side by side") { suite in
      async let first = suite.pull(suite.images.tagged)
      async let second = suite.pull(suite.images.second)
      let ids = try await [first, second]
      try expect(ids[0] != ids[1], "both are \(ids[0])")
      _ = try await suite.present(suite.images.tagged)
      _ = try await suite.present(suite.images.second)
    },
    Check(name: "progress never goes back nor past the total") { suite in
      let told = Mutex<[PullProgress]>([])
      _ = try await suite.runtime.pull(PullRequest(reference: suite.images.second)) { progress in
        told.withLock { $0.append(progress) }
      }
      let steps = told.withLock { $0 }
      let offered = try await suite.offers(.progress)
      try expect(steps.isEmpty || offered, "progress from a runtime that doesn't offer it")
      for (before, after) in zip(steps, steps.dropFirst()) {
        try expect(after.transferredBytes >= before.transferredBytes, "\(before), then \(after)")
        try expect((after.totalBytes ?? 0) >= (before.totalBytes ?? 0), "\(before), then \(after)")
      }
      for step in steps { try expect(step.transferredBytes <= step.totalBytes ?? .max, "\(step)") }
    },
    Check(name: "the file system has room for what is used") { suite in
      _ = try await suite.pull(suite.images.tagged)
      let filesystem = try await suite.runtime.filesystem()
      try expect(filesystem.mountpoint.hasPrefix("/"), "\(filesystem)")
      try expect((filesystem.availableBytes ?? 0) <= filesystem.capacityBytes ?? .max, "\(filesystem)")
    },
    Check(name: "containers can be listed") { suite in
      for container in try await suite.runtime.containers() { try expect(!container.id.isEmpty, "\(container)") }
    },
  ]
}
