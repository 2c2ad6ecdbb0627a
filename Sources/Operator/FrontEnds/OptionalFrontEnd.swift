/// The kinds of others that the controller serves where it is told to.
package enum OptionalFrontEnd: String, Sendable, Hashable, CaseIterable {
  /// `kubefledged.io/v1alpha2`.
  case imageCache = "ImageCache"
}
