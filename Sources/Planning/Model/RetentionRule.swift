/// What happens to an image once nobody wants it on a node any more.
package enum RetentionRule: Hashable, Sendable {
  case delete
  case retain
}
