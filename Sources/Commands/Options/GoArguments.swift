/// Go's way of writing flags, for the commands that take kube-fledged's: one dash is as good as two, and a flag that is
/// true or false may stand alone, and a value may be empty (`--master=`).
package enum GoArguments {
  /// The commands whose long flags may be written with one dash. They have no short ones but `-h`.
  static let commands: Set<String> = ["controller", "webhook"]
  /// Flags that are true where nothing else is said.
  static let switches: Set<String> = ["logtostderr", "alsologtostderr", "init-server", "image-delete-job-host-network"]

  /// - Parameter arguments: without the program's name.
  /// - Returns: the same as ArgumentParser reads it.
  package static func translate(_ arguments: [String]) -> [String] {
    guard let command = arguments.first, commands.contains(command) else { return arguments }
    var result = [command]
    var rest = arguments.dropFirst()
    while let argument = rest.popFirst() {
      guard argument != "--" else { return result + [argument] + rest }
      let long = withTwoDashes(argument)
      let isSwitch = long.hasPrefix("--") && switches.contains(String(long.dropFirst(2)))
      // Go takes no value after a space for these; here one is understood.
      let hasValue = ["true", "false"].contains(rest.first ?? "")
      if isSwitch, !hasValue {
        result.append(long + "=true")
      } else if long.hasPrefix("--"), long.firstIndex(of: "=") == long.indices.last {
        // What one argument can't say to the parser, two can.
        result += [String(long.dropLast()), ""]
      } else {
        result.append(long)
      }
    }
    return result
  }

  /// `-name` as `--name`; `-h`, numbers and all else as they are.
  private static func withTwoDashes(_ argument: String) -> String {
    guard argument.hasPrefix("-"), !argument.hasPrefix("--"), argument != "-h", let first = argument.dropFirst().first,
      first.isASCII, first.isLetter
    else { return argument }
    return "-" + argument
  }
}
