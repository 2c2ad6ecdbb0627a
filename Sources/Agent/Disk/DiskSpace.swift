package import ContainerRuntime

/// Size and free space of the image file system, in bytes.
package struct DiskSpace: Sendable, Hashable {
  package let capacity: UInt64
  package let available: UInt64

  package init(capacity: UInt64, available: UInt64) {
    self.capacity = capacity
    self.available = min(available, capacity)
  }

  /// Nil where the agent can't see the file system.
  package init?(_ filesystem: ImageFilesystem) {
    guard let capacity = filesystem.capacityBytes, capacity > 0, let available = filesystem.availableBytes else {
      return nil
    }
    self.init(capacity: capacity, available: available)
  }

  package var used: UInt64 { capacity - available }

  package var usedPercent: UInt64 { Self.portion(of: used, times: 100, by: capacity) }

  /// How much may be written until so much is used.
  package func room(upTo percent: UInt64) -> UInt64 {
    let limit = share(percent)
    return limit > used ? limit - used : 0
  }

  /// How much more than that is used.
  package func excess(over percent: UInt64) -> UInt64 {
    let limit = share(percent)
    return used > limit ? used - limit : 0
  }

  private func share(_ percent: UInt64) -> UInt64 { Self.portion(of: capacity, times: percent, by: 100) }

  private static func portion(of value: UInt64, times factor: UInt64, by divisor: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: factor)
    return product.high < divisor ? divisor.dividingFullWidth(product).quotient : .max
  }
}
