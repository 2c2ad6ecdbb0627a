/// The leading numbers of a runtime's version, such as 2.1.4 of `v2.1.4-k3s1` or 1.6.20 of `1.6.20~ds1`.
package struct RuntimeVersion: Comparable, Sendable {
  let numbers: [Int]

  package init?(_ text: String) {
    let digits = text.hasPrefix("v") ? text.dropFirst() : Substring(text)
    let leading = digits.prefix { $0 == "." || ("0"..."9").contains($0) }
    let numbers = leading.split(separator: ".").compactMap { Int($0) }
    guard numbers.count >= 2 else { return nil }
    self.numbers = numbers
  }

  package init(_ numbers: Int...) {
    self.numbers = numbers
  }

  package static func < (left: RuntimeVersion, right: RuntimeVersion) -> Bool {
    left.numbers.lexicographicallyPrecedes(right.numbers)
  }

  /// Whether containers of such a runtime can have images as volumes. containerd has them since 2.1; of others it isn't
  /// known.
  static func mountsImages(runtime name: String, version: String) -> Bool {
    guard name == "containerd", let version = RuntimeVersion(version) else { return true }
    return version >= RuntimeVersion(2, 1)
  }

  /// What a runtime of that name and version offers beyond CRI.
  package static func features(ofRuntime name: String, version: String) -> Set<RuntimeFeature> {
    guard name == "containerd" else { return [] }
    var features: Set<RuntimeFeature> = [.events, .progress]
    if let version = RuntimeVersion(version), version >= RuntimeVersion(1, 7) { features.insert(.pins) }
    return features
  }
}
