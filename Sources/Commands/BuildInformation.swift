/// What this program is. A release build may replace this file.
package enum BuildInformation {
  package static let version = "0.1.0"
  /// The commit that it was built from, where the build says so.
  package static let commit: String? = nil

  /// The compiler's version, as far as the language tells.
  package static var swift: String {
    #if compiler(>=6.4)
      "6.4 or later"
    #elseif compiler(>=6.3)
      "6.3"
    #elseif compiler(>=6.2)
      "6.2"
    #else
      "6.1 or earlier"
    #endif
  }

  /// `swiftlet 0.1.0 (commit abc, Swift 6.3)`.
  package static var line: String {
    "swiftlet \(version) (\(commit.map { "commit \($0), " } ?? "")Swift \(swift))"
  }
}
