import KubernetesClient
import OCI
package import Operator
import Planning
package import SwiftletAPI

/// ImageSets that want what ImageCaches want.
///
/// An ImageSet has one node selector, and one rule of how its images follow their tags; so an ImageCache becomes one for
/// each of its selectors and of these rules. Pure: same input, same output.
package struct ImageSetConversion: Sendable, Hashable {
  /// Where an ImageSet comes from.
  package static let origin = "swiftlet.dev/migrated-from"

  package struct Converted: Sendable, Hashable {
    package var set: ImageSet
    /// What is different from the ImageCache.
    package var notes: [String]
  }

  package private(set) var sets: [Converted] = []
  /// What can't be converted, and why.
  package private(set) var leftOut: [String] = []

  private var names: Set<String> = []
  private let rules: ImageCacheRules

  /// - Parameters:
  ///   - caches: in any order.
  ///   - rules: what the ImageCaches' controller was told.
  package init(_ caches: [SurveyedCache], rules: ImageCacheRules = ImageCacheRules()) {
    self.rules = rules
    let sorted = caches.sorted { $0.key < $1.key }
    // No namespace has a dot, so these are all different; further sets of an ImageCache go round them.
    names = Set(sorted.map { Self.base($0) })
    for cache in sorted { convert(cache) }
  }

  private static func base(_ cache: SurveyedCache) -> String {
    let name = [cache.metadata.namespace ?? "", cache.metadata.name ?? ""].filter { !$0.isEmpty }.joined(separator: ".")
    return name.utf8.count <= maxName ? name : String(name.prefix(maxName - 17)) + "-" + fingerprint(name)
  }

  /// What a name may have, with room for what tells sets apart.
  private static let maxName = 230

  private static func fingerprint(_ text: String) -> String {
    let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return String(hash, radix: 16)
  }

  private mutating func convert(_ surveyed: SurveyedCache) {
    let place = "ImageCache \(surveyed.key)"
    guard var cache = surveyed.cache else {
      return leftOut.append("\(place): it can't be read: \(surveyed.problem ?? "")")
    }
    guard cache.metadata.deletionTimestamp == nil else { return leftOut.append("\(place): it is being deleted") }
    leftOut += surveyed.unknownFields.map { "\(place): \($0): there is no such field" }
    leftOut += cache.problems.map { "\(place): \($0.description)" }
    var common: [String] = []
    if cache.isPurged { common.append("\(place) is purged: this set brings its images back") }
    if cache.metadata.annotations?[ImageCacheAnnotation.purge] != nil {
      common.append("\(place) asks for a purge that isn't done: this set wants its images all the same")
    }
    // What it wants for good, not what is being done for it.
    cache.status = nil
    let demands = ImageCacheFrontEnd(rules: rules).demands(of: cache, now: .distantPast).demands
    let written = Self.written(cache)
    var parts: [(selector: [String: String], images: [ImageSetImage], follows: Bool)] = []
    for demand in demands {
      var seen: Set<ImageKey> = []
      let images = demand.images.compactMap { image -> (image: ImageSetImage, follows: Bool)? in
        guard seen.insert(image.key).inserted, let known = written[image.key] else { return nil }
        return (ImageSetImage(image: known.text), rules.follows(known.reference))
      }
      for follows in [false, true] {
        let some = images.filter { $0.follows == follows }.map(\.image)
        for start in stride(from: 0, to: some.count, by: ImageSetSpec.maxImages) {
          let chunk = some[start..<min(start + ImageSetSpec.maxImages, some.count)]
          parts.append((demand.selector.labels, Array(chunk), follows))
        }
      }
    }
    guard !parts.isEmpty else { return leftOut.append("\(place): it names no image that can be used") }
    for (index, part) in parts.enumerated() {
      add(cache, surveyed, part: index, part.selector, part.images, follows: part.follows, notes: common)
    }
  }

  private mutating func add(
    _ cache: ImageCache, _ surveyed: SurveyedCache, part: Int, _ selector: [String: String], _ images: [ImageSetImage],
    follows: Bool, notes: [String]
  ) {
    var notes = notes
    var spec = ImageSetSpec(images: images)
    if !selector.isEmpty { spec.nodes = ImageSetNodes(selector: LabelSelector(matchLabels: selector)) }
    if follows {
      spec.pullPolicy = .always
      spec.refreshInterval = rules.refreshInterval.map { Self.brief($0) }
      if spec.refreshInterval == nil {
        notes.append("its images are compared with the registry once, when the set is made: refreshes are off")
      }
    }
    let secrets = cache.pullSecrets.reduce(into: [PullSecretReference]()) { if !$0.contains($1) { $0.append($1) } }
    if !secrets.isEmpty { spec.pullSecrets = Array(secrets.prefix(ImageSetSpec.maxPullSecrets)) }
    if secrets.count > ImageSetSpec.maxPullSecrets {
      leftOut.append(
        "ImageCache \(surveyed.key): \(secrets.count - ImageSetSpec.maxPullSecrets) of its \(secrets.count) pull secrets: a set names \(ImageSetSpec.maxPullSecrets) at most"
      )
    }
    if cache.retainsImages { spec.retention = .retain }
    spec.executor = cache.executor
    let metadata = ObjectMeta(
      name: name(surveyed, part: part), annotations: [Self.origin: "ImageCache \(surveyed.key)"])
    let set = ImageSet(metadata: metadata, spec: spec)
    let problems = set.problems
    guard problems.isEmpty else {
      leftOut += problems.map { "ImageCache \(surveyed.key): \($0.description)" }
      return
    }
    sets.append(Converted(set: set, notes: notes))
  }

  private mutating func name(_ surveyed: SurveyedCache, part: Int) -> String {
    let base = Self.base(surveyed)
    guard part > 0 else { return base }
    var number = part + 1
    while !names.insert("\(base)-\(number)").inserted { number += 1 }
    return "\(base)-\(number)"
  }

  /// A duration as people write it: `15m` rather than `15m0s`.
  private static func brief(_ duration: Duration) -> String {
    var text = GoDuration.format(duration)
    if text.hasSuffix("m0s") { text.removeLast(2) }
    if text.hasSuffix("h0m") { text.removeLast(2) }
    return text
  }

  /// Images as the spec writes them.
  private static func written(_ cache: ImageCache) -> [ImageKey: (text: String, reference: ImageReference)] {
    var names: [ImageKey: (String, ImageReference)] = [:]
    for text in cache.spec.lists.flatMap({ $0.images ?? [] }) {
      do throws(ImageReferenceError) {
        let reference = try ImageReference(parsing: text)
        let key = ResolvedImage(unresolved: reference).key
        if names[key] == nil { names[key] = (text, reference) }
      } catch {
        // The problems of the spec name it.
        continue
      }
    }
    return names
  }
}

