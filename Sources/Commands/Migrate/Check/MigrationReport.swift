package import KubernetesClient
package import Operator
import Planning
import SwiftletAPI

/// All that there is to say before a move. Bounded in size whatever the cluster's.
package struct MigrationReport: Codable, Sendable, Hashable {
  package enum Verdict: String, Codable, Sendable, Hashable {
    /// Nothing stands in the way.
    case ready = "Ready"
    /// Something is to be done, or couldn't be looked at.
    case actionNeeded = "ActionNeeded"
  }

  package struct Step: Codable, Sendable, Hashable {
    package var title: String
    package var commands: [String]
  }

  package static let maxCaches = 200
  package static let maxFindings = 200

  package var verdict: Verdict
  /// The API server, or the files.
  package var source: String
  package var findings: [Finding]
  package var moreFindings = 0
  /// How many ImageCaches there are.
  package var caches: Int
  /// Those of which there is most to say first.
  package var imageCaches: [CacheReport]
  package var plan: FirstPlan?
  /// What to do, in this order.
  package var steps: [Step]
  /// Objects in files that say nothing about a move, by kind.
  package var skipped: [String: Int]?

  /// - Parameter namespace: where Swiftlet is, or will be.
  package init(_ survey: Survey, namespace: String, rules: ImageCacheRules = ImageCacheRules(), now: Timestamp) {
    let all = Findings(survey, namespace: namespace).all
    switch survey.source {
    case .cluster(let server): source = server
    case .files(let files): source = files.count > 3 ? "\(files.count) files" : files.joined(separator: ", ")
    }
    plan = FirstPlan(survey, rules: rules, now: Instant(now))
    let plan = plan
    let reports = survey.caches.map { CacheReport($0, rules: rules, plan: plan, now: now) }
    caches = reports.count
    let sorted = reports.sorted { left, right in
      (right.leftOut.count, right.changes.count, left.namespace, left.name)
        < (left.leftOut.count, left.changes.count, right.namespace, right.name)
    }
    imageCaches = Array(sorted.prefix(Self.maxCaches))
    findings = Array(all.prefix(Self.maxFindings))
    moreFindings = all.count - findings.count
    verdict = all.contains { $0.severity != .note } || reports.contains { !$0.leftOut.isEmpty } ? .actionNeeded : .ready
    steps = Self.steps(all, survey)
    skipped = survey.skipped.isEmpty ? nil : survey.skipped
  }

  private static func steps(_ findings: [Finding], _ survey: Survey) -> [Step] {
    let isThere = (survey.deployments ?? []).contains { $0.isSwiftlet }
    let needsLook =
      survey.caches.contains { $0.cache?.status?.observedGeneration == nil }
      || findings.contains { $0.commands.contains { $0.step < .look } }
    return Finding.Step.allCases.compactMap { step in
      var commands: [String] = []
      for command in findings.flatMap(\.commands) where command.step == step && !commands.contains(command.text) {
        commands.append(command.text)
      }
      switch step {
      case .install where !isThere && needsLook:
        var install = [
          "kubectl apply -f deploy/namespace.yaml",
          "helm install swiftlet deploy/chart/swiftlet --namespace swiftlet-system --wait"
            + (survey.definition == .missing ? "" : " --take-ownership"),
        ]
        install[1] += "    # or, without Helm: Scripts/install"
        commands = install + commands
      case .look where needsLook:
        commands.append("swiftlet migrate")
        if !survey.caches.isEmpty {
          commands.append("kubectl get imagecaches.kubefledged.io -A")
        }
      default: break
      }
      return commands.isEmpty ? nil : Step(title: step.title(isThere: isThere), commands: commands)
    }
  }
}

extension Finding.Step {
  func title(isThere: Bool) -> String {
    switch self {
    case .keep: "Keep what users wrote"
    case .stop: "Stop kube-fledged"
    case .webhook: "Take away its webhook"
    case .asked: "Take back what isn't meant any more"
    case .install: isThere ? "Let Swiftlet get the pull secrets" : "Install Swiftlet"
    case .look: "See that Swiftlet has taken over"
    case .cleanUp: "Then remove what is left of kube-fledged"
    }
  }
}
