import Commands
import KubernetesClient
import SwiftletAPI
import Testing

/// Files for `swiftlet node apply`.
struct ManifestTests {
  private func read(_ text: String) throws -> LocalManifests {
    try LocalManifests(try ManifestDocument.read(Array(text.utf8), file: "a.yaml"))
  }

  private func problems(_ text: String) -> [String] {
    do {
      _ = try read(text)
      return []
    } catch let problems as ManifestProblems {
      return problems.problems.map(\.description)
    } catch {
      return ["\(error)"]
    }
  }

  private func set(_ spec: String, name: String = "web") -> String {
    "apiVersion: swiftlet.dev/v1\nkind: ImageSet\nmetadata: {name: \(name)}\nspec: \(spec)\n"
  }

  @Test func readsSeveralDocumentsListsAndJSON() throws {
    let manifests = try read(
      """
      # a comment
      ---
      \(set("{images: [{image: nginx}]}"))
      ---
      apiVersion: v1
      kind: List
      items:
      - {"apiVersion": "swiftlet.dev/v1", "kind": "PullBudget", "metadata": {"name": "slow"}, "spec": {"maxPullsPerNode": 3}}
      - {apiVersion: swiftlet.dev/v1, kind: ImageSet, metadata: {name: other}, spec: {images: [{image: redis}], budget: slow}}
      ---
      """)
    #expect(manifests.sets.map(\.key.name) == ["web", "other"])
    #expect(manifests.budgets.first?.spec.maxPullsPerNode == 3)
    #expect(manifests.warnings.isEmpty)
    let json =
      "{\n\t\"apiVersion\": \"swiftlet.dev/v1\", \"kind\": \"ImageSet\",\n\t\"metadata\": {\"name\": \"j\"},"
      + "\"spec\": {\"images\": [{\"image\": \"nginx\"}]}}"
    #expect(try read(json).sets.count == 1)
  }

  @Test(arguments: [
    ("{images: [{image: ''}]}", "spec.images[0].image: "), ("{images: [{image: 'Nginx:1'}]}", "spec.images[0].image: "),
    ("{images: [{image: 'a b'}]}", "spec.images[0].image: "), ("{images: []}", "spec.images: at least one"),
    ("{images: [{image: nginx}, {image: nginx}]}", "spec.images[1].image: "),
    ("{images: [{image: nginx}, {image: 'docker.io/library/nginx:latest'}]}", "spec.images[1].image: "),
    ("{images: [{image: nginx}], refreshInterval: -5m}", "spec.refreshInterval: "),
    ("{images: [{image: nginx}], pullPolicy: Often}", "spec.pullPolicy: "),
    ("{images: [{image: nginx}], imagess: 1}", "spec.imagess: there is no such field"),
    ("{images: [{image: nginx, tag: 1}]}", "spec.images[0].tag: there is no such field"),
    ("{images: [{image: 1.2}]}", "spec.images[0].image: is no text"),
    ("{images: nginx}", "spec.images: is no list"), ("{}", "spec.images: is missing"),
    (
      "{images: [{image: nginx}], nodes: {selector: {matchExpressions: [{key: a, operator: Is}]}}}",
      "spec.nodes.selector.matchExpressions[0].operator: "
    ),
  ])
  func saysWhereWhatIsWrong(_ spec: String, _ says: String) {
    let found = problems(set("{images: [{image: fine}]}", name: "first") + "---\n" + set(spec))
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("a.yaml, document 2 (ImageSet web): " + says) == true, "\(found)")
  }

  @Test func saysAllThatIsWrong() {
    let many = "{images: [" + (0..<1001).map { "{image: a\($0)}" }.joined(separator: ",") + "]}"
    #expect(problems(set(many)) == ["a.yaml, document 1 (ImageSet web): spec.images: 1001 are more than 1000"])
    #expect(problems(set("{images: [{image: A}, {image: ''}], refreshInterval: x}")).count == 3)
    let budget = "apiVersion: swiftlet.dev/v1\nkind: PullBudget\nmetadata: {name: b}\nspec: {maxPullsPerNode: 0}\n"
    #expect(problems(budget).first?.contains("spec.maxPullsPerNode: 0 is less than 1") == true)
  }

  @Test func refusesWhatMeansNothingHere() {
    #expect(problems("").first?.contains("holds no ImageSet") == true)
    #expect(problems("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n").first?.contains("v1 Pod") == true)
    #expect(problems("- a\n").first == "a.yaml, document 1: isn't an object")
    #expect(problems("a: [").first?.hasPrefix("a.yaml, document 1: isn't valid YAML: ") == true)
    #expect(problems("a: 1\na: 2\n").first?.contains("twice") == true)
    let twice = set("{images: [{image: nginx}]}") + "---\n" + set("{images: [{image: redis}]}")
    #expect(problems(twice) == ["a.yaml, document 2 (ImageSet web): there is another ImageSet of this name"])
    let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
    #expect(problems(deep).first?.contains("too large or too deep") == true)
    let bomb =
      "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
      + (0..<8).map { n in
        let (new, old) = (UnicodeScalar(98 + n)!, UnicodeScalar(97 + n)!)
        return "\(new): &\(new) [" + Array(repeating: "*\(old)", count: 10).joined(separator: ",") + "]\n"
      }.joined()
    #expect(problems(bomb).first?.contains("too large or too deep") == true)
  }

  @Test func warnsOfWhatIsIgnored() throws {
    var manifests = try read(
      set(
        "{images: [{image: nginx}], nodes: {selector: {matchLabels: {a: b}}}, budget: gone,"
          + " pullSecrets: [{namespace: a, name: b}]}"))
    manifests.ignoreSelectors()
    #expect(manifests.warnings.count == 3)
    #expect(manifests.sets.first?.spec.nodes == nil)
  }
}
