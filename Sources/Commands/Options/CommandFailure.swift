/// Why a command couldn't do its work, in words for whoever started it. The program exits with 1.
package struct CommandFailure: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}
