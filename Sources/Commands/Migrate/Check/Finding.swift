/// Something that matters for a move, what it means, and what helps.
package struct Finding: Codable, Sendable, Hashable {
  package enum Severity: String, Codable, Sendable, Hashable, CaseIterable {
    /// Somebody has to do something.
    case action = "Action"
    /// It couldn't be looked at; what isn't known isn't fine.
    case unknown = "Unknown"
    /// Good to know.
    case note = "Note"
  }

  /// When something is to be done.
  package enum Step: Int, Codable, Sendable, Hashable, CaseIterable, Comparable {
    case keep = 1
    case stop
    case webhook
    case asked
    case install
    case look
    case cleanUp

    package static func < (left: Step, right: Step) -> Bool { left.rawValue < right.rawValue }
  }

  package struct Command: Codable, Sendable, Hashable {
    package var step: Step
    /// For a shell; what is from elsewhere is quoted.
    package var text: String
  }

  package var severity: Severity
  /// In camel case; stable.
  package var reason: String
  /// What it is about, such as `Deployment kube-fledged/kubefledged-controller`.
  package var object: String?
  package var message: String
  package var commands: [Command]

  package init(
    _ severity: Severity, _ reason: String, _ object: String? = nil, _ message: String,
    _ commands: [(Step, String)] = []
  ) {
    self.severity = severity
    self.reason = reason
    self.object = object
    self.message = message
    self.commands = commands.map { Command(step: $0.0, text: $0.1) }
  }
}

/// Words of a command line.
enum Shell {
  /// The word as a shell takes it for one word and nothing else.
  static func word(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || "-._/:=@%+,".utf8.contains(byte)
    }
    if isPlain, !text.isEmpty { return text }
    return "'" + Escaping.visible(text).replacing("'", with: "'\\''") + "'"
  }
}
