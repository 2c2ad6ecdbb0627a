import ArgumentParser
package import KubernetesClient

/// Tolerations as `key[=value][:effect]`, with commas between them; `*` for everything, nothing for none.
package struct TolerationsArgument: ExpressibleByArgument, Sendable, Hashable {
  package let tolerations: [Toleration]

  package init?(argument: String) {
    var tolerations: [Toleration] = []
    for part in argument.split(separator: ",") {
      guard part != "*" else {
        tolerations.append(Toleration(operator: "Exists"))
        continue
      }
      let halves = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let pair = halves[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard !pair[0].isEmpty else { return nil }
      var toleration = Toleration(key: String(pair[0]), operator: pair.count == 2 ? "Equal" : "Exists")
      if pair.count == 2 { toleration.value = String(pair[1]) }
      if halves.count == 2 {
        guard ["NoSchedule", "PreferNoSchedule", "NoExecute"].contains(halves[1]) else { return nil }
        toleration.effect = String(halves[1])
      }
      tolerations.append(toleration)
    }
    self.tolerations = tolerations
  }
}
