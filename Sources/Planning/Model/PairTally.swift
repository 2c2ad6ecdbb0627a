/// How many pairs are in which state; the states sum up to `desired`.
package struct PairTally: Hashable, Sendable {
  /// On all selected nodes, also those that can't be worked on now.
  package var desired = 0
  package var present = 0
  package var pulling = 0
  package var waiting = 0
  package var failed = 0
  package var removing = 0

  package init() {}
}
