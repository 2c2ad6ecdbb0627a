import KubernetesClient
package import SwiftletAPI

/// The image sets and budgets of a machine without Kubernetes, as files say them.
package struct LocalManifests: Sendable, Hashable {
  package private(set) var sets: [ImageSet] = []
  package private(set) var budgets: [PullBudget] = []
  /// What is understood and has no meaning here.
  package private(set) var warnings: [String] = []

  /// Reads objects of the kinds ImageSet and PullBudget, also out of lists.
  ///
  /// - Throws: everything that is wrong with them, by the rules that hold in a cluster too.
  package init(_ documents: [ManifestDocument]) throws(ManifestProblems) {
    var reader = Reader()
    for document in documents { reader.take(document.value, document) }
    if reader.problems.isEmpty, reader.sets.isEmpty {
      let files = Set(documents.map(\.file)).sorted().joined(separator: ", ")
      reader.problems.append(
        ManifestProblem(
          file: files, message: "holds no ImageSet: to remove what an earlier run pulled, name one that selects less"))
    }
    guard reader.problems.isEmpty else { throw ManifestProblems(reader.problems) }
    (sets, budgets, warnings) = (reader.sets, reader.budgets, reader.warnings)
    for set in sets where !budgets.contains(where: { $0.metadata.name == set.spec.effectiveBudget }) {
      guard set.spec.effectiveBudget != PullBudget.defaultName else { continue }
      warnings.append(
        "ImageSet \(set.key.name): there is no PullBudget \"\(set.spec.effectiveBudget)\", so the budget default holds")
    }
  }

  /// Takes selectors out, for a machine whose labels nobody told.
  package mutating func ignoreSelectors() {
    for index in sets.indices {
      let selector = sets[index].spec.nodes?.selector
      if selector?.matchLabels?.isEmpty == false || selector?.matchExpressions?.isEmpty == false {
        warnings.append(
          "ImageSet \(sets[index].key.name): spec.nodes.selector is ignored; --labels says what labels this machine has"
        )
      }
      sets[index].spec.nodes = nil
    }
  }
}

extension LocalManifests {
  private struct Reader {
    var sets: [ImageSet] = []
    var budgets: [PullBudget] = []
    var warnings: [String] = []
    var problems: [ManifestProblem] = []
    private static let apiVersion = ImageSet.resourceType.apiVersion

    mutating func take(_ value: JSONValue, _ document: ManifestDocument) {
      let kind = value["kind"]?.string
      if kind == "List" || kind == "ImageSetList" || kind == "PullBudgetList", let items = value["items"]?.array {
        for item in items { take(item, document) }
        return
      }
      let name = value["metadata"]?["name"]?.string
      func add(_ message: String) {
        let object = kind.map { [$0, name].compactMap { $0 }.joined(separator: " ") }
        problems.append(
          ManifestProblem(file: document.file, document: document.index, object: object, message: message))
      }
      guard case .object = value else { return add("isn't an object") }
      guard value["apiVersion"]?.string == Self.apiVersion, kind == "ImageSet" || kind == "PullBudget" else {
        let found = [value["apiVersion"]?.string, kind].compactMap { $0 }.joined(separator: " ")
        return add(
          "has apiVersion and kind \"\(found.bounded(to: 128))\"; only ImageSet and PullBudget of \(Self.apiVersion) mean something here"
        )
      }
      guard let name, !name.isEmpty else { return add("metadata.name is missing") }
      do {
        if kind == "ImageSet" {
          let set: ImageSet = try value.decoded()
          for message in try Self.messages(value, set, set.problems) { add(message) }
          if set.spec.images.count > ImageSetSpec.maxImages {
            add("spec.images: \(set.spec.images.count) are more than \(ImageSetSpec.maxImages)")
          }
          if sets.contains(where: { $0.metadata.name == name }) { add("there is another ImageSet of this name") }
          if set.spec.pullSecrets?.isEmpty == false {
            warnings.append("ImageSet \(name): spec.pullSecrets is ignored; --registry-config names a file with logins")
          }
          sets.append(set)
        } else {
          let budget: PullBudget = try value.decoded()
          for message in try Self.messages(value, budget, budget.problems) { add(message) }
          if budgets.contains(where: { $0.metadata.name == name }) { add("there is another PullBudget of this name") }
          budgets.append(budget)
        }
      } catch let error as DecodingError {
        add(ManifestProblem.words(error))
      } catch {
        add("can't be read")
      }
    }

    private static func messages(
      _ written: JSONValue, _ known: some Encodable, _ problems: [ValidationProblem]
    ) throws -> [String] {
      let known = try JSONValue(encoding: known)
      let unknown = UnknownFields.paths(
        in: written["spec"] ?? .null, known: known["spec"] ?? .null, path: "spec")
      return unknown.map { "\($0): there is no such field" } + problems.map(\.description)
    }
  }
}
