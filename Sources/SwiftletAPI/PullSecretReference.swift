/// Names a Secret of type `kubernetes.io/dockerconfigjson` or `kubernetes.io/dockercfg`.
package struct PullSecretReference: Codable, Sendable, Hashable {
  package var namespace: String
  package var name: String

  package init(namespace: String, name: String) {
    self.namespace = namespace
    self.name = name
  }

  /// What is wrong with it. A name that Kubernetes couldn't give to a Secret can't be read either, and must not get
  /// into the path of a request.
  func problems(path: String) -> [ValidationProblem] {
    var problems: [ValidationProblem] = []
    if namespace.utf8.count > 63 || !Self.isLabel(namespace[...]) {
      problems.append(
        ValidationProblem(
          path: path + ".namespace", kind: .invalid, message: "\"\(namespace.bounded(to: 64))\" names no namespace"))
    }
    if !Self.isName(name) {
      problems.append(
        ValidationProblem(
          path: path + ".name", kind: .invalid, message: "\"\(name.bounded(to: 64))\" names no Secret"))
    }
    return problems
  }

  /// Whether a Secret, or a ServiceAccount, can have this name.
  package static func isName(_ name: String) -> Bool {
    name.utf8.count <= 253
      && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isLabel)
  }

  /// Lower-case letters, digits and inner dashes.
  private static func isLabel(_ text: Substring) -> Bool {
    let dash = UInt8(ascii: "-")
    let bytes = text.utf8
    return !bytes.isEmpty && bytes.first != dash && bytes.last != dash
      && bytes.allSatisfy { $0 == dash || (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) }
  }
}
