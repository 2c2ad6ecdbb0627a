import KubernetesClient
import SwiftletAPI
import Testing

@Suite struct ValidationTests {
  private func set(_ images: [String] = ["nginx"], _ change: (inout ImageSetSpec) -> Void = { _ in }) -> ImageSet {
    var spec = ImageSetSpec(images: images.map { ImageSetImage(image: $0) })
    change(&spec)
    return ImageSet(metadata: ObjectMeta(name: "x"), spec: spec)
  }

  private func short(_ problems: [ValidationProblem]) -> [String] { problems.map { "\($0.path) \($0.kind.rawValue)" } }

  @Test func samplesHaveNoProblems() {
    #expect(Samples.imageSet.problems == [])
    #expect(Samples.pullBudget.problems == [])
    #expect(set().problems == [])
  }

  @Test(arguments: [
    ("Nginx:1", "character 1"), ("a b", "character 2"), ("nginx:", "character 7"), ("", "empty"),
    ("host:x/a", "character 6"),
  ]) func aWrongReferenceSaysWhere(image: String, words: String) throws {
    let problem = try #require(set(["ok", image, "fine"]).problems.first)
    #expect(problem.path == "spec.images[1].image")
    #expect(problem.kind == .invalid)
    #expect(problem.message.contains(words), "\(problem.message)")
    #expect(set(["ok", image, "fine"]).problems.count == 1)
  }

  @Test(arguments: [
    ["nginx", "docker.io/library/nginx:latest"], ["nginx:latest", "library/nginx"], ["index.docker.io/nginx", "nginx"],
    ["a/b:1", "docker.io/a/b:1"],
  ]) func theSameImageInOtherWordsIsADuplicate(images: [String]) {
    let problems = set(["other"] + images).problems
    #expect(short(problems) == ["spec.images[2].image duplicate"])
    #expect(problems.first?.message.contains("spec.images[1].image") == true)
  }

  @Test func differentImagesAreNoDuplicates() {
    #expect(set(["nginx", "nginx:1", "ghcr.io/library/nginx", "nginx/nginx"]).problems == [])
  }

  @Test(arguments: [
    ("team", "login", nil), ("a-1", "a.b-c.1", nil), ("", "login", "namespace"), ("team", "", "name"),
    ("Team", "login", "namespace"), ("team", "Login", "name"), ("a.b", "login", "namespace"), ("team", "a..b", "name"),
    ("team", "../x", "name"), ("team", "a/b", "name"), ("-a", "login", "namespace"), ("team", "a-", "name"),
    (String(repeating: "a", count: 64), "login", "namespace"), ("team", String(repeating: "a", count: 254), "name"),
    ("team", "login\n", "name"), ("team", "ü", "name"),
  ]) func pullSecretsAreNames(namespace: String, name: String, wrong: String?) {
    let problems = set {
      $0.pullSecrets = [PullSecretReference(namespace: namespace, name: name)]
    }.problems
    #expect(short(problems) == (wrong.map { ["spec.pullSecrets[0].\($0) invalid"] } ?? []))
  }

  @Test func theSamePullSecretTwiceIsADuplicate() {
    let secrets = ["a", "b", "a"].map { PullSecretReference(namespace: "team", name: $0) }
    #expect(short(set { $0.pullSecrets = secrets }.problems) == ["spec.pullSecrets[2] duplicate"])
  }

  @Test func aSetNeedsImages() {
    #expect(short(set([]).problems) == ["spec.images required"])
  }

  @Test(arguments: [
    ("linux/arm64/v8", nil), ("linux/x86_64", nil), ("windows/amd64", "unsupported"), ("linux", "invalid"),
    ("", "invalid"), ("linux/a/b/c", "invalid"),
  ]) func platformsAreForLinux(platform: String, kind: String?) {
    let problems = set { $0.images[0].platform = platform }.problems
    #expect(short(problems) == (kind.map { ["spec.images[0].platform \($0)"] } ?? []))
  }

  @Test(arguments: [
    ("10s", nil), ("12h", nil), ("8760h", nil), ("9s", "outOfRange"), ("0s", "outOfRange"), ("-1h", "outOfRange"),
    ("8761h", "outOfRange"), ("soon", "invalid"), ("", "invalid"), ("1d", "invalid"),
    ("9999999999999999999999999999999h", "invalid"),
  ]) func refreshIntervals(text: String, kind: String?) {
    let problems = set { $0.refreshInterval = text }.problems
    #expect(short(problems) == (kind.map { ["spec.refreshInterval \($0)"] } ?? []))
    if kind == nil {
      #expect(set { $0.refreshInterval = text }.spec.effectiveRefreshInterval == GoDuration.parse(text))
    }
  }

  @Test(
    arguments: [
      ("In", ["a"], nil), ("NotIn", ["a"], nil), ("Exists", nil, nil), ("DoesNotExist", [], nil),
      ("In", nil, ".values required"), ("NotIn", [], ".values required"), ("Exists", ["a"], ".values invalid"),
      ("DoesNotExist", ["a"], ".values invalid"), ("in", ["a"], ".operator unsupported"),
      ("", nil, ".operator unsupported"),
      ("Gt", ["1"], ".operator unsupported"),
    ] as [(String, [String]?, String?)])
  func selectors(operator: String, values: [String]?, problem: String?) {
    let problems = set {
      $0.nodes = ImageSetNodes(
        selector: LabelSelector(matchExpressions: [
          LabelSelector.Requirement(key: "a", operator: "Exists"),
          LabelSelector.Requirement(key: "k", operator: `operator`, values: values),
        ]))
    }.problems
    #expect(short(problems) == (problem.map { ["spec.nodes.selector.matchExpressions[1]\($0)"] } ?? []))
  }

