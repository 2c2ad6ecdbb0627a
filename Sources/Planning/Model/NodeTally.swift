/// How many nodes a demand selects, and how they are.
package struct NodeTally: Hashable, Sendable {
  package var desired = 0
  /// Can be worked on and have everything.
  package var ready = 0
  /// Selected, and can't be worked on now.
  package var unreachable = 0

  package init() {}
}
