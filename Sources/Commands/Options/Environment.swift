#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
package import ArgumentParser

/// The process's environment, as far as flags fall back on it. An empty variable counts as missing.
package struct Environment: Sendable {
  private let values: [String: String]

  package init(_ values: [String: String]) {
    self.values = values
  }

  /// That of this process.
  package static var process: Environment { Environment(ProcessInfo.processInfo.environment) }

  package func text(_ name: String) -> String? {
    values[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The variable, read as the flag of the same meaning is.
  ///
  /// - Throws: `ValidationError`, with the values that are valid where they can be listed.
  package func value<Value: ExpressibleByArgument>(_ name: String, as type: Value.Type = Value.self) throws -> Value? {
    guard let text = text(name) else { return nil }
    if let value = Value(argument: text) { return value }
    let valid = Value.allValueStrings
    let hint = valid.isEmpty ? "" : " Valid are: \(valid.joined(separator: ", "))."
    throw ValidationError("The value '\(Escaping.visible(text))' of \(name) is invalid.\(hint)")
  }
}
