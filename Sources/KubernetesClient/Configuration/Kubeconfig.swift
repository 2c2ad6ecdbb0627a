/// Kubeconfig files merged into one: what a file says first counts.
struct Kubeconfig: Sendable {
  /// Something with the file that it comes from.
  struct Located<Value: Sendable>: Sendable {
    var value: Value
    var file: String
  }

  private(set) var clusters: [String: Located<KubeconfigFile.Cluster>] = [:]
  private(set) var users: [String: Located<KubeconfigFile.User>] = [:]
  private(set) var contexts: [String: Located<KubeconfigFile.Context>] = [:]
  private(set) var currentContext: String?
  /// All files, for errors.
  private(set) var files: [String] = []

  mutating func merge(_ content: KubeconfigFile, file: String) {
    files.append(file)
    if let name = content.currentContext, !name.isEmpty, currentContext == nil { currentContext = name }
    for entry in content.clusters ?? [] where clusters[entry.name] == nil {
      clusters[entry.name] = entry.cluster.map { Located(value: $0, file: file) }
    }
    for entry in content.users ?? [] where users[entry.name] == nil {
      users[entry.name] = Located(value: entry.user ?? KubeconfigFile.User(), file: file)
    }
    for entry in content.contexts ?? [] where contexts[entry.name] == nil {
      contexts[entry.name] = entry.context.map { Located(value: $0, file: file) }
    }
  }

  /// What `name`, or the current context, stands for.
  ///
  /// - Throws: `ConfigurationError`.
  func resolve(context name: String?) throws -> ClientConfiguration {
    let allFiles = files.joined(separator: ":")
    guard let name = name ?? currentContext else {
      throw ConfigurationError(file: allFiles, field: "current-context", message: "isn't set, and no context was given")
    }
    guard let context = contexts[name] else {
      throw ConfigurationError(file: allFiles, context: name, message: "there is no such context")
    }
    let clusterName = context.value.cluster ?? ""
    guard let cluster = clusters[clusterName] else {
      throw ConfigurationError(
        file: context.file, context: name, field: "cluster", message: "there is no cluster \"\(clusterName)\"")
    }
    var user = Located(value: KubeconfigFile.User(), file: context.file)
    let userName = context.value.user ?? ""
    if !userName.isEmpty {
      guard let found = users[userName] else {
        throw ConfigurationError(
          file: context.file, context: name, field: "user", message: "there is no user \"\(userName)\"")
      }
      user = found
    }
    let resolver = KubeconfigResolver(
      context: name, clusterName: clusterName, cluster: cluster, userName: userName, user: user)
    return try resolver.configuration(namespace: context.value.namespace)
  }
}
