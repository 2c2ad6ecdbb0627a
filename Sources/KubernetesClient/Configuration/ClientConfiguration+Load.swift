#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension ClientConfiguration {
  /// Finds the configuration: `kubeconfig` where given, else the files in KUBECONFIG, else the pod that this runs in, else
  /// `~/.kube/config`.
  ///
  /// - Parameters:
  ///   - kubeconfig: the path of a file.
  ///   - context: a context of it; its current one where nil. With a context, being in a pod doesn't count.
  /// - Throws: `ConfigurationError`, which names the file, the context and the field.
  public static func load(kubeconfig: String?, context: String?) throws -> ClientConfiguration {
    try load(
      kubeconfig: kubeconfig, context: context, currentFolder: FileManager.default.currentDirectoryPath,
      environment: .system)
  }

  package static func load(
    kubeconfig: String?, context: String?, currentFolder: String, environment: ClientEnvironment
  ) throws -> ClientConfiguration {
    func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(currentFolder)/\(path)" }
    let variables = environment.variables()
    if let kubeconfig {
      return try read([absolute(kubeconfig)], isMissingFine: false, environment).resolve(context: context)
    }
    let listed = (variables["KUBECONFIG"] ?? "").split(separator: ":").map { absolute(String($0)) }
    if !listed.isEmpty {
      return try read(listed, isMissingFine: listed.count > 1, environment).resolve(context: context)
    }
    if context == nil, let configuration = try inCluster(environment) { return configuration }
    guard let home = variables["HOME"], !home.isEmpty else {
      throw ConfigurationError(message: "no kubeconfig was given, KUBECONFIG and HOME aren't set, and this is no pod")
    }
    return try read(["\(home)/.kube/config"], isMissingFine: false, environment).resolve(context: context)
  }

  private static func read(
    _ files: [String], isMissingFine: Bool, _ environment: ClientEnvironment
  ) throws -> Kubeconfig {
    var merged = Kubeconfig()
    for file in files {
      let bytes: [UInt8]
      do {
        bytes = try environment.readFile(file)
      } catch {
        let isMissing = (error as? CocoaError)?.code == .fileReadNoSuchFile
        if isMissing && isMissingFine { continue }
        throw ConfigurationError(file: file, message: isMissing ? "isn't there" : "can't be read: \(error)")
      }
      merged.merge(try KubeconfigFile(bytes, file: file), file: file)
    }
    guard !merged.files.isEmpty else {
      throw ConfigurationError(file: files.joined(separator: ":"), message: "none of these files is there")
    }
    return merged
  }
}
