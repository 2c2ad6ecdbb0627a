/// What the client takes from the machine; tests put their own in.
package struct ClientEnvironment: Sendable {
  /// Wall-clock time.
  package var now: @Sendable () -> Timestamp
  /// Time for waits and ages.
  package var instant: @Sendable () -> ContinuousClock.Instant
  package var sleep: @Sendable (Duration) async throws -> Void
  /// The bytes of a file, at most a few megabytes.
  package var readFile: @Sendable (String) throws -> [UInt8]
  /// Environment variables.
  package var variables: @Sendable () -> [String: String]

  package init(
    now: @escaping @Sendable () -> Timestamp, instant: @escaping @Sendable () -> ContinuousClock.Instant,
    sleep: @escaping @Sendable (Duration) async throws -> Void,
    readFile: @escaping @Sendable (String) throws -> [UInt8],
    variables: @escaping @Sendable () -> [String: String]
  ) {
    self.now = now
    self.instant = instant
    self.sleep = sleep
    self.readFile = readFile
    self.variables = variables
  }
}
