/// One page of a list, or all pages together.
public struct ListPage<R: Sendable>: Sendable {
  public var items: [R]
  /// The version of the whole list: a watch from here misses nothing.
  public var resourceVersion: String
  /// Where the next page starts; nil on the last one.
  public var continueToken: String?

  public init(items: [R], resourceVersion: String, continueToken: String? = nil) {
    self.items = items
    self.resourceVersion = resourceVersion
    self.continueToken = continueToken
  }
}
