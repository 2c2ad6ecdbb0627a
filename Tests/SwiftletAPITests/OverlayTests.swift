import KubernetesClient
import SwiftletAPI
import Testing

/// What `overlays/current` adds to the base.
@Suite struct OverlayTests {
  private func documents(_ name: String) throws -> [JSONValue] {
    try Manifest.documents("../overlays/current/\(name).yaml")
  }

  @Test(arguments: ["imagesets", "pullbudgets"]) func everyRuleHasItsPlaceInTheDefinition(resource: String) throws {
    let definition = try #require(try Manifest.documents("crds/\(resource).swiftlet.dev.yaml").first)
    let operations = try #require(try documents(resource).first?.array)
    #expect(!operations.isEmpty)
    for operation in operations {
      let path = try #require(operation["path"]?.string)
      var words = path.split(separator: "/").map(String.init)
      #expect(operation["op"] == "add")
      #expect(words.popLast() == "x-kubernetes-validations")
      let schema = words.reduce(definition as JSONValue?) { value, word in
        Int(word).map { value?.array?.indices.contains($0) == true ? value?.array?[$0] : nil } ?? value?[word]
      }
      #expect(schema?["type"] != nil, "\(path) isn't in the base")
      for rule in operation["value"]?.array ?? [] {
        #expect(rule["rule"]?.string?.isEmpty == false && rule["message"]?.string?.isEmpty == false, "\(path)")
      }
    }
  }

  @Test func thePolicyIsAboutTheAgentsUserAndFailsClosed() throws {
    let documents = try documents("agent-policy")
    let policy = try #require(documents.first { $0["kind"] == "ValidatingAdmissionPolicy" })
    let binding = try #require(documents.first { $0["kind"] == "ValidatingAdmissionPolicyBinding" })
    #expect(binding["spec"] == ["policyName": "swiftlet-agent", "validationActions": ["Deny"]])
    #expect(policy["spec"]?["failurePolicy"] == "Fail")
    let user = "system:serviceaccount:\(SwiftletGroup.systemNamespace):swiftlet-agent"
    #expect(
      policy["spec"]?["matchConditions"]?.array?.map { $0["expression"]?.string }
        == ["request.userInfo.username == '\(user)'"])
  }
}
