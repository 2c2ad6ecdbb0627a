package import ArgumentParser

/// `swiftlet completion`.
package struct CompletionCommand: ParsableCommand {
  package enum Shell: String, CaseIterable, ExpressibleByArgument {
    case bash, zsh, fish

    var completion: CompletionShell {
      switch self {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    }
  }

  package static let configuration = CommandConfiguration(
    commandName: "completion",
    abstract: "Print a script that completes swiftlet's commands and flags in a shell.",
    discussion: """
      bash: swiftlet completion bash > /etc/bash_completion.d/swiftlet
      zsh:  swiftlet completion zsh > "${fpath[1]}/_swiftlet"
      fish: swiftlet completion fish > ~/.config/fish/completions/swiftlet.fish
      """)

  @Argument(help: "The shell.")
  package var shell: Shell

  package init() {}

  package func run() {
    Terminal.write(SwiftletCommand.completionScript(for: shell.completion) + "\n")
  }
}
