import ArgumentParser
import Commands

@main
struct Main {
  static func main() async {
    await SwiftletCommand.main(GoArguments.translate(Array(CommandLine.arguments.dropFirst())))
  }
}
