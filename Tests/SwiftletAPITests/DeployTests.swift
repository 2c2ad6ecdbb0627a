import Foundation
import KubernetesClient
import SwiftletAPI
import Testing

/// The manifests that install Swiftlet.
@Suite struct DeployTests {
  private func object(_ path: String, _ kind: String, _ name: String) throws -> JSONValue {
    try #require(
      try Manifest.documents(path).first {
        $0["kind"]?.string == kind && $0["metadata"]?["name"]?.string == name
      })
  }

  @Test func theBaseHasEveryFile() throws {
    let kustomization = try #require(try Manifest.documents("kustomization.yaml").first)
    let listed = Set((kustomization["resources"]?.array ?? []).compactMap(\.string))
    let files = try FileManager.default.subpathsOfDirectory(atPath: Manifest.folder.path)
      .filter { $0.hasSuffix(".yaml") && $0 != "kustomization.yaml" }
    #expect(Set(files) == listed)
  }

  @Test func anAgentMayDoNothingElse() throws {
    let role = try object("rbac/agent.yaml", "ClusterRole", "swiftlet-agent")
    #expect(
      role["rules"] == [
        ["apiGroups": ["swiftlet.dev"], "resources": ["nodeinventories"], "verbs": ["get", "watch"]],
        ["apiGroups": ["swiftlet.dev"], "resources": ["nodeinventories/status"], "verbs": ["patch"]],
      ])
    let all = try ["rbac/agent.yaml", "rbac/controller.yaml", "rbac/view.yaml"].flatMap { try Manifest.documents($0) }
    let bindings = all.filter { binding in
      (binding["subjects"]?.array ?? []).contains { $0["name"] == "swiftlet-agent" }
    }
    #expect(bindings.map { $0["roleRef"]?["name"]?.string } == ["swiftlet-agent"])
  }

  @Test func noRoleHasAWildcardOrReadsSecrets() throws {
    for path in ["rbac/agent.yaml", "rbac/controller.yaml", "rbac/view.yaml"] {
      for rule in try Manifest.documents(path).flatMap({ $0["rules"]?.array ?? [] }) {
        let words = ["apiGroups", "resources", "verbs"].flatMap { rule[$0]?.array ?? [] }.compactMap(\.string)
        #expect(Set(words).isDisjoint(with: ["*", "secrets", "escalate", "bind", "impersonate"]), "\(path)")
      }
    }
  }

  @Test(arguments: [("controller.yaml", "Deployment", "controller"), ("agent.yaml", "DaemonSet", "agent")])
  func podsAreLockedDown(path: String, kind: String, component: String) throws {
    let workload = try object(path, kind, "swiftlet-\(component)")
    let labels: JSONValue = ["app.kubernetes.io/name": "swiftlet", "app.kubernetes.io/component": .string(component)]
    #expect(workload["metadata"]?["namespace"]?.string == SwiftletGroup.systemNamespace)
    #expect(workload["spec"]?["selector"]?["matchLabels"] == labels)
    #expect(workload["spec"]?["template"]?["metadata"]?["labels"] == labels)
    let pod = try #require(workload["spec"]?["template"]?["spec"])
    let container = try #require(pod["containers"]?.array?.first)
    #expect(pod["containers"]?.array?.count == 1)
    #expect(pod["serviceAccountName"]?.string == "swiftlet-\(component)")
    #expect(container["args"] == [.string(component)])
    #expect(
      container["securityContext"] == [
        "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": ["drop": ["ALL"]],
      ])
    #expect(pod["securityContext"]?["seccompProfile"] == ["type": "RuntimeDefault"])
    #expect(pod["securityContext"]?["runAsUser"] == (component == "agent" ? 0 : 65532))
    for probe in ["livenessProbe", "readinessProbe"] { #expect(container[probe]?["httpGet"] != nil) }
  }
}
