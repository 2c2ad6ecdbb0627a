import KubernetesClient
import SwiftletAPI

extension Survey {
  /// What files say: ImageCaches, and whatever else of a cluster was saved along with them.
  ///
  /// - Parameter namespace: of objects that name none.
  /// - Throws: everything that can't be read.
  package init(_ documents: [ManifestDocument], namespace: String) throws(ManifestProblems) {
    self.init(source: .files(Array(Set(documents.map(\.file))).sorted()))
    var problems: [ManifestProblem] = []
    for document in documents { take(document.value, document, namespace: namespace, &problems) }
    guard problems.isEmpty else { throw ManifestProblems(problems) }
    // With the manifests of an installation at hand, a Service that isn't among them is only unknown.
    if nodes?.isEmpty == true { nodes = nil }
  }

  private mutating func take(
    _ value: JSONValue, _ document: ManifestDocument, namespace: String, _ problems: inout [ManifestProblem]
  ) {
    let kind = value["kind"]?.string
    if let kind, kind == "List" || kind.hasSuffix("List"), let items = value["items"]?.array {
      for item in items { take(item, document, namespace: namespace, &problems) }
      return
    }
    let name = value["metadata"]?["name"]?.string
    func add(_ message: String) {
      let object = kind.map { [$0, name].compactMap { $0 }.joined(separator: " ").bounded(to: 256) }
      problems.append(
        ManifestProblem(file: document.file, document: document.index, object: object, message: message))
    }
    guard case .object = value else { return add("isn't an object") }
    guard let kind, let version = value["apiVersion"]?.string else { return add("has no apiVersion and kind") }
    guard let name, !name.isEmpty else { return add("metadata.name is missing") }
    do {
      switch (kind, version.split(separator: "/").first.map(String.init) ?? "") {
      case ("ImageCache", _):
        guard version == ImageCache.resourceType.apiVersion else {
          return add("has apiVersion \"\(version.bounded(to: 64))\", not \(ImageCache.resourceType.apiVersion)")
        }
        var cache = try SurveyedCache(value)
        if (cache.metadata.namespace ?? "").isEmpty { cache.give(namespace: namespace) }
        let key = cache.key
        guard !caches.contains(where: { $0.key == key }) else { return add("there is another ImageCache \(key)") }
        caches.append(cache)
      case ("Node", "v1"): nodes = (nodes ?? []) + [try value.decoded()]
      case ("Deployment", "apps"): deployments = (deployments ?? []) + [try value.decoded()]
      case ("ValidatingWebhookConfiguration", _): webhooks = (webhooks ?? []) + [try value.decoded()]
      case ("ClusterRoleBinding", _): bindings = (bindings ?? []) + [try value.decoded()]
      case ("Job", "batch"):
        let job: SurveyedJob = try value.decoded()
        jobs = (jobs ?? []) + (job.isKubeFledgeds ? [job] : [])
      case ("KubeFledged", _): operated = (operated ?? []) + [try value.decoded()]
      case ("CustomResourceDefinition", _) where name == SurveyedDefinition.name:
        definition = .found(try value.decoded())
      default: skipped[String(kind.bounded(to: 64)), default: 0] += 1
      }
    } catch let error as DecodingError {
      add(ManifestProblem.words(error))
    } catch {
      add("can't be read")
    }
  }
}

extension SurveyedCache {
  mutating func give(namespace: String) {
    metadata.namespace = namespace
    cache?.metadata.namespace = namespace
  }
}
