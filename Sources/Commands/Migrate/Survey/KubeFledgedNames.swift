/// What kube-fledged calls its own things.
package enum KubeFledgedNames {
  /// Whether a name is, or contains, one of kube-fledged's: its manifests write it without a dash, its chart with one.
  static func isOne(_ name: String?) -> Bool {
    guard let name = name?.lowercased() else { return false }
    return name.contains("kubefledged") || name.contains("kube-fledged")
  }

  /// The last part of an image's name, without tag and digest.
  static func program(ofImage image: String) -> String {
    let name = image.split(separator: "@", maxSplits: 1).first ?? ""
    let last = name.split(separator: "/").last ?? ""
    return String(last.split(separator: ":", maxSplits: 1).first ?? "")
  }
}
