/// How options turn into query parameters and documents.
extension ListOptions {
  var query: [QueryItem] {
    QueryItem.items(
      ("labelSelector", labelSelector), ("fieldSelector", fieldSelector), ("limit", limit.map(String.init)),
      ("continue", continueToken), ("resourceVersion", resourceVersion),
      ("resourceVersionMatch", resourceVersionMatch))
  }
}

extension WatchOptions {
  func query(timeout: Duration) -> [QueryItem] {
    QueryItem.items(
      ("watch", "true"), ("labelSelector", labelSelector), ("fieldSelector", fieldSelector),
      ("resourceVersion", resourceVersion), ("resourceVersionMatch", sendInitialEvents ? "NotOlderThan" : nil),
      ("sendInitialEvents", sendInitialEvents ? "true" : nil),
      ("allowWatchBookmarks", allowBookmarks || sendInitialEvents ? "true" : nil),
      ("timeoutSeconds", String(timeout.wholeSecondsRoundedUp)))
  }
}

extension WriteOptions {
  func query(defaultManager: String) -> [QueryItem] {
    QueryItem.items(("fieldManager", fieldManager ?? defaultManager), ("dryRun", dryRun ? "All" : nil))
  }
}

extension DeleteOptions {
  var document: JSONValue {
    var document: JSONValue = ["apiVersion": "v1", "kind": "DeleteOptions"]
    document["propagationPolicy"] = propagation.map { .string($0.rawValue) }
    document["gracePeriodSeconds"] = gracePeriod.map { .integer($0.wholeSecondsRoundedUp) }
    if dryRun { document["dryRun"] = ["All"] }
    var preconditions: [String: JSONValue] = [:]
    preconditions["uid"] = preconditionUID.map(JSONValue.string)
    preconditions["resourceVersion"] = preconditionResourceVersion.map(JSONValue.string)
    if !preconditions.isEmpty { document["preconditions"] = .object(preconditions) }
    return document
  }
}

extension ClientOptions {
  /// The name of this program, for the ownership of fields.
  var fieldManager: String { String(userAgent.prefix { $0 != "/" }.prefix(128)) }
}

extension Duration {
  /// Whole seconds, at least 0.
  var wholeSecondsRoundedUp: Int64 {
    let (seconds, attoseconds) = components
    return max(0, seconds + (attoseconds > 0 ? 1 : 0))
  }
}