  @Test(
    arguments: [
      (Toleration(operator: "Exists"), nil), (Toleration(key: "k", value: "v"), nil),
      (Toleration(key: "k", operator: "Exists", effect: ""), nil), (Toleration(), ".operator invalid"),
      (Toleration(key: "k", operator: "Exists", value: "v"), ".value invalid"),
      (Toleration(key: "k", operator: "Matches"), ".operator unsupported"),
      (Toleration(key: "k", effect: "Never"), ".effect unsupported"),
    ] as [(Toleration, String?)])
  func tolerations(toleration: Toleration, problem: String?) {
    let problems = set { $0.nodes = ImageSetNodes(tolerations: [toleration]) }.problems
    #expect(short(problems) == (problem.map { ["spec.nodes.tolerations[0]\($0)"] } ?? []))
  }

  @Test(
    arguments: [
      (PullBudgetSpec(), []),
      (PullBudgetSpec(maxConcurrentNodes: 0), ["spec.maxConcurrentNodes outOfRange"]),
      (
        PullBudgetSpec(maxConcurrentPulls: -1, maxPullsPerNode: 0, maxPullsPerRegistry: 0),
        [
          "spec.maxConcurrentPulls outOfRange", "spec.maxPullsPerNode outOfRange",
          "spec.maxPullsPerRegistry outOfRange",
        ]
      ),
      (PullBudgetSpec(minStartInterval: "0s"), []),
      (PullBudgetSpec(minStartInterval: "-5s"), ["spec.minStartInterval outOfRange"]),
      (PullBudgetSpec(minStartInterval: "2h"), ["spec.minStartInterval outOfRange"]),
      (PullBudgetSpec(minStartInterval: "x"), ["spec.minStartInterval invalid"]),
      (PullBudgetSpec(backoff: BackoffSpec(initial: "1s", max: "1s")), []),
      (PullBudgetSpec(backoff: BackoffSpec(initial: "0s")), ["spec.backoff.initial outOfRange"]),
      (PullBudgetSpec(backoff: BackoffSpec(initial: "10m", max: "5m")), ["spec.backoff.max outOfRange"]),
      (PullBudgetSpec(backoff: BackoffSpec(max: "5s")), ["spec.backoff.max outOfRange"]),
      (PullBudgetSpec(backoff: BackoffSpec(max: "25h")), ["spec.backoff.max outOfRange"]),
    ] as [(PullBudgetSpec, [String])])
  func budgets(spec: PullBudgetSpec, problems: [String]) {
    #expect(short(PullBudget(metadata: ObjectMeta(name: "x"), spec: spec).problems) == problems)
  }

  /// What is wrong must not turn into something dangerous where it is used all the same.
  @Test func wrongBudgetsFallBack() {
    let spec = PullBudgetSpec(
      maxConcurrentNodes: 0, maxConcurrentPulls: -1, maxPullsPerNode: 0, maxPullsPerRegistry: 0,
      minStartInterval: "-1s", backoff: BackoffSpec(initial: "x", max: "1s"))
    #expect(spec.effectiveMaxConcurrentNodes == 1)
    #expect(spec.effectiveMaxConcurrentPulls == 1)
    #expect(spec.effectiveMaxPullsPerNode == 1)
    #expect(spec.effectiveMaxPullsPerRegistry == 1)
    #expect(spec.effectiveMinStartInterval == .zero)
    #expect(spec.effectiveBackoff.effectiveInitial == .seconds(10))
    #expect(spec.effectiveBackoff.effectiveMax == .seconds(10))
  }

  @Test func imagesMayHaveTheirOwnPolicy() {
    let spec = ImageSetSpec(
      images: [ImageSetImage(image: "a"), ImageSetImage(image: "b", pullPolicy: .ifNotPresent)], pullPolicy: .always)
    #expect(spec.images.map { spec.effectivePullPolicy(of: $0) } == [.always, .ifNotPresent])
  }

  @Test func summariesAreBounded() {
    let problems = set((0..<50).map { "Wrong\($0)" }).problems
    #expect(problems.count == 50)
    for limit in [60, 256, 1024] {
      let line = problems.summary(limit: limit)
      #expect(line.unicodeScalars.count <= limit)
      #expect(line.hasPrefix("spec.images[0].image: "))
    }
    #expect(problems.summary(limit: 1024).wholeMatch(of: /.*; and \d+ more/) != nil)
    #expect([ValidationProblem]().summary() == "")
    #expect(Array(problems.prefix(2)).summary() == "\(problems[0]); \(problems[1])")
  }

  @Test(arguments: [
    ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("", 0, ""), ("a", 0, ""), ("e\u{301}e\u{301}", 3, "e\u{301}…"),
  ])
  func textsAreBoundedByScalars(text: String, limit: Int, result: String) {
    #expect(Array(text.bounded(to: limit).unicodeScalars) == Array(result.unicodeScalars))
  }

  @Test func progressCountsPlannedImagesOnly() {
    let planned = ["a": PlannedImage(), "b": PlannedImage(), "c": PlannedImage()]
    let images = ["a": NodeImage(state: .present), "b": NodeImage(state: .pulling), "x": NodeImage(state: .present)]
    #expect(NodeInventory.progress(planned: planned, images: images) == "1/3")
    #expect(NodeInventory.progress(planned: [:], images: images) == "0/0")
  }
}
