import Foundation
import KubernetesClient
import SwiftletAPI
import Testing
import Webhook

struct AdmissionTests {
  /// A review as an API server sends it.
  static func review(
    _ kind: String = "ImageCache", _ operation: String = "CREATE", object: String? = nil, old: String? = nil,
    subResource: String? = nil, version: String? = nil
  ) -> Data {
    let isCache = kind == "ImageCache"
    let kindVersion = version ?? (isCache ? "v1alpha2" : "v1")
    let text = """
      {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": "705ab4f5", "operation": "\(operation)", "name": "x", "namespace": "default",
        "kind": {"group": "\(isCache ? "kubefledged.io" : "swiftlet.dev")", "version": "\(kindVersion)", "kind": "\(kind)"},
        "resource": {"group": "kubefledged.io", "version": "v1alpha2", "resource": "imagecaches"},
        \(subResource.map { "\"subResource\": \"\($0)\"," } ?? "")
        "userInfo": {"username": "admin", "groups": ["system:masters"]}, "dryRun": false,
        "object": \(object ?? "null"), "oldObject": \(old ?? "null"), "options": {"kind": "CreateOptions"}}}
      """
    return Data(text.utf8)
  }

  static func object(_ spec: String, metadata: String = "") -> String {
    #"{"apiVersion": "x", "kind": "y", "metadata": {"name": "x"\#(metadata)}, "spec": \#(spec)}"#
  }

