package import ContainerRuntime

/// What the runtime had right before a removal.
package struct RemovalInspection: Sendable {
  package let images: [RuntimeImage]
  package let containers: [RuntimeContainer]

  package init(images: [RuntimeImage], containers: [RuntimeContainer]) {
    self.images = images
    self.containers = containers
  }
}
