import KubernetesClient
import SwiftletAPI

/// What a survey means for a move.
struct Findings {
  let survey: Survey
  /// Where Swiftlet is, or will be.
  let namespace: String
  private(set) var all: [Finding] = []

  init(_ survey: Survey, namespace: String) {
    self.survey = survey
    self.namespace = namespace
    programs()
    webhooks()
    webhookServers()
    definition()
    bindings()
    jobs()
    annotations()
    secrets()
    namespaces()
    releases()
    for gap in survey.gaps {
      all.append(
        Finding(
          .unknown, "NotLookedAt", gap.what, "\(gap.reason). Run this as somebody who may, such as a cluster admin."))
    }
    let order = Finding.Severity.allCases
    all.sort { (order.firstIndex(of: $0.severity) ?? 0) < (order.firstIndex(of: $1.severity) ?? 0) }
  }

  mutating func add(_ finding: Finding) { all.append(finding) }

  func deployments(_ program: SurveyedDeployment.Program) -> [SurveyedDeployment] {
    (survey.deployments ?? []).filter { $0.program == program }
  }

  /// The definition, where a Helm release other than Swiftlet's owns it.
  var ownedDefinition: SurveyedDefinition? {
    guard case .found(let definition) = survey.definition, definition.metadata.helmRelease != nil,
      definition.metadata.labels?["app.kubernetes.io/name"] != "swiftlet"
    else { return nil }
    return definition
  }

  /// Whether uninstalling a Helm release may take the definition along: where it wasn't looked at, nobody knows.
  var mayBeOwned: Bool { ownedDefinition != nil || survey.definition == .unknown }

  static func arguments(_ metadata: ObjectMeta) -> String {
    let namespace = metadata.namespace.map { "-n \(Shell.word($0)) " } ?? ""
    return namespace
  }

  static func name(_ metadata: ObjectMeta) -> String { Shell.word(metadata.name ?? "") }

  static func object(_ kind: String, _ metadata: ObjectMeta) -> String {
    "\(kind) " + (metadata.namespace.map { "\($0)/" } ?? "") + (metadata.name ?? "")
  }
}

/// A number of things, such as `1 image` and `2 images`.
func count(_ number: Int, _ thing: String) -> String { "\(number) \(thing)\(number == 1 ? "" : "s")" }