  static func cache(_ lists: [String]..., metadata: String = "") -> String {
    let lists = lists.map { images in
      #"{"images": [\#(images.map { "\"\($0)\"" }.joined(separator: ","))]}"#
    }
    return object(#"{"cacheSpec": [\#(lists.joined(separator: ","))]}"#, metadata: metadata)
  }

  private func verdict(_ body: Data) throws -> AdmissionVerdict { try AdmissionReview(body: body).verdict() }

  @Test(arguments: [("executor", "Jobs", "Auto, Agent, Jobs"), ("retention", "Retain", "Delete, Retain")])
  func anAnnotationThatMeansNothingIsRefused(name: String, right: String, valid: String) throws {
    func annotated(_ value: String) -> String {
      Self.cache(["nginx"], metadata: #", "annotations": {"swiftlet.dev/\#(name)": "\#(value)"}"#)
    }
    let wrong = right.lowercased()
    let words = "metadata.annotations[swiftlet.dev/\(name)]: \"\(wrong)\" is none of \(valid)"
    #expect(try refusal(Self.review(object: annotated(wrong))).contains(words))
    #expect(try refusal(Self.review("ImageCache", "UPDATE", object: annotated(wrong), old: annotated(right))) != "")
    #expect(try verdict(Self.review(object: annotated(right))).isAllowed)
    // What was wrong before stays writable.
    let old = Self.review("ImageCache", "UPDATE", object: annotated(wrong), old: annotated(wrong))
    #expect(try verdict(old).isAllowed)
  }

  private func refusal(_ body: Data) throws -> String {
    let review = try AdmissionReview(body: body)
    let answer = try JSONDecoder().decode(JSONValue.self, from: try review.answer(try review.verdict()))
    #expect(answer["apiVersion"] == "admission.k8s.io/v1" && answer["kind"] == "AdmissionReview")
    let response = try #require(answer["response"])
    #expect(response["uid"] == "705ab4f5" && response["allowed"] == false)
    #expect(response["status"]?["code"] == 422 && response["status"]?["reason"] == "Invalid")
    return try #require(response["status"]?["message"]?.string)
  }

  @Test(arguments: [
    (
      "ImageCache", cache(["nginx", "nginx:latest"]),
      "spec.cacheSpec[0].images[1]: docker.io/library/nginx:latest is already"
    ),
    (
      "ImageCache", cache(["a"], ["b", "UPPER"]), "spec.cacheSpec[1].images[1]: image reference \"UPPER\", character 1"
    ),
    ("ImageCache", cache(["a; rm -rf /"]), "spec.cacheSpec[0].images[0]: image reference \"a; rm -rf /\", character 3"),
    ("ImageCache", cache([#"a\nb"#]), #"spec.cacheSpec[0].images[0]: image reference "a\u{a}b", character 2"#),
    ("ImageCache", object(#"{"cacheSpec": [{"images": 3}]}"#), "spec.cacheSpec[0].images: it can't be read"),
    ("ImageCache", #"{"metadata": {"name": "x"}}"#, "spec: it is missing"),
    (
      "ImageCache", object(#"{"cacheSpec": [], "imagePullSecrets": [{}]}"#),
      "spec.imagePullSecrets[0].name: a Secret needs"
    ),
    ("ImageSet", object(#"{"images": [{"image": "a"}, {"image": "a:latest"}]}"#), "spec.images[1].image: docker.io/"),
    ("ImageSet", object(#"{"images": []}"#), "spec.images: at least one image"),
    ("ImageSet", object(#"{"images": [{"image": "a"}], "refreshInterval": "1s"}"#), "spec.refreshInterval: "),
    ("PullBudget", object(#"{"maxConcurrentNodes": 0}"#), "spec.maxConcurrentNodes: 0 is less than 1"),
    ("PullBudget", object(#"{"backoff": {"initial": "1m", "max": "59s"}}"#), "spec.backoff.max: "),
  ])
  func whatIsWrongIsRefusedWithPlaceAndReason(kind: String, object: String, says: String) throws {
    let message = try refusal(Self.review(kind, object: object))
    #expect(message.hasPrefix(says), "\(message)")
  }

  @Test(arguments: [
    ("ImageCache", cache(["nginx"], ["nginx"])),
    ("ImageCache", cache(["a", "b:1", "c@sha256:" + String(repeating: "a", count: 64)])),
    ("ImageSet", object(#"{"images": [{"image": "a"}]}"#)), ("PullBudget", object("{}")),
  ])
  func whatIsRightIsAllowed(kind: String, object: String) throws {
    let review = try AdmissionReview(body: Self.review(kind, object: object))
    let verdict = try review.verdict()
    #expect(verdict == .allowed)
    let answer = try JSONDecoder().decode(JSONValue.self, from: try review.answer(verdict))
    #expect(answer["response"] == ["uid": "705ab4f5", "allowed": true])
  }

  @Test(arguments: [
    (object(#"{"cacheSpec": []}"#), ["spec.cacheSpec: no list of images: nothing to do"]),
    (object("{}"), ["spec.cacheSpec: no list of images: nothing to do"]),
    (cache(["a"], []), ["spec.cacheSpec[1].images: the list is empty: nothing to do for it"]),
  ])
  func anEmptyListIsWarnedOf(object: String, warnings: [String]) throws {
    let review = try AdmissionReview(body: Self.review(object: object))
    let answer = try JSONDecoder().decode(JSONValue.self, from: try review.answer(try review.verdict()))
    #expect(answer["response"]?["allowed"] == true)
    #expect(answer["response"]?["warnings"]?.array?.compactMap(\.string) == warnings)
  }

  /// What only kube-fledged's webhook refuses.
  @Test(arguments: [
    (cache(["a"]), cache(["a"], ["b"])), (cache(["a"], ["b"]), cache(["a"])),
    (
      object(#"{"cacheSpec": [{"images": ["a"], "nodeSelector": {"b": "c"}}]}"#),
      object(#"{"cacheSpec": [{"images": ["a"], "nodeSelector": {"b": "d"}}]}"#)
    ),
    (
      #"{"metadata": {"name": "x"}, "spec": {"cacheSpec": [{"images": ["a"]}]}, "status": {"status": "Processing"}}"#,
      #"{"metadata": {"name": "x"}, "spec": {"cacheSpec": [{"images": ["b"]}]}, "status": {"status": "Processing"}}"#
    ),
  ])
  func listsSelectorsAndSpecsMayChangeAtAnyTime(old: String, new: String) throws {
    #expect(try verdict(Self.review("ImageCache", "UPDATE", object: new, old: old)) == .allowed)
  }

  @Test(arguments: [
    // Something is put before it.
    (cache(["UP"]), cache(["a", "UP"])), (cache(["a", "a"]), cache(["b", "a", "a"])),
    (cache(["UP"]), cache([], ["UP"])),
    // One of two problems goes.
    (cache(["UP", "a", "a"]), cache(["UP", "a"])),
    // What can't even be read.
    (object(#"{"cacheSpec": 1}"#), object(#"{"cacheSpec": 1}"#, metadata: #", "annotations": {"a": "b"}"#)),
  ])
  func whatWasWrongBeforeStaysWritable(old: String, new: String) throws {
    #expect(try verdict(Self.review("ImageCache", "UPDATE", object: new, old: old)).isAllowed)
  }

  @Test func whatStaysWrongIsWarnedOfOnlyWhereTheSpecChanges() throws {
    let old = Self.cache(["UP"])
    let changed = try verdict(Self.review("ImageCache", "UPDATE", object: Self.cache(["UP", "a"]), old: old))
    #expect(changed.warnings.map(\.path) == ["spec.cacheSpec[0].images[0]"])
    let annotated = Self.cache(["UP"], metadata: #", "annotations": {"kubefledged.io/purge-imagecache": ""}"#)
    #expect(try verdict(Self.review("ImageCache", "UPDATE", object: annotated, old: old)) == .allowed)
  }

  @Test(arguments: [
    (cache(["UP"]), cache(["UP", "UP2"]), "UP2"), (cache(["a", "a"]), cache(["a", "a", "a"]), "already named"),
    (cache(["a"]), cache(["a", "b c"]), "character 2"),
    (cache(["a"]), object(#"{"cacheSpec": 1}"#), "spec.cacheSpec: it can't be read"),
  ])
  func whatAnUpdateBringsAnewIsRefused(old: String, new: String, says: String) throws {
    let message = try refusal(Self.review("ImageCache", "UPDATE", object: new, old: old))
    #expect(message.contains(says) && !message.contains("more"), "\(message)")
  }

  @Test func whatIsBeingDeletedIsLeftAlone() throws {
    let new = Self.cache(["UP"], metadata: #", "deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": []"#)
    #expect(try verdict(Self.review("ImageCache", "UPDATE", object: new, old: Self.cache(["a"]))) == .allowed)
  }

  @Test(arguments: [
    review("ImageCache", "DELETE", old: cache(["UP"])), review("ImageCache", "CONNECT"),
    review("ImageCache", "UPDATE", object: cache(["UP"]), old: cache(["a"]), subResource: "status"),
    review("NodeInventory", object: #"{"metadata": {}}"#), review("Pod", object: "{}"),
    review("ImageCache", object: cache(["UP"]), version: "v9"),
  ])
  func whatIsNoneOfItsBusinessIsAllowed(body: Data) throws {
    #expect(try verdict(body) == .allowed)
  }

  @Test(arguments: [
    "", "{", "[]", "null", "{}", #"{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}"#,
    #"{"apiVersion": "v1", "kind": "Pod", "request": {}}"#,
    #"{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": 1}}"#,
  ])
  func otherBodiesAreMalformed(body: String) {
    #expect(throws: AdmissionReview.Malformed.self) { try AdmissionReview(body: Data(body.utf8)) }
  }

  @Test func aReviewOfAnOlderVersionIsMalformed() throws {
    let text = String(decoding: Self.review(object: Self.cache(["a"])), as: UTF8.self)
    let old = text.replacingOccurrences(of: "admission.k8s.io/v1", with: "admission.k8s.io/v1beta1")
    #expect(throws: AdmissionReview.Malformed.self) { try AdmissionReview(body: Data(old.utf8)) }
    #expect(throws: AdmissionReview.Malformed.self) { try AdmissionReview(body: Self.review()).verdict() }
  }

  @Test func aMegabyteAsImageEndsInAShortRefusal() throws {
    for letter in ["a", "A", "\\n"] {
      let image = String(repeating: letter, count: 1_000_000)
      let message = try refusal(Self.review(object: Self.cache([image, "ok"])))
      #expect(message.count < 800 && message.hasPrefix("spec.cacheSpec[0].images[0]: "), "\(message)")
    }
  }

  @Test func manyProblemsAreCounted() throws {
    let message = try refusal(Self.review(object: Self.cache((0..<1000).map { "UP\($0)" })))
    #expect(message.unicodeScalars.count <= 1024 && message.hasSuffix(" more"), "\(message)")
    let lists = Array(repeating: #"{"images": []}"#, count: 50).joined(separator: ",")
    let review = try AdmissionReview(body: Self.review(object: Self.object(#"{"cacheSpec": [\#(lists)]}"#)))
    let answer = try JSONDecoder().decode(JSONValue.self, from: try review.answer(try review.verdict()))
    #expect(answer["response"]?["warnings"]?.array?.count == 11)
    #expect(answer["response"]?["warnings"]?.array?.last == "and 40 more warnings")
  }
}
