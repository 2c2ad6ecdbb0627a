import ArgumentParser
import Commands
import Foundation
import Testing

struct CompletionTests {
  /// What bash would offer for a line, its last word being completed.
  private func offers(_ words: [String]) throws -> Set<String> {
    let script = SwiftletCommand.completionScript(for: .bash)
    let ask = """
      \(script)
      COMP_WORDS=(\(words.map { "'\($0)'" }.joined(separator: " "))) COMP_CWORD=\(words.count - 1)
      COMP_LINE="${COMP_WORDS[*]}" COMP_POINT=${#COMP_LINE} COMP_TYPE=9
      function_name=$(complete -p swiftlet | sed -E 's/.*-F ([^ ]+).*/\\1/')
      "$function_name" swiftlet "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["--norc", "-c", ask]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Set(String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init))
  }

  @Test func bashOffersCommandsAndFlags() throws {
    let commands = try offers(["swiftlet", ""])
    #expect(commands.isSuperset(of: ["status", "pause", "resume", "node", "completion"]))
    #expect(try offers(["swiftlet", "pa"]).contains("pause"))
    #expect(try offers(["swiftlet", "status", "--unt"]).contains("--until-ready"))
    #expect(try offers(["swiftlet", "node", "apply", "--dry"]).contains("--dry-run"))
    #expect(try offers(["swiftlet", "completion", ""]).isSuperset(of: ["bash", "zsh", "fish"]))
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func everyShellHasAScript(_ shell: String) throws {
    let command = try SwiftletCommand.parseAsRoot(["completion", shell])
    #expect(command is CompletionCommand)
    #expect(throws: (any Error).self) { try SwiftletCommand.parseAsRoot(["completion", "tcsh"]) }
  }
}
