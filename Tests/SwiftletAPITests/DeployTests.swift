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
      .filter { $0.hasSuffix(".yaml") && $0 != "kustomization.yaml" && !$0.hasPrefix("chart/") }
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
    #expect(bindings.map { $0["roleRef"]?["name"]?.string } == ["swiftlet-agent", "swiftlet-agent"])
    let lease = try object("rbac/agent.yaml", "Role", "swiftlet-agent")
    #expect(
      lease["rules"] == [
        [
          "apiGroups": ["coordination.k8s.io"], "resources": ["leases"],
          "resourceNames": [.string(CredentialExchange.leaseName)], "verbs": ["get"],
        ]
      ])
  }

  /// An event is in the namespace of its object, and ImageCaches are in any.
  @Test func eventsMayBeWrittenInEveryNamespace() throws {
    let role = try object("rbac/controller.yaml", "ClusterRole", "swiftlet-controller")
    let rules = (role["rules"]?.array ?? []).filter { $0["resources"]?.array?.contains("events") == true }
    #expect(rules == [["apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch"]]])
  }

  /// Secrets: the controller may get those of its own namespace by name, and nobody may list any.
  @Test func noRoleHasAWildcardOrReadsSecretsElsewhere() throws {
    for path in ["rbac/agent.yaml", "rbac/controller.yaml", "rbac/view.yaml", "rbac/webhook.yaml"] {
      for document in try Manifest.documents(path) {
        for rule in document["rules"]?.array ?? [] {
          let words = ["apiGroups", "resources", "verbs"].flatMap { rule[$0]?.array ?? [] }.compactMap(\.string)
          #expect(Set(words).isDisjoint(with: ["*", "escalate", "bind", "impersonate"]), "\(path)")
          guard words.contains("secrets") else { continue }
          #expect(document["kind"] == "Role", "\(path)")
          #expect(document["metadata"]?["namespace"]?.string == SwiftletGroup.systemNamespace)
          var allowed: JSONValue = ["apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]]
          if path == "rbac/webhook.yaml" {
            allowed["resourceNames"] = ["swiftlet-webhook-tls"]
            allowed["verbs"] = ["get", "patch"]
          } else {
            #expect(path == "rbac/controller.yaml", "\(path)")
          }
          #expect(rule == allowed)
        }
      }
    }
  }

  /// What agents and controller agree on about the exchange stands in the manifests as well.
  @Test func theExchangeIsWired() throws {
    let agent = try #require(try object("agent.yaml", "DaemonSet", "swiftlet-agent")["spec"]?["template"]?["spec"])
    let volume = try #require(agent["volumes"]?.array?.first { $0["name"] == "exchange-token" })
    #expect(
      volume["projected"]?["sources"] == [
        [
          "serviceAccountToken": [
            "audience": .string(CredentialExchange.audience), "expirationSeconds": 3600, "path": "token",
          ]
        ]
      ])
    let mounts = agent["containers"]?.array?.first?["volumeMounts"]?.array ?? []
    #expect(mounts.contains(["name": "exchange-token", "mountPath": "/var/run/secrets/swiftlet", "readOnly": true]))
    let controller = try object("controller.yaml", "Deployment", "swiftlet-controller")
    let container = try #require(controller["spec"]?["template"]?["spec"]?["containers"]?.array?.first)
    #expect(
      container["ports"]?.array?.contains {
        $0["containerPort"] == .integer(Int64(CredentialExchange.defaultPort))
      } == true)
    #expect(container["env"]?.array?.contains { $0["name"] == "POD_IP" } == true)
  }

  /// A webhook that is down blocks nothing, and neither statuses nor deletions ever ask it.
  @Test func theWebhookBlocksNothingButWhatIsWrong() throws {
    let hooks =
      try object("webhook.yaml", "ValidatingWebhookConfiguration", "swiftlet-webhook")["webhooks"]?.array ?? []
    let hook = try #require(hooks.first)
    #expect(hooks.count == 1)
    #expect(hook["failurePolicy"] == "Ignore" && hook["timeoutSeconds"] == 5 && hook["sideEffects"] == "None")
    #expect(hook["matchPolicy"] == "Equivalent" && hook["admissionReviewVersions"] == ["v1"])
    #expect(hook["namespaceSelector"] == nil && hook["objectSelector"] == nil)
    let rules = hook["rules"]?.array ?? []
    for rule in rules { #expect(rule["operations"] == ["CREATE", "UPDATE"]) }
    let resources = rules.flatMap { $0["resources"]?.array ?? [] }.compactMap(\.string)
    #expect(resources.sorted() == ["imagecaches", "imagesets", "pullbudgets"])
    let service = try object("webhook.yaml", "Service", "swiftlet-webhook")
    let used = hook["clientConfig"]?["service"]
    #expect(used?["name"] == "swiftlet-webhook" && used?["path"] == "/validate")
    #expect(used?["namespace"]?.string == SwiftletGroup.systemNamespace)
    #expect(service["spec"]?["ports"]?.array?.first?["port"] == used?["port"])
    let role = try object("rbac/webhook.yaml", "ClusterRole", "swiftlet-webhook")
    #expect(
      role["rules"] == [
        [
          "apiGroups": ["admissionregistration.k8s.io"], "resources": ["validatingwebhookconfigurations"],
          "resourceNames": ["swiftlet-webhook"], "verbs": ["get", "patch"],
        ]
      ])
    // Its server fills it: what is given here would be put back by each `apply`.
    #expect(try object("rbac/webhook.yaml", "Secret", "swiftlet-webhook-tls")["data"] == nil)
    #expect(hook["clientConfig"]?["caBundle"] == nil)
  }

  @Test(arguments: [
    ("controller.yaml", "Deployment", "controller"), ("agent.yaml", "DaemonSet", "agent"),
    ("webhook.yaml", "Deployment", "webhook"),
  ])
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
    #expect(container["args"]?.array?.first == .string(component))
    #expect(
      container["securityContext"] == [
        "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": ["drop": ["ALL"]],
      ])
    #expect(pod["securityContext"]?["seccompProfile"] == ["type": "RuntimeDefault"])
    #expect(pod["securityContext"]?["runAsUser"] == (component == "agent" ? 0 : 65532))
    for probe in ["livenessProbe", "readinessProbe"] { #expect(container[probe]?["httpGet"] != nil) }
  }
}