extension ImageSetConversion.Converted {
  /// As a YAML document that kubectl takes.
  package var yaml: String {
    var text = notes.map { YAMLText.comment($0) }.joined()
    text += "apiVersion: \(ImageSet.resourceType.apiVersion)\nkind: \(ImageSet.resourceType.kind)\nmetadata:\n"
    text += "  name: \(YAMLText.scalar(set.metadata.name ?? ""))\n"
    for (key, value) in (set.metadata.annotations ?? [:]).sorted(by: { $0.key < $1.key }) {
      text += "  annotations:\n    \(YAMLText.scalar(key)): \(YAMLText.scalar(value))\n"
    }
    text += "spec:\n  images:\n"
    for image in set.spec.images { text += "    - image: \(YAMLText.scalar(image.image))\n" }
    if let labels = set.spec.nodes?.selector?.matchLabels {
      text += "  nodes:\n    selector:\n      matchLabels:\n"
      for (key, value) in labels.sorted(by: { $0.key < $1.key }) {
        text += "        \(YAMLText.scalar(key)): \(YAMLText.scalar(value))\n"
      }
    }
    if let policy = set.spec.pullPolicy { text += "  pullPolicy: \(policy.rawValue)\n" }
    if let interval = set.spec.refreshInterval { text += "  refreshInterval: \(YAMLText.scalar(interval))\n" }
    if let secrets = set.spec.pullSecrets {
      text += "  pullSecrets:\n"
      for secret in secrets {
        text += "    - namespace: \(YAMLText.scalar(secret.namespace))\n      name: \(YAMLText.scalar(secret.name))\n"
      }
    }
    if let retention = set.spec.retention { text += "  retention: \(retention.rawValue)\n" }
    if let executor = set.spec.executor { text += "  executor: \(executor.rawValue)\n" }
    return text
  }
}
