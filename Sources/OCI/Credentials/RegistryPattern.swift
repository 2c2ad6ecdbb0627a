/// What stands before the login of a Docker configuration's entry: which images it is for. Read and compared as the
/// kubelet does it.
///
/// - A scheme doesn't matter, nor do user information, query and fragment; `/v1/` and `/v2/` at the beginning of the
///   path stand for nothing.
/// - In each label of the host `*` stands for any characters and `[a-c]` for one of some; labels and port must be as
///   many and the same.
/// - The path is a beginning of the repository, not necessarily up to a slash.
package struct RegistryPattern: Hashable, Sendable {
  /// Host and path: what entries are sorted by.
  let key: String
  private let labels: [LabelPattern]
  private let port: String
  private let path: String

  /// Nil where the text is no location.
  package init?(_ location: String) {
    var rest = Substring(location)
    for scheme in ["https://", "http://"] where location.hasPrefix(scheme) {
      rest = rest.dropFirst(scheme.count)
      break
    }
    self.init(rest, passesOverVersion: true)
  }

  /// One of the `matchImages` of a credential provider: without a scheme, and with a path that stands for itself. Nil
  /// where the text is no location.
  package init?(matchImage: String) {
    self.init(Substring(matchImage), passesOverVersion: false)
  }

  private init?(_ text: Substring, passesOverVersion: Bool) {
    var rest = text
    guard rest.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { return nil }
    rest = rest.prefix { $0 != "#" && $0 != "?" }
    var host = rest.prefix { $0 != "/" }
    var path = rest[host.endIndex...]
    if let at = host.lastIndex(of: "@") { host = host[host.index(after: at)...] }
    guard !host.isEmpty, !host.contains(" "), let parts = Self.split(host) else { return nil }
    if passesOverVersion, path.hasPrefix("/v1/") || path.hasPrefix("/v2/") { path = path.dropFirst(3) }
    if path == "/" { path = "" }
    key = String(host + path)
    labels = parts.labels.map { LabelPattern($0) }
    port = String(parts.port)
    self.path = String(path)
  }

  /// Docker Hub by its old name, under which logins for it are mostly kept.
  var isDockerHub: Bool { key == "index.docker.io" }

  package func matches(_ reference: ImageReference) -> Bool {
    guard let target = Self.split(Substring(reference.registry)) else { return false }
    return port == target.port && labels.count == target.labels.count
      && ("/" + reference.repository).utf8.starts(with: path.utf8)
      && zip(labels, target.labels).allSatisfy { $0.matches($1) }
  }

  /// The labels of a host and its port; nil where the port is no number. An address in brackets is one label.
  private static func split(_ host: Substring) -> (labels: [Substring], port: Substring)? {
    var name = host
    var port = Substring()
    if host.first == "[" {
      guard let close = host.lastIndex(of: "]") else { return nil }
      name = host[...close]
      port = host[host.index(after: close)...]
      guard port.isEmpty || port.first == ":" else { return nil }
      port = port.dropFirst()
      guard port.utf8.allSatisfy(\.isDigit) else { return nil }
      return ([name], port)
    }
    if let colon = host.lastIndex(of: ":") {
      name = host[..<colon]
      port = host[host.index(after: colon)...]
    }
    guard port.utf8.allSatisfy(\.isDigit) else { return nil }
    return (name.split(separator: ".", omittingEmptySubsequences: false), port)
  }
}
