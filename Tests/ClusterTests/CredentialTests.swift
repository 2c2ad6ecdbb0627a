import Foundation
import KubernetesClient
import SwiftletAPI
import TestSupport
import Testing

/// Pull secrets, against a registry that asks for a login. It serves the images of the cluster's registry.
@Suite(
  "Credentials", .serialized, .enabled(if: Cluster.isThere, Comment(rawValue: Cluster.skipped)),
  .timeLimit(.minutes(15)))
struct CredentialTests {
  static let namespace = "credentials"
  static let roleless = "credentials-roleless"

  let cluster: Cluster
  /// Host and port of the registry that asks.
  let registry: String

  init() async throws {
    cluster = try Cluster.require()
    registry = cluster.registry.replacing(":5000", with: ":5001")
    try await cluster.reset()
    for name in [Self.namespace, Self.roleless] {
      try await cluster.apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: \(name)}")
      try await cluster.kubectl("delete", "secrets", "-n", name, "--all")
    }
    let example = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/examples/pull-secrets-role.yaml")
    let role = try String(contentsOf: example, encoding: .utf8)
    try await cluster.apply(role.replacing("namespace: NAMESPACE", with: "namespace: \(Self.namespace)"))
    try await setLogin("puller", "first-password")
  }

  private func setLogin(_ user: String, _ password: String) async throws {
    try await cluster.run("registry", "login", user, input: password + "\n")
  }

  /// Makes or replaces a pull secret.
  private func putSecret(_ name: String, _ user: String, _ password: String, in namespace: String = namespace)
    async throws
  {
    let auth = Data("\(user):\(password)".utf8).base64EncodedString()
    try await putSecret(name, content: #"{"auths":{"\#(registry)":{"auth":"\#(auth)"}}}"#, in: namespace)
  }

  private func putSecret(_ name: String, content: String, in namespace: String = namespace) async throws {
    try await cluster.apply(
      """
      apiVersion: v1
      kind: Secret
      metadata: {name: \(name), namespace: \(namespace)}
      type: kubernetes.io/dockerconfigjson
      data: {.dockerconfigjson: \(Data(content.utf8).base64EncodedString())}
      """)
  }

  /// Pushes images and returns their names at the registry that asks.
  private func push(_ name: String, count: Int = 1) async throws -> [String] {
    try await cluster.push(name, count: count).map { $0.replacing(cluster.registry, with: registry) }
  }

  private func apply(_ set: String, _ images: [String], secrets: [String]) async throws {
    let list = secrets.map { name -> String in
      let parts = name.split(separator: "/")
      return "{namespace: \(parts[0]), name: \(parts[1])}"
    }
    try await cluster.apply(
      """
      apiVersion: swiftlet.dev/v1
      kind: PullBudget
      metadata: {name: quick}
      spec: {backoff: {initial: 1s, max: 2s}}
      """)
    try await cluster.applyImageSet(
      set, images: images, extra: "  budget: quick\n  pullSecrets: [\(list.joined(separator: ", "))]")
  }

  /// Waits until every node says this reason of the image, and the set does as well.
  private func waitFor(_ reason: String, _ words: String, _ set: String, _ image: String) async throws {
    for node in try await cluster.nodes() {
      try await eventually("\(reason) on \(node)", within: .seconds(60), every: .milliseconds(200)) {
        let found = try await cluster.inventory(node).status?.images?[image]
        guard found?.state == .failed, found?.reason == reason else { return nil as Bool? }
        #expect(found?.message?.contains(words) == true, "\(found?.message ?? "")")
        return true
      }
    }
    let status = try await cluster.wait(forSet: set, reason) { status in
      status.failures?.contains { $0.reason == reason } ?? false
    }
    #expect(status.failures?.first { $0.reason == reason }?.message?.contains(words) == true)
    #expect(status.condition("Degraded")?.status == .yes)
  }

  @Test("the right secret pulls, on every node, and nothing of it is to be seen")
  func rightSecret() async throws {
    let images = try await push("right", count: 3)
    let nodes = try await cluster.nodes()
    try await putSecret("login", "puller", "first-password")
    try await apply("right", images, secrets: ["\(Self.namespace)/login"])
    try await cluster.waitReady("right")
    try await cluster.wait(for: images, on: nodes)
    // Neither the words nor the secret's name have gone to the nodes' objects, nor into any log or event.
    let word = Data("puller:first-password".utf8).base64EncodedString()
    for what in [
      try await cluster.kubectl("get", "nodeinventories,imagesets", "-o", "json"),
      try await cluster.kubectl("get", "events", "-A", "-o", "json"),
      try await cluster.kubectl("get", "leases", "-n", "swiftlet-system", "-o", "json"),
      try await logs("agent"), try await logs("controller"),
    ] {
      #expect(!what.contains("first-password") && !what.contains(word))
    }
    for node in nodes {
      let text = try await cluster.kubectl("get", "nodeinventory", node, "-o", "jsonpath={.spec}")
      #expect(text.contains("authenticated") && !text.contains("login"))
    }
    try await cluster.deleteImageSets("right")
    try await cluster.wait(for: images, on: nodes, present: false)
  }

  private func logs(_ component: String) async throws -> String {
    try await cluster.kubectl(
      "logs", "-n", "swiftlet-system", "-l", "app.kubernetes.io/component=\(component)", "--tail=-1")
  }

  @Test("a password that is changed at the registry, and then in the secret")
  func rotated() async throws {
    let images = try await push("rotated", count: 2)
    let nodes = try await cluster.nodes()
    try await putSecret("login", "puller", "first-password")
    try await apply("rotated", [images[0]], secrets: ["\(Self.namespace)/login"])
    try await cluster.waitReady("rotated")
    try await setLogin("puller", "second-password")
    try await apply("rotated", images, secrets: ["\(Self.namespace)/login"])
    try await waitFor("Unauthorized", "doesn't accept the login in \(Self.namespace)/login", "rotated", images[1])
    try await putSecret("login", "puller", "second-password")
    try await cluster.waitReady("rotated")
    try await cluster.wait(for: images, on: nodes)
    try await cluster.deleteImageSets("rotated")
    try await cluster.wait(for: images, on: nodes, present: false)
  }

  enum Fault: String, CaseIterable, Sendable {
    case wrong, missing, unreadable, malformed, noEntry

    var reason: String {
      switch self {
      case .wrong, .noEntry: "Unauthorized"
      case .missing: "SecretMissing"
      case .unreadable: "SecretUnreadable"
      case .malformed: "SecretInvalid"
      }
    }
  }

  @Test(
    "each thing that can be wrong with a secret has its own words, and pulls once it is put right",
    arguments: Fault.allCases)
  func fault(_ fault: Fault) async throws {
    let images = try await push("fault-\(fault.rawValue.lowercased())")
    let set = "fault-\(fault.rawValue.lowercased())"
    // A name of its own each time: for some seconds the controller remembers what was under a name.
    let secret = "\(set)-login"
    var namespace = Self.namespace
    var words = "\(Self.namespace)/\(secret)"
    switch fault {
    case .wrong: try await putSecret(secret, "puller", "no-such-password")
    case .missing: words = "there is no Secret \(words)"
    case .unreadable:
      namespace = Self.roleless
      words = "isn't allowed to get Secret \(namespace)/\(secret)"
      try await putSecret(secret, "puller", "first-password", in: namespace)
    case .malformed:
      words = "is no pull secret: the \"auth\" of an entry isn't base64"
      try await putSecret(secret, content: #"{"auths":{"\#(registry)":{"auth":"first-password!"}}}"#)
    case .noEntry:
      words = "no login for \(registry)/\(set)-1 in \(words)"
      try await putSecret(secret, content: #"{"auths":{"elsewhere.example":{"username":"u","password":"p"}}}"#)
    }
    try await apply(set, images, secrets: ["\(namespace)/\(secret)"])
    try await waitFor(fault.reason, words, set, images[0])

    if fault == .unreadable {
      try await apply(set, images, secrets: ["\(Self.namespace)/\(secret)"])
    }
    try await putSecret(secret, "puller", "first-password")
    try await cluster.waitReady(set)
    try await cluster.deleteImageSets(set)
    try await cluster.wait(for: images, on: try await cluster.nodes(), present: false)
  }

  @Test("a service account's pull secrets, for ImageCaches; one that is missing or may not be read is said")
  func serviceAccount() async throws {
    let images = try await push("account", count: 2)
    let nodes = try await cluster.nodes()
    let controller = "deployment/swiftlet-controller"
    try await cluster.kubectl(
      "set", "env", "-n", "swiftlet-system", controller, "SWIFTLET_SERVICE_ACCOUNT_NAME=puller")
    try await cluster.kubectl("rollout", "status", "-n", "swiftlet-system", controller, "--timeout=60s")
    for namespace in [Self.namespace, Self.roleless] {
      try await cluster.kubectl(
        "delete", "imagecaches,serviceaccounts", "-n", namespace, "-l", "test=account", "--ignore-not-found")
    }
    func apply(_ name: String, _ image: String, in namespace: String) async throws {
      try await cluster.apply(
        """
        apiVersion: kubefledged.io/v1alpha2
        kind: ImageCache
        metadata: {name: \(name), namespace: \(namespace), labels: {test: account}}
        spec: {cacheSpec: [{images: ['\(image)']}]}
        """)
    }
    func wait(_ image: String, _ reason: String, _ words: String) async throws {
      for node in nodes {
        try await eventually("\(reason) on \(node)", within: .seconds(60), every: .milliseconds(200)) {
          let found = try await cluster.inventory(node).status?.images?[image]
          guard found?.state == .failed, found?.reason == reason else { return nil as Bool? }
          #expect(found?.message?.contains(words) == true, "\(found?.message ?? "")")
          return true
        }
      }
    }
    try await putSecret("of-account", "puller", "first-password")
    try await apply("account", images[0], in: Self.namespace)
    try await wait(images[0], "SecretMissing", "there is no ServiceAccount \(Self.namespace)/puller")
    try await apply("roleless", images[1], in: Self.roleless)
    try await wait(images[1], "SecretUnreadable", "isn't allowed to get ServiceAccount \(Self.roleless)/puller")
    try await cluster.apply(
      """
      apiVersion: v1
      kind: ServiceAccount
      metadata: {name: puller, namespace: \(Self.namespace), labels: {test: account}}
      imagePullSecrets: [{name: of-account}]
      """)
    try await cluster.kubectl(
      "annotate", "imagecache", "-n", Self.namespace, "account", ImageCacheAnnotation.refresh + "=")
    try await cluster.wait(for: [images[0]], on: nodes)
    for (name, namespace) in [("account", Self.namespace), ("roleless", Self.roleless)] {
      try await cluster.kubectl("delete", "imagecache", "-n", namespace, name, "--timeout=60s")
    }
    try await cluster.wait(for: images, on: nodes, present: false)
    try await cluster.kubectl("set", "env", "-n", "swiftlet-system", controller, "SWIFTLET_SERVICE_ACCOUNT_NAME-")
    try await cluster.kubectl("rollout", "status", "-n", "swiftlet-system", controller, "--timeout=60s")
  }

  @Test("with Auto, an image whose secret only kubelets may read is pulled by Jobs where the secret is")
  func leftToKubelets() async throws {
    try await cluster.reset(.both)
    let images = try await push("kubelets", count: 2)
    let nodes = try await cluster.nodes()
    try await putSecret("kubelets-login", "puller", "first-password", in: Self.roleless)
    // Without a role there it is said what is missing.
    try await apply("kubelets", images, secrets: ["\(Self.roleless)/kubelets-login"])
    try await cluster.wait(forSet: "kubelets", "JobForbidden") { status in
      status.failures?.contains { $0.reason == "JobForbidden" && $0.message?.contains(Self.roleless) == true } ?? false
    }
    let example = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/examples/jobs-role.yaml")
    let role = try String(contentsOf: example, encoding: .utf8).replacing("NAMESPACE", with: Self.roleless)
    try await cluster.apply(role)
    try await cluster.waitReady("kubelets")
    try await cluster.wait(for: images, on: nodes, within: .seconds(1))
    for node in nodes {
      let inventory = try await cluster.inventory(node)
      for image in images {
        #expect(inventory.spec.images?[image]?.executor == .jobs)
        #expect(inventory.status?.images?[image]?.origin == .pulled)
      }
    }
    try await cluster.kubectl("delete", "role,rolebinding", "swiftlet-jobs", "-n", Self.roleless)
    try await cluster.deleteImageSets("kubelets")
    try await cluster.wait(for: images, on: nodes, present: false, within: .seconds(200))
  }

  @Test("without a controller to ask an agent says so, and goes on when there is one again")
  func noController() async throws {
    let images = try await push("alone", count: 2)
    let nodes = try await cluster.nodes()
    try await putSecret("login", "puller", "first-password")
    try await apply("alone", [images[0]], secrets: ["\(Self.namespace)/login"])
    try await cluster.waitReady("alone")
    // Agents may not read the lease: as good as no controller.
    try await cluster.kubectl("delete", "rolebinding", "-n", "swiftlet-system", "swiftlet-agent")
    try await cluster.kubectl(
      "delete", "pod", "-n", "swiftlet-system", "-l", "app.kubernetes.io/component=controller", "--wait=true")
    try await apply("alone", images, secrets: ["\(Self.namespace)/login"])
    try await waitFor("CredentialsUnavailable", "lease", "alone", images[1])
    try await cluster.apply(
      """
      apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata:
        name: swiftlet-agent
        namespace: swiftlet-system
        labels: {app.kubernetes.io/name: swiftlet, app.kubernetes.io/component: agent}
      roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: swiftlet-agent}
      subjects: [{kind: ServiceAccount, name: swiftlet-agent, namespace: swiftlet-system}]
      """)
    try await cluster.waitReady("alone")
    try await cluster.wait(for: images, on: nodes)
    try await cluster.deleteImageSets("alone")
    try await cluster.wait(for: images, on: nodes, present: false)
  }
}
