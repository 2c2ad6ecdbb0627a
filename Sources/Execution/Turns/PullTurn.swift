/// Something that runs under a grant, and takes one of its places for as long as it does.
package protocol PullTurn {
  var grantID: String { get }
  /// Where it pulls from.
  var registry: String { get }
}
