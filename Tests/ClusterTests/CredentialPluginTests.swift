import Foundation
import KubernetesClient
import SwiftletAPI
import TestSupport
import Testing

/// The kubelet's credential-provider plugins, run by agents, against a registry that asks for a login. The plugin is a
/// static program of the test's own, which does what its name says.
@Suite(
  "Credential plugins", .serialized, .enabled(if: Cluster.isThere, Comment(rawValue: Cluster.skipped)),
  .timeLimit(.minutes(10)))
struct CredentialPluginTests {
  private static let password = "plugin-password"
  private static let names = ["right", "wrong", "fails", "rubbish", "empty", "token", "missing"]

  let cluster: Cluster
  /// Host and port of the registry that asks.
  let registry: String

  init() async throws {
    cluster = try Cluster.require()
    registry = cluster.registry.replacing(":5000", with: ":5001")
    try await cluster.reset()
    try await cluster.run("registry", "login", "puller", input: Self.password + "\n")
  }

  /// Reads its question, and does what the name says under which it is called.
  private var program: String {
    """
    #include <stdio.h>
    #include <string.h>

    static void answer(const char *login) {
      printf("{\\"apiVersion\\":\\"credentialprovider.kubelet.k8s.io/v1\\",\\"kind\\":\\"CredentialProviderResponse\\","
             "\\"cacheKeyType\\":\\"Registry\\",\\"cacheDuration\\":\\"0s\\",\\"auth\\":{%s}}", login);
    }

    int main(int count, char **words) {
      char question[4096];
      size_t length = fread(question, 1, sizeof question - 1, stdin);
      const char *name = strrchr(words[0], '/') + 1;
      question[length] = 0;
      fprintf(stderr, "\(Self.password)\\n");
      if (!strstr(question, "\\"CredentialProviderRequest\\"") || count != 2 || strcmp(words[1], "get")) return 99;
      if (!strcmp(name, "right"))
        answer("\\"\(registry)\\":{\\"username\\":\\"puller\\",\\"password\\":\\"\(Self.password)\\"}");
      else if (!strcmp(name, "wrong"))
        answer("\\"\(registry)/wrong-\\":{\\"username\\":\\"puller\\",\\"password\\":\\"other-password\\"}");
      else if (!strcmp(name, "fails")) return 7;
      else if (!strcmp(name, "empty")) answer("");
      else puts("Unable to locate credentials: \(Self.password)");
      return 0;
    }
    """
  }

  private var configuration: String {
    let providers = Self.names.map { name in
      """
      - name: \(name)
        apiVersion: credentialprovider.kubelet.k8s.io/v1
        matchImages: ["\(registry)/\(name)-"]
        defaultCacheDuration: 1m
        args: [get]\(name == "token" ? "\n  tokenAttributes: {serviceAccountTokenAudience: a}" : "")
      """
    }
    return "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n"
      + providers.joined(separator: "\n") + "\n"
  }

  /// Gives the agents the plugins while `body` runs. Nodes see this machine's files.
  private func withPlugins(_ body: () async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "plugins-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try program.write(toFile: folder + "/plugin.c", atomically: true, encoding: .utf8)
    try await command("/usr/bin/cc", ["-static", "-O1", "-o", folder + "/right", folder + "/plugin.c"])
    for name in Self.names where name != "right" && name != "missing" {
      try FileManager.default.linkItem(atPath: folder + "/right", toPath: "\(folder)/\(name)")
    }
    try configuration.write(toFile: folder + "/config.yaml", atomically: true, encoding: .utf8)
    let patch = """
      {"spec": {"template": {"spec": {
        "volumes": [{"name": "credential-providers", "hostPath": {"path": "\(folder)", "type": "Directory"}}],
        "containers": [{"name": "agent",
          "env": [
            {"name": "SWIFTLET_IMAGE_CREDENTIAL_PROVIDER_CONFIG", "value": "\(folder)/config.yaml"},
            {"name": "SWIFTLET_IMAGE_CREDENTIAL_PROVIDER_BIN_DIR", "value": "\(folder)"}],
          "volumeMounts": [{"name": "credential-providers", "mountPath": "\(folder)", "readOnly": true}]}]}}}}
      """
    try await cluster.kubectl("patch", "daemonset", "-n", "swiftlet-system", "swiftlet-agent", "-p", patch)
    try await rolledOut()
    var thrown: (any Error)?
    do {
      try await body()
    } catch {
      thrown = error
    }
    try await cluster.kubectl("rollout", "undo", "-n", "swiftlet-system", "daemonset/swiftlet-agent")
    try await rolledOut()
    try FileManager.default.removeItem(atPath: folder)
    if let thrown { throw thrown }
  }

  private func rolledOut() async throws {
    try await cluster.kubectl(
      "rollout", "status", "-n", "swiftlet-system", "daemonset/swiftlet-agent", "--timeout=120s")
  }

  /// Pushes an image and returns its name at the registry that asks.
  private func push(_ name: String) async throws -> String {
    try await cluster.push(name)[0].replacing(cluster.registry, with: registry)
  }

  @Test("a plugin's login pulls, without any pull secret; each way to fail has its own words; nothing secret is seen")
  func plugins() async throws {
    let expected: [(name: String, reason: String, words: String)] = [
      ("wrong", "Unauthorized", "doesn't accept the login from credential plugin wrong"),
      ("fails", "CredentialPluginFailed", "credential plugin fails ended with status 7"),
      ("rubbish", "CredentialPluginFailed", "credential plugin rubbish printed something else than"),
      ("empty", "Unauthorized", "from credential plugin empty"),
      ("token", "CredentialPluginFailed", "credential plugin token wants the token"),
      ("missing", "CredentialPluginFailed", "credential plugin missing isn't in"),
    ]
    let right = try await push("right")
    var images: [String: String] = [:]
    for (name, _, _) in expected { images[name] = try await push(name) }
    let other = try await push("unhandled")
    let open = try await cluster.push("open")[0]
    let nodes = try await cluster.nodes()
    try await withPlugins {
      try await cluster.applyImageSet("right", images: [right, open])
      try await cluster.waitReady("right")
      try await cluster.wait(for: [right, open], on: nodes)
      try await cluster.applyImageSet("failing", images: images.values.sorted() + [other])
      for node in nodes {
        for (name, reason, words) in expected {
          let image = try #require(images[name])
          try await eventually("\(name) has failed on \(node)", within: .seconds(180), every: .milliseconds(500)) {
            let found = try await cluster.inventory(node).status?.images?[image]
            guard found?.state == .failed, found?.reason == reason else { return nil as Bool? }
            #expect(found?.message?.contains(words) == true, "\(found?.message ?? "")")
            return true
          }
        }
        // Without a plugin that is for it nobody is asked.
        let found = try await cluster.inventory(node).status?.images?[other]
        #expect(found?.reason == "Unauthorized" && found?.message?.contains("plugin") == false)
      }
      let status = try await cluster.imageSet("failing").status
      #expect(status?.failures?.contains { $0.reason == "CredentialPluginFailed" } == true)
      for what in [
        try await cluster.kubectl("get", "nodeinventories,imagesets", "-o", "json"),
        try await cluster.kubectl("get", "events", "-A", "-o", "json"),
        try await cluster.kubectl(
          "logs", "-n", "swiftlet-system", "-l", "app.kubernetes.io/component=agent", "--tail=-1"),
      ] {
        #expect(!what.contains(Self.password) && !what.contains("other-password"))
      }
    }
    try await cluster.deleteImageSets("right", "failing")
    try await cluster.wait(for: [right, open], on: nodes, present: false)
  }
}
