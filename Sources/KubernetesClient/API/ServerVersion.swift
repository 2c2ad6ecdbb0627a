/// What the server says that it is.
public struct ServerVersion: Codable, Sendable, Hashable {
  /// Such as `1`.
  public var major: String
  /// Such as `33`, or `20+` on some distributions.
  public var minor: String
  /// Such as `v1.33.4`.
  public var gitVersion: String

  public init(major: String, minor: String, gitVersion: String) {
    self.major = major
    self.minor = minor
    self.gitVersion = gitVersion
  }
}
