#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The report as JSON: an indented document, or one line where lines are read one by one.
package enum JSONRenderer {
  package static func text(_ report: StatusReport, indented: Bool) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting =
      indented ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(report), as: UTF8.self)
  }
}
