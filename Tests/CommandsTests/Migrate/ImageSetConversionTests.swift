import Commands
import KubernetesClient
import Operator
import SwiftletAPI
import TestSupport
import Testing

/// ImageSets that want what ImageCaches want.
struct ImageSetConversionTests {
  private typealias Samples = MigrateSamples

  private func convert(_ text: String, rules: ImageCacheRules = ImageCacheRules()) throws -> ImageSetConversion {
    ImageSetConversion(try Samples.survey(text).caches, rules: rules)
  }

  /// What kubectl would read.
  private func read(_ conversion: ImageSetConversion) throws -> [ImageSet] {
    let text = conversion.sets.map(\.yaml).joined(separator: "---\n")
    return try ManifestDocument.read(Array(text.utf8), file: "-").map { try $0.value.decoded() }
  }

  @Test func selectorsSecretsAndTagsThatMove() throws {
    let conversion = try convert(
      Samples.cache(
        lists: """
          [{images: ['nginx:1', redis, 'nginx@sha256:\(String(repeating: "a", count: 64))']},
          {images: ['cuda:12'], nodeSelector: {gpu: 'yes', a: '1'}}, {images: ['nginx:1', 'memcached:1']}]
          """, more: ", imagePullSecrets: [{name: login}, {name: login}, {name: other}]",
        annotations: "{swiftlet.dev/retention: Retain, swiftlet.dev/executor: Jobs}"))
    #expect(conversion.leftOut.isEmpty)
    let sets = try read(conversion)
    #expect(sets == conversion.sets.map(\.set), "what is written reads as what was meant")
    #expect(sets.map(\.metadata.name) == ["team.web", "team.web-2", "team.web-3"])
    #expect(
      sets.map { $0.spec.images.map(\.image) } == [
        ["nginx:1", "nginx@sha256:\(String(repeating: "a", count: 64))", "memcached:1"], ["redis"], ["cuda:12"],
      ])
    #expect(sets.map(\.spec.refreshInterval) == [nil, "15m", nil])
    #expect(sets.map(\.spec.pullPolicy) == [nil, .always, nil])
    #expect(sets[2].spec.nodes?.selector?.matchLabels == ["gpu": "yes", "a": "1"])
    for set in sets {
      #expect(set.problems.isEmpty)
      #expect(set.spec.pullSecrets?.map(\.name) == ["login", "other"])
      #expect(set.spec.pullSecrets?.allSatisfy { $0.namespace == "team" } == true)
      #expect(set.spec.retention == .retain && set.spec.executor == .jobs)
      #expect(set.metadata.annotations == ["swiftlet.dev/migrated-from": "ImageCache team/web"])
    }
  }

  @Test(
    arguments: [
      ("{}", nil, nil, nil),
      ("{swiftlet.dev/executor: Auto}", Executor.auto, nil, nil),
      ("{swiftlet.dev/executor: Agent, swiftlet.dev/retention: Delete}", .agent, nil, nil),
      ("{swiftlet.dev/executor: jobs}", nil, nil, #"[swiftlet.dev/executor]: "jobs" is none of Auto, Agent, Jobs"#),
      ("{swiftlet.dev/retention: retain}", nil, nil, #"[swiftlet.dev/retention]: "retain" is none of Delete, Retain"#),
      ("{kubefledged.io/purge-imagecache: ''}", nil, "asks for a purge that isn't done", nil),
      ("{kubefledged.io/refresh-imagecache: ''}", nil, nil, nil),
    ] as [(String, Executor?, String?, String?)])
  func annotations(text: String, executor: Executor?, note: String?, problem: String?) throws {
    let conversion = try convert(Samples.cache(annotations: text))
    let set = try #require(try read(conversion).first)
    #expect(set.spec.images.map(\.image) == ["nginx:1.27"], "a wrong annotation keeps nothing else back")
    #expect(set.spec.executor == executor && set.spec.retention == nil)
    #expect(conversion.sets[0].notes.count == (note == nil ? 0 : 1))
    #expect(conversion.sets[0].notes.allSatisfy { $0.contains(note ?? "") })
    #expect(conversion.leftOut == (problem.map { ["ImageCache team/web: metadata.annotations\($0)"] } ?? []))
  }

  @Test func namesDontCollide() throws {
    let two = "[{images: ['a:1', b]}]"
    let conversion = try convert(
      Samples.cache("web", namespace: "a", lists: two) + Samples.cache("web", namespace: "b", lists: two)
        + Samples.cache("web-2", namespace: "a") + Samples.cache("c", namespace: "a-b")
        + Samples.cache("b-c", namespace: "a"))
    let names = conversion.sets.compactMap(\.set.metadata.name)
    #expect(Set(names).count == names.count)
    #expect(names == ["a.b-c", "a.web", "a.web-3", "a.web-2", "a-b.c", "b.web", "b.web-2"])
  }

  @Test func refreshesAsTheControllerWasTold() throws {
    let text = Samples.cache(lists: "[{images: ['nginx:1', redis]}]")
    let always = try convert(text, rules: ImageCacheRules(pullPolicy: .always, refreshInterval: .seconds(3600)))
    #expect(always.sets.map(\.set.spec.images.count) == [2])
    #expect(always.sets.map(\.set.spec.refreshInterval) == ["1h"])
    let never = try convert(text, rules: ImageCacheRules(refreshInterval: nil))
    #expect(never.sets.map(\.set.spec.refreshInterval) == [nil, nil])
    #expect(never.sets[1].notes.count == 1)
  }

  @Test func whatCantBeConvertedIsSaid() throws {
    let secrets = (0..<12).map { "{name: s\($0)}" }.joined(separator: ", ")
    let conversion = try convert(
      Samples.cache("bad", lists: "[{images: ['Bad Image', 'nginx:1']}]")
        + Samples.cache("empty", lists: "[{images: []}]")
        + Samples.cache("secrets", more: ", imagePullSecrets: [\(secrets)]"))
    #expect(conversion.sets.map(\.set.metadata.name) == ["team.bad", "team.secrets"])
    #expect(conversion.leftOut.count == 3)
    #expect(conversion.leftOut[0].hasPrefix("ImageCache team/bad: spec.cacheSpec[0].images[0]: "))
    #expect(conversion.leftOut[1] == "ImageCache team/empty: it names no image that can be used")
    #expect(conversion.leftOut[2].contains("2 of its 12 pull secrets"))
  }

  @Test func setsAreNoLargerThanTheyMayBe() throws {
    let images = (0..<2500).map { "'i\($0):1'" }.joined(separator: ", ")
    let sets = try convert(Samples.cache(lists: "[{images: [\(images)]}]")).sets
    #expect(sets.map(\.set.spec.images.count) == [1000, 1000, 500])
    #expect(sets.allSatisfy { $0.set.problems.isEmpty })
  }

  @Test(arguments: seeds("labels that look like something else"))
  func textStaysText(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let words = [
      "yes", "on", "null", "1", "0x1F", "1e3", "true", "~", "1.20", "2001-01-01", "1:30", "n", "a", "A_b.c-d", "",
    ]
    let value = words.randomElement(using: &generator) ?? ""
    let key = ["y", "off", "example.com/on", "12", "a.b/1"].randomElement(using: &generator) ?? "a"
    var cache = try #require(try Samples.survey(Samples.cache()).caches.first)
    cache.cache?.spec.cacheSpec?[0].nodeSelector = [key: value]
    let conversion = ImageSetConversion([cache])
    #expect(try read(conversion) == conversion.sets.map(\.set))
    let yaml = conversion.sets.map(\.yaml).joined()
    if value != "a", value != "A_b.c-d" { #expect(yaml.contains(": \"\(value)\"\n"), "\(yaml)") }
  }
}
