import Foundation
import KubernetesClient
import SwiftletAPI
import TestSupport
import Testing

/// The webhook server as users meet it: through the API server.
@Suite(
  "Webhook", .serialized, .enabled(if: Cluster.isThere, Comment(rawValue: Cluster.skipped)),
  .timeLimit(.minutes(10)))
struct WebhookTests {
  static let namespace = SwiftletGroup.systemNamespace
  static let secret = "swiftlet-webhook-tls"

  let cluster: Cluster

  init() async throws {
    cluster = try Cluster.require()
    try await cluster.reset()
  }

  static let refused: [(manifest: String, says: String)] = [
    (Cluster.wrong, "spec.cacheSpec[0].images[1]: docker.io/library/nginx:latest is already named by"),
    (
      Cluster.imageCache("x", "[{images: [a]}, {images: [b, 'c; reboot']}]"),
      "spec.cacheSpec[1].images[1]: image reference"
    ),
    (Cluster.imageCache("x", #"[{images: ["a\nb"]}]"#), "spec.cacheSpec[0].images[0]: image reference"),
    // So many that the rules of newer API servers don't compare them.
    (
      """
      apiVersion: swiftlet.dev/v1
      kind: ImageSet
      metadata: {name: x}
      spec: {images: [\((0..<600).map { "{image: a\($0)}" }.joined(separator: ", ")), {image: a7:latest}]}
      """, "spec.images[600].image: docker.io/library/a7:latest is already named by spec.images[7].image"
    ),
  ]

  @Test("what is wrong is refused where it is applied, with place and reason", arguments: refused)
  func refuses(manifest: String, says: String) async throws {
    let words = try #require(try await cluster.refusal(of: manifest), "it was accepted")
    #expect(
      words.contains(#"admission webhook "validate.swiftlet.dev" denied the request"#) && words.contains(says),
      "\(words)")
  }

  @Test("a megabyte as image ends in a short refusal")
  func aMegabyte() async throws {
    let image = String(repeating: "a", count: 1_000_000)
    let words = try #require(try await cluster.refusal(of: Cluster.imageCache("x", "[{images: ['\(image)']}]")))
    #expect(words.contains("spec.cacheSpec[0].images[0]: ") && words.utf8.count < 1000, "\(words.prefix(2000))")
  }

  @Test("an empty list is warned of, and what kube-fledged forbids is done")
  func warnsAndAllows() async throws {
    func apply(_ lists: String) async throws -> String {
      // Warnings go to standard error.
      try await command(
        "sh", ["-c", #"exec "$@" 2>&1"#, "sh", "kubectl", "apply", "-f", "-"],
        input: Cluster.imageCache("lists", lists))
    }
    let none = "nodeSelector: {swiftlet.test/none: 'true'}"
    let words = try await apply("[{images: []}]")
    #expect(words.contains("Warning: spec.cacheSpec[0].images: the list is empty"), "\(words)")
    for lists in [
      "[{images: [a], \(none)}, {images: [b], \(none)}]", "[{images: [c], nodeSelector: {swiftlet.test/no: a}}]",
    ] {
      let words = try await apply(lists)
      #expect(!words.contains("Warning"), "\(words)")
    }
    try await cluster.kubectl("delete", "imagecache", "lists", "--wait=true", "--timeout=60s")
  }

  @Test("a webhook that is down blocks nothing; the controller names the problems, and what is wrong stays writable")
  func down() async throws {
    try await scale(0)
    do {
      try await cluster.apply(Cluster.wrong)
      let message = try await eventually("a verdict", within: .seconds(60), every: .milliseconds(250)) {
        let cache = try await cluster.get("imagecache", "wrong")
        guard cache["status"]?["reason"] == "CacheSpecValidationFailed" else { return String?.none }
        return cache["status"]?["message"]?.string
      }
      #expect(message.contains("spec.cacheSpec[0].images[1]: docker.io/library/nginx:latest is already"), "\(message)")
    } catch {
      try? await scale(2)
      throw error
    }
    try await scale(2)
    try await eventually("reviews", within: .seconds(30), every: .milliseconds(250)) {
      try await cluster.refusal(of: Cluster.imageCache("x", "[{images: [UP]}]")) == nil ? nil : true
    }
    try await cluster.kubectl("annotate", "imagecache", "wrong", "a=b")
    let worse = #"{"spec": {"cacheSpec": [{"images": ["nginx", "nginx:latest", "UP"]}]}}"#
    let failure = await #expect(throws: CommandFailure.self) {
      try await cluster.kubectl("patch", "imagecache", "wrong", "--type=merge", "-p", worse)
    }
    let words = failure?.output ?? ""
    #expect(words.contains("spec.cacheSpec[0].images[2]") && !words.contains("images[1]"), "\(words)")
    try await cluster.kubectl("delete", "imagecache", "wrong", "--wait=true", "--timeout=60s")
  }

  @Test("new certificates come without a moment in which a review fails")
  func rotation() async throws {
    func certificate() async throws -> String {
      try await cluster.kubectl(
        "-n", Self.namespace, "get", "secret", Self.secret, "-o", #"jsonpath={.data.tls\.crt}"#)
    }
    func trusted() async throws -> String {
      try await cluster.kubectl(
        "get", "validatingwebhookconfiguration", Cluster.webhookConfiguration, "-o",
        "jsonpath={.webhooks[0].clientConfig.caBundle}")
    }
    let before = try await certificate()
    let trustedBefore = try await trusted()
    try await cluster.kubectl("-n", Self.namespace, "annotate", "secret", Self.secret, "swiftlet.dev/renew=")
    var reviews = 0
    try await eventually("new certificates", within: .seconds(150), every: .milliseconds(50)) {
      // A review that couldn't be asked for would be let through.
      #expect(
        try await cluster.refusal(of: Cluster.wrong)?.contains("already named") == true, "after \(reviews) reviews")
      reviews += 1
      guard try await certificate() != before else { return Bool?.none }
      let secret = try await cluster.get("secret", "-n", Self.namespace, Self.secret)
      let isOver = secret["metadata"]?["annotations"]?["swiftlet.dev/renew"] == nil
      return isOver && secret["data"]?["next.key"] == nil ? true : nil
    }
    // Servers take it up, while API servers that know the old one only still could connect.
    for _ in 0..<100 {
      #expect(try await cluster.refusal(of: Cluster.wrong)?.contains("already named") == true)
    }
    let trustedAfter = try await trusted()
    #expect(trustedAfter != trustedBefore && reviews > 20, "\(reviews) reviews")
  }

  @Test("the webhook server may get and patch two objects, and nothing else")
  func rights() async throws {
    let webhook = "--as=system:serviceaccount:\(Self.namespace):swiftlet-webhook"
    func can(_ arguments: String...) async -> Bool {
      (try? await command("kubectl", ["auth", "can-i"] + arguments + ["-n", Self.namespace, webhook])) != nil
    }
    let objects = ["secrets/\(Self.secret)", "validatingwebhookconfigurations/\(Cluster.webhookConfiguration)"]
    for object in objects {
      for verb in ["get", "patch"] { #expect(await can(verb, object), "\(verb) \(object)") }
      for verb in ["update", "delete", "watch"] { #expect(await !can(verb, object), "\(verb) \(object)") }
    }
    for other in ["secrets", "secrets/other", "validatingwebhookconfigurations", "imagecaches.kubefledged.io", "pods"] {
      for verb in ["get", "list", "create", "patch", "delete"] { #expect(await !can(verb, other), "\(verb) \(other)") }
    }
  }

  private func scale(_ replicas: Int) async throws {
    let deployment = "deployment/swiftlet-webhook"
    try await cluster.kubectl("-n", Self.namespace, "scale", deployment, "--replicas=\(replicas)")
    guard replicas > 0 else {
      try await cluster.kubectl(
        "-n", Self.namespace, "wait", "pod", "-l", "app.kubernetes.io/component=webhook", "--for=delete",
        "--timeout=60s")
      return
    }
    try await cluster.kubectl("-n", Self.namespace, "rollout", "status", deployment, "--timeout=60s")
  }
}
