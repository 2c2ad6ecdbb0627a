/// How many images a demand names, and how many of them are where they should be.
package struct ImageTally: Hashable, Sendable {
  package var desired = 0
  /// Are somewhere, and on every node that can be worked on.
  package var ready = 0

  package init() {}
}
