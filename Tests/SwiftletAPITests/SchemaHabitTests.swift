import KubernetesClient
import SwiftletAPI
import Testing

/// What every schema keeps to, so that it applies on Kubernetes 1.20 and bounds what it stores.
@Suite struct SchemaHabitTests {
  static let resources = ["imagesets", "pullbudgets", "nodeinventories"]

  /// Calls `visit` for each schema below, `anyOf` left out.
  private func walk(_ schema: JSONValue, _ path: String, _ visit: (JSONValue, String) -> Void) {
    visit(schema, path)
    for (key, child) in schema["properties"]?.object ?? [:] { walk(child, "\(path).\(key)", visit) }
    for key in ["items", "additionalProperties"] {
      if let child = schema[key] { walk(child, "\(path).*", visit) }
    }
  }

  @Test(arguments: resources) func everythingIsTypedDescribedAndBounded(resource: String) throws {
    walk(try Manifest.schema(resource), resource) { schema, path in
      let isOwn = path != "\(resource).metadata" && !path.hasSuffix(".*")
      #expect(schema["type"]?.string != nil, "\(path) has no type")
      if isOwn { #expect(schema["description"]?.string?.isEmpty == false, "\(path) has no description") }
      switch schema["type"]?.string {
      case "string" where path != "\(resource).apiVersion" && path != "\(resource).kind":
        let isBounded = schema["maxLength"] != nil || schema["enum"] != nil || schema["format"] == "date-time"
        #expect(isBounded, "\(path) has no bound")
      case "array":
        #expect(schema["maxItems"] != nil, "\(path) has no bound")
        #expect(schema["x-kubernetes-list-type"] != nil, "\(path) doesn't say how it merges")
      case "object" where schema["additionalProperties"] != nil:
        #expect(schema["maxProperties"] != nil, "\(path) has no bound")
      case "integer": #expect(["int32", "int64"].contains(schema["format"]?.string), "\(path) has no format")
      default: break
      }
      if let pattern = schema["pattern"]?.string {
        #expect(pattern.hasPrefix("^") && pattern.hasSuffix("$"), "\(path): the pattern isn't anchored")
        #expect(schema["maxLength"] != nil, "\(path): a pattern wants a length")
      }
    }
  }

  @Test(arguments: resources) func nothingThatOldServersRefuse(resource: String) throws {
    func look(_ value: JSONValue, _ path: String) {
      switch value {
      case .object(let fields):
        #expect(fields["x-kubernetes-validations"] == nil, "\(path)")
        #expect(fields["default"] != .string(""), "\(path): an empty default is taken for null by 1.20")
        for (key, child) in fields { look(child, "\(path).\(key)") }
      case .array(let items): for item in items { look(item, path) }
      default: break
      }
    }
    for document in try Manifest.documents("crds/\(resource).swiftlet.dev.yaml") { look(document, resource) }
  }

  /// Each column names a field that the schema has.
  @Test(arguments: resources) func columnsNameFields(resource: String) throws {
    let version = try Manifest.version(resource)
    let schema = try Manifest.schema(resource)
    let columns = try #require(version["additionalPrinterColumns"]?.array)
    for column in columns {
      let path = try #require(column["jsonPath"]?.string)
      if path == ".metadata.creationTimestamp" { continue }
      let condition = /^\.status\.conditions\[\?\(@\.type=="(\w+)"\)\]\.(\w+)$/
      if let match = path.wholeMatch(of: condition) {
        #expect(schema.at("status.conditions.*.\(match.2)") != nil)
        #expect([ImageSetStatus.readyCondition, NodeInventoryStatus.runtimeReadyCondition].contains(String(match.1)))
      } else {
        let field = try #require(schema.at(String(path.dropFirst())), "\(path)")
        #expect(field["type"] == column["type"], "\(path)")
      }
    }
    #expect(columns.last?["name"] == "Age")
    #expect((schema.at("status") != nil) == (version["subresources"]?["status"] != nil))
  }
}
