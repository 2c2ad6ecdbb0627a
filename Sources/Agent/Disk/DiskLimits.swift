/// How full the image file system may get.
package struct DiskLimits: Sendable, Hashable {
  /// The kubelet's own: above it, it collects images (`imageGCHighThresholdPercent`).
  package static let standard = DiskLimits(maxUsedPercent: 85)

  /// A pull must not fill it further than that, and above it the disk is under pressure.
  package let maxUsedPercent: UInt64

  /// - Parameter maxUsedPercent: from 1 to 100; taken as the nearest of these.
  package init(maxUsedPercent: Int) {
    self.maxUsedPercent = UInt64(min(max(maxUsedPercent, 1), 100))
  }

  /// Pressure is over at or below this. The kubelet collects images down to as much below its threshold.
  package var calmPercent: UInt64 { maxUsedPercent > 5 ? maxUsedPercent - 5 : 0 }
}
