import Foundation
import KubernetesClient
import Testing

@Suite struct LabelSelectorTests {
  private static let labels = ["pool": "web", "empty": ""]

  @Test(
    arguments: [
      ("In", ["web", "db"], true), ("In", ["db"], false), ("In", [], false), ("NotIn", ["db"], true),
      ("NotIn", ["web"], false), ("Exists", nil, true), ("DoesNotExist", nil, false), ("exists", nil, false),
      ("", nil, false),
    ] as [(String, [String]?, Bool)])
  func expressionsOnALabelThatIsThere(operator: String, values: [String]?, holds: Bool) {
    let requirement = LabelSelector.Requirement(key: "pool", operator: `operator`, values: values)
    #expect(requirement.matches(Self.labels) == holds)
    #expect(LabelSelector(matchExpressions: [requirement]).matches(Self.labels) == holds)
  }

  @Test(
    arguments: [
      ("In", ["", "x"], false), ("NotIn", ["x"], true), ("Exists", nil, false), ("DoesNotExist", nil, true),
    ] as [(String, [String]?, Bool)])
  func expressionsOnALabelThatIsMissing(operator: String, values: [String]?, holds: Bool) {
    let requirement = LabelSelector.Requirement(key: "other", operator: `operator`, values: values)
    #expect(requirement.matches(Self.labels) == holds)
  }

  @Test func anEmptyValueIsAValue() {
    #expect(LabelSelector(matchLabels: ["empty": ""]).matches(Self.labels))
    #expect(!LabelSelector(matchLabels: ["missing": ""]).matches(Self.labels))
    #expect(LabelSelector.Requirement(key: "empty", operator: "Exists").matches(Self.labels))
    #expect(LabelSelector.Requirement(key: "empty", operator: "In", values: [""]).matches(Self.labels))
  }

  @Test func everythingMustHold() {
    let exists = LabelSelector.Requirement(key: "pool", operator: "Exists")
    let absent = LabelSelector.Requirement(key: "pool", operator: "DoesNotExist")
    #expect(LabelSelector(matchLabels: ["pool": "web"], matchExpressions: [exists]).matches(Self.labels))
    #expect(!LabelSelector(matchLabels: ["pool": "db"], matchExpressions: [exists]).matches(Self.labels))
    #expect(!LabelSelector(matchLabels: ["pool": "web"], matchExpressions: [exists, absent]).matches(Self.labels))
  }

  @Test func anEmptySelectorSelectsEverything() {
    #expect(LabelSelector().matches(nil))
    #expect(LabelSelector(matchLabels: [:], matchExpressions: []).matches(Self.labels))
  }

  @Test func nullIsReadAsTheEmptyValue() throws {
    let text = #"{"matchLabels":{"a":null,"b":"c"},"matchExpressions":[{"key":"k","operator":"In","values":[null]}]}"#
    let selector = try JSONDecoder().decode(LabelSelector.self, from: Data(text.utf8))
    #expect(selector.matchLabels == ["a": "", "b": "c"])
    #expect(selector.matchExpressions == [LabelSelector.Requirement(key: "k", operator: "In", values: [""])])
    let again = try JSONDecoder().decode(LabelSelector.self, from: JSONEncoder().encode(selector))
    #expect(again == selector)
    #expect(try JSONDecoder().decode(LabelSelector.self, from: Data("{}".utf8)) == LabelSelector())
  }
}

@Suite struct TolerationTests {
  private static let taint = Taint(key: "node.kubernetes.io/not-ready", value: "v", effect: "NoExecute")

  @Test(arguments: [
    (Toleration(operator: "Exists"), true), (Toleration(key: "node.kubernetes.io/not-ready", operator: "Exists"), true),
    (Toleration(key: "node.kubernetes.io/not-ready", value: "v"), true),
    (Toleration(key: "node.kubernetes.io/not-ready", operator: "Equal", value: "v", effect: "NoExecute"), true),
    (Toleration(key: "node.kubernetes.io/not-ready", operator: "Exists", effect: ""), true),
    (Toleration(key: "node.kubernetes.io/not-ready"), false),
    (Toleration(key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoSchedule"), false),
    (Toleration(key: "other", operator: "Exists"), false), (Toleration(), false),
    (Toleration(key: "node.kubernetes.io/not-ready", operator: "exists"), false),
    (Toleration(operator: "Exists", tolerationSeconds: 0), true),
  ]) func aTolerationCoversATaint(toleration: Toleration, covers: Bool) {
    #expect(toleration.tolerates(Self.taint) == covers)
    #expect([Toleration(key: "x", operator: "Exists"), toleration].tolerate(Self.taint) == covers)
  }

  @Test func noTolerationCoversNothing() {
    #expect(![Toleration]().tolerate(Self.taint))
  }

  @Test func noValueIsTheEmptyValue() {
    #expect(Toleration(key: "k").tolerates(Taint(key: "k", effect: "NoSchedule")))
    #expect(Toleration(key: "k", value: "").tolerates(Taint(key: "k", value: "", effect: "NoSchedule")))
  }
}
