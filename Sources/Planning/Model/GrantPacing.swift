/// When pulls may start under a grant: one at each time t with t mod `every` = `offset` (whole milliseconds).
package struct GrantPacing: Hashable, Sendable {
  package var every: Duration
  package var offset: Duration

  package init(every: Duration, offset: Duration) {
    self.every = every
    self.offset = offset
  }
}
