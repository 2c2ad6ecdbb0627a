import Foundation
import KubernetesClient
import SwiftletAPI
import Testing

/// The hand-written CRDs say the same as the Swift types.
@Suite struct SchemaTests {
  /// A kind whose sample has every field set.
  struct Kind: Sendable, CustomTestStringConvertible {
    let resource: ResourceType
    let sample: any KubernetesResource
    let decode: @Sendable (JSONValue) throws -> any KubernetesResource
    var testDescription: String { resource.kind }

    init<R: KubernetesResource>(_ sample: R) {
      resource = R.resourceType
      self.sample = sample
      decode = { try JSONDecoder().decode(R.self, from: JSONEncoder().encode($0)) }
    }

    /// The sample as JSON without its metadata, which the schema leaves to the API server.
    func encoded() throws -> JSONValue {
      var value = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(sample))
      value["metadata"] = nil
      return value
    }
  }

  static let kinds = [Kind(Samples.imageSet), Kind(Samples.pullBudget), Kind(Samples.nodeInventory)]
  /// With those of others, whose schemas are looser than our types.
  static let allKinds = kinds + [Kind(Samples.imageCache)]

  /// Guards the other tests: a new field that the sample leaves out would escape them.
  @Test(arguments: allKinds) func samplesSetEveryField(kind: Kind) {
    func look(_ value: Any, _ path: String) {
      let mirror = Mirror(reflecting: value)
      if path.hasSuffix(".metadata") { return }
      switch mirror.displayStyle {
      case .optional where mirror.children.isEmpty, .collection where mirror.children.isEmpty,
        .dictionary where mirror.children.isEmpty:
        Issue.record("\(path) isn't set")
      default:
        for child in mirror.children { look(child.value, "\(path).\(child.label ?? "*")") }
      }
    }
    look(kind.sample, kind.resource.kind)
  }

  @Test(arguments: allKinds) func namesAgree(kind: Kind) throws {
    let document = try #require(
      try Manifest.documents("crds/\(kind.resource.resource).\(kind.resource.group).yaml").first)
    let spec = try #require(document["spec"])
    #expect(document["apiVersion"] == "apiextensions.k8s.io/v1")
    #expect(document["metadata"]?["name"]?.string == "\(kind.resource.resource).\(kind.resource.group)")
    #expect(spec["group"]?.string == kind.resource.group)
    #expect(spec["scope"]?.string == (kind.resource.isNamespaced ? "Namespaced" : "Cluster"))
    #expect(spec["names"]?["kind"]?.string == kind.resource.kind)
    #expect(spec["names"]?["plural"]?.string == kind.resource.resource)
    if kind.resource.group == SwiftletGroup.name { #expect(spec["names"]?["categories"] == ["swiftlet"]) }
    #expect(try Manifest.version(kind.resource.resource)["name"]?.string == kind.resource.version)
  }

  @Test(arguments: allKinds) func fieldsAndTypesAgree(kind: Kind) throws {
    var schema = try Manifest.schema(kind.resource.resource)
    for key in ["apiVersion", "kind", "metadata"] {
      var properties = try #require(schema["properties"])
      properties[key] = nil
      schema["properties"] = properties
    }
    compare(try kind.encoded(), schema, kind.resource.kind)
  }

  private func compare(_ value: JSONValue, _ schema: JSONValue, _ path: String) {
    let type = schema["type"]?.string
    switch value {
    case .object(let fields):
      #expect(type == "object", "\(path)")
      if let values = schema["additionalProperties"] {
        for (key, value) in fields { compare(value, values, "\(path).\(key)") }
      } else {
        let properties = schema["properties"]?.object ?? [:]
        #expect(Set(fields.keys) == Set(properties.keys), "\(path)")
        for (key, value) in fields { compare(value, properties[key] ?? nil, "\(path).\(key)") }
      }
    case .array(let items):
      #expect(type == "array", "\(path)")
      for item in items { compare(item, schema["items"] ?? nil, "\(path).*") }
    case .string: #expect(type == "string", "\(path)")
    case .bool: #expect(type == "boolean", "\(path)")
    case .integer: #expect(type == "integer", "\(path)")
    case .number, .null: Issue.record("\(path): no such type is in use")
    }
  }

  /// Takes each field away in turn: the type has to miss it exactly if the schema requires it.
  @Test(arguments: kinds) func requiredFieldsAgree(kind: Kind) throws {
    func visit(_ value: JSONValue, _ schema: JSONValue, _ path: String, _ rebuild: (JSONValue) -> JSONValue) {
      if case .array(let items) = value, let first = items.first, let schema = schema["items"] {
        visit(first, schema, "\(path).*") { rebuild([$0]) }
      }
      guard case .object(let fields) = value else { return }
      let required = Set((schema["required"]?.array ?? []).compactMap(\.string))
      for (key, child) in fields {
        if let values = schema["additionalProperties"] {
          visit(child, values, "\(path).\(key)") { rebuild([key: $0]) }
          continue
        }
        var without = value
        without[key] = nil
        var whole = rebuild(without)
        whole["metadata"] = ["name": "x"]
        let isMissed: Bool
        do {
          _ = try kind.decode(whole)
          isMissed = false
        } catch {
          isMissed = true
        }
        #expect(isMissed == required.contains(key), "\(path).\(key)")
        visit(child, schema["properties"]?[key] ?? nil, "\(path).\(key)") {
          var changed = value
          changed[key] = $0
          return rebuild(changed)
        }
      }
    }
    visit(try kind.encoded(), try Manifest.schema(kind.resource.resource), kind.resource.kind) { $0 }
  }

  @Test(arguments: kinds) func samplesRoundTrip(kind: Kind) throws {
    var value = try kind.encoded()
    value["metadata"] = ["name": "x"]
    let again = Kind.reencode(try kind.decode(value))
    #expect(try again() == value)
  }

  @Test(arguments: [
    ("imagesets", "spec.pullPolicy", PullPolicy.allCases.map(\.rawValue)),
    ("imagesets", "spec.images.*.pullPolicy", PullPolicy.allCases.map(\.rawValue)),
    ("imagesets", "spec.executor", Executor.allCases.map(\.rawValue)),
    ("nodeinventories", "spec.images.*.executor", Executor.allCases.map(\.rawValue)),
    ("nodeinventories", "spec.jobs.images.*.state", JobsImage.State.allCases.map(\.rawValue)),
    ("imagesets", "spec.retention", Retention.allCases.map(\.rawValue)),
    ("imagesets", "status.conditions.*.status", ["True", "False", "Unknown"]),
    ("nodeinventories", "spec.images.*.retention", Retention.allCases.map(\.rawValue)),
    ("nodeinventories", "status.images.*.retention", Retention.allCases.map(\.rawValue)),
    ("nodeinventories", "status.images.*.state", NodeImage.State.allCases.map(\.rawValue)),
    ("nodeinventories", "status.images.*.origin", NodeImage.Origin.allCases.map(\.rawValue)),
    ("nodeinventories", "status.conditions.*.status", ["True", "False", "Unknown"]),
  ]) func enumsAgree(resource: String, path: String, cases: [String]) throws {
    let values = try #require(try Manifest.schema(resource).at(path)?["enum"]?.array)
    #expect(Set(values.compactMap(\.string)) == Set(cases))
    #expect(values.count == cases.count)
  }

  @Test(arguments: [
    ("imagesets", "spec.images", "maxItems", ImageSetSpec.maxImages),
    ("imagesets", "spec.pullSecrets", "maxItems", ImageSetSpec.maxPullSecrets),
    ("imagesets", "status.failures", "maxItems", ImageSetStatus.maxFailures),
    ("nodeinventories", "spec.images", "maxProperties", NodeInventorySpec.maxImages),
    ("nodeinventories", "spec.removals", "maxProperties", NodeInventorySpec.maxImages),
    ("nodeinventories", "spec.grants", "maxItems", NodeInventorySpec.maxGrants),
    ("nodeinventories", "spec.jobs.images", "maxProperties", NodeInventorySpec.maxImages),
    ("nodeinventories", "spec.jobs.released", "maxItems", NodeInventorySpec.maxGrants),
    ("nodeinventories", "status.images", "maxProperties", NodeInventoryStatus.maxImages),
  ]) func boundsAgree(resource: String, path: String, bound: String, value: Int) throws {
    #expect(try Manifest.schema(resource).at(path)?[bound] == .integer(Int64(value)))
  }

  @Test(arguments: [
    ("imagesets", "spec.images", "x-kubernetes-list-type", "map"),
    ("imagesets", "spec.nodes.selector", "x-kubernetes-map-type", "atomic"),
    ("imagesets", "spec.pullSecrets", "x-kubernetes-list-type", "map"),
    ("imagesets", "status.failures", "x-kubernetes-list-type", "atomic"),
    ("imagesets", "status.conditions", "x-kubernetes-list-type", "map"),
    ("nodeinventories", "spec.images", "x-kubernetes-map-type", "atomic"),
    ("nodeinventories", "spec.removals", "x-kubernetes-map-type", "atomic"),
    ("nodeinventories", "spec.grants", "x-kubernetes-list-type", "atomic"),
    ("nodeinventories", "status.images", "x-kubernetes-map-type", "atomic"),
    ("nodeinventories", "status.released", "x-kubernetes-list-type", "atomic"),
    ("nodeinventories", "status.conditions", "x-kubernetes-list-type", "map"),
  ]) func collectionsMergeAsMeant(resource: String, path: String, key: String, value: String) throws {
    #expect(try Manifest.schema(resource).at(path)?[key]?.string == value)
  }

  @Test func twoEqualReferencesAreRefused() throws {
    #expect(try Manifest.schema("imagesets").at("spec.images")?["x-kubernetes-list-map-keys"] == ["image"])
  }

  /// What a new object gets written is what the accessors say of an object without it.
  @Test func defaultsAgree() throws {
    let set = ImageSetSpec(images: [])
    let schema = try Manifest.schema("imagesets")
    let budget = PullBudgetSpec()
    let budgets = try Manifest.schema("pullbudgets")
    #expect(schema.at("spec.pullPolicy")?["default"]?.string == set.effectivePullPolicy.rawValue)
    #expect(schema.at("spec.budget")?["default"]?.string == set.effectiveBudget)
    #expect(schema.at("spec.priority")?["default"]?.integer == Int64(set.effectivePriority))
    #expect(schema.at("spec.pin")?["default"] == .bool(set.effectivePin))
    #expect(schema.at("spec.executor")?["default"]?.string == set.effectiveExecutor.rawValue)
    #expect(schema.at("spec.retention")?["default"]?.string == set.effectiveRetention.rawValue)
    #expect(schema.at("spec.paused")?["default"] == .bool(set.isPaused))
    #expect(schema.at("spec.images.*.pullPolicy")?["default"] == nil)
    #expect(budgets.at("spec.maxConcurrentNodes")?["default"]?.integer == Int64(budget.effectiveMaxConcurrentNodes))
    #expect(budgets.at("spec.maxPullsPerNode")?["default"]?.integer == Int64(budget.effectiveMaxPullsPerNode))
    for (path, value) in [
      ("spec.minStartInterval", budget.effectiveMinStartInterval),
      ("spec.backoff.initial", budget.effectiveBackoff.effectiveInitial),
      ("spec.backoff.max", budget.effectiveBackoff.effectiveMax),
    ] {
      #expect(GoDuration.parse(try #require(budgets.at(path)?["default"]?.string)) == value, "\(path)")
    }
    #expect(budget.effectiveMaxConcurrentPulls == nil && budgets.at("spec.maxConcurrentPulls")?["default"] == nil)
    #expect(budget.effectiveMaxPullsPerRegistry == nil && budgets.at("spec.maxPullsPerRegistry")?["default"] == nil)
  }
}

extension SchemaTests.Kind {
  static func reencode(_ object: some KubernetesResource) -> () throws -> JSONValue {
    { try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(object)) }
  }
}
