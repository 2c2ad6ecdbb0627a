package import ArgumentParser
import KubernetesClient
import SwiftletAPI

/// `swiftlet migrate values`.
package struct MigrateValuesCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "values", abstract: "Print values of Swiftlet's chart that are equal to kube-fledged's.",
    discussion: """
      Takes a values file, what `helm get values RELEASE -n NAMESPACE -o yaml` prints, or the KubeFledged object of the \
      Helm operator. Comments say what changes its meaning, and what has no equal:

        swiftlet migrate values -f kube-fledged-values.yaml > values.yaml

      Ends with 0 when everything has an equal or needs none, with 2 when something was left out (said in the comments \
      and on standard error), with 1 when the file can't be read, and with 64 for a wrong flag.
      """)

  @Option(
    name: [.customShort("f"), .customLong("filename")],
    help: ArgumentHelp("The file of kube-fledged's values; - for standard input.", valueName: "file"))
  package var file: String

  @Option(help: "Who is to pull: an agent on every node, or Jobs as with kube-fledged.")
  package var mode: ValuesConversion.Mode = .agent

  package init() {}

  package func run() throws {
    let documents: [ManifestDocument]
    do {
      documents = try ManifestDocument.read([file])
      if let second = documents.dropFirst().first {
        throw ManifestProblems([
          ManifestProblem(file: file, document: second.index, message: "is one too many: values are one document")
        ])
      }
      if let first = documents.first, first.value.object == nil {
        throw ManifestProblems([
          ManifestProblem(file: file, document: first.index, message: "isn't an object of values")
        ])
      }
      if let kind = documents.first?.value["kind"]?.string, kind != "KubeFledged" {
        let message = "is an object of kind \(kind.bounded(to: 64)): values, or a KubeFledged, are wanted"
        throw ManifestProblems([ManifestProblem(file: file, document: 1, message: message)])
      }
    } catch let problems as ManifestProblems {
      throw MigrateExit.fail(problems)
    }
    let values = ValuesConversion.convert(KubeFledgedValues(documents.first?.value ?? [:]), mode: mode)
    Terminal.write(values.yaml)
    for words in values.leftOut {
      Terminal.write("swiftlet: left out: \(Escaping.visible(words))\n", to: .standardError)
    }
    if !values.leftOut.isEmpty { throw MigrateExit.needsAction }
  }
}
