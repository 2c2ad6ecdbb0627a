/// What is wrong with a kubeconfig or with the in-cluster environment, and where.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file, where it is about one.
  public var file: String?
  /// The context, where one was being resolved.
  public var context: String?
  /// Such as `users[admin].exec.apiVersion`.
  public var field: String?
  public var message: String

  public init(file: String? = nil, context: String? = nil, field: String? = nil, message: String) {
    self.file = file
    self.context = context
    self.field = field
    self.message = message
  }

  public var description: String {
    var parts: [String] = []
    if let file { parts.append(file) }
    if let context { parts.append("context \"\(context)\"") }
    if let field { parts.append(field) }
    return (parts + [message]).joined(separator: ": ")
  }
}
