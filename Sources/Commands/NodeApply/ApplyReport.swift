import KubernetesClient
package import SwiftletAPI

/// How a run ended: the document of `--output json`. Names are stable; what isn't known is left out.
package struct ApplyReport: Codable, Sendable, Hashable {
  package static let formatVersion = 1

  package enum Result: String, Codable, Sendable, Hashable, CaseIterable {
    /// Everything is as the files say.
    case done = "Done"
    /// Some images failed.
    case failed = "Failed"
    case timedOut = "TimedOut"
    case interrupted = "Interrupted"
    /// The runtime stopped answering.
    case runtimeUnavailable = "RuntimeUnavailable"
    /// Nothing was done: this is what would be.
    case dryRun = "DryRun"
  }

  package struct Image: Codable, Sendable, Hashable {
    /// The normalised reference.
    package var image: String
    package var result: String
    package var reason: String?
    package var message: String?
    package var attempts: Int?
    package var digest: String?
    package var sizeBytes: Int64?
    package var pinned: Bool?

    package init(image: String, result: String) {
      self.image = image
      self.result = result
    }

    package init(_ name: String, _ outcome: ImageOutcome) {
      self.init(image: name, result: outcome.result.rawValue)
      let explains = !outcome.isGood || outcome.result == .kept
      reason = explains ? outcome.image?.reason : nil
      message = explains ? outcome.image?.message : nil
      attempts = outcome.image?.attempts
      digest = outcome.image?.digest
      sizeBytes = outcome.image?.sizeBytes
      pinned = outcome.image?.pinned
    }
  }

  package var formatVersion = ApplyReport.formatVersion
  package var result: Result
  /// What the files name; sorted.
  package var images: [Image]
  /// What an earlier run pulled and the files no longer name; sorted.
  package var removals: [Image]
  package var runtime: RuntimeStatus?
  package var filesystem: FilesystemStatus?
  package var warnings: [String]?
  package var seconds: Double?

  package init(result: Result, images: [Image], removals: [Image], warnings: [String] = []) {
    self.result = result
    self.images = images
    self.removals = removals
    self.warnings = warnings.isEmpty ? nil : warnings
  }

  /// - Parameter ending: how the run ended, where it didn't come to its end by itself.
  package init(_ picture: ApplyPicture, ending: Result?, warnings: [String], seconds: Double) {
    let images = picture.outcomes.sorted { $0.key < $1.key }
    let removals = picture.removals.sorted { $0.key < $1.key }
    let isGood = (images + removals).allSatisfy(\.value.isGood)
    self.init(
      result: isGood && picture.isSettled ? .done : ending ?? .failed,
      images: images.map { Image($0.key, $0.value) }, removals: removals.map { Image($0.key, $0.value) },
      warnings: warnings + (picture.ledgerProblem.map { ["what was pulled can't be remembered: \($0)"] } ?? []))
    runtime = picture.inventory.status?.runtime
    filesystem = picture.inventory.status?.filesystem
    self.seconds = (seconds * 10).rounded() / 10
  }

  /// The status that the program ends with.
  package var exitCode: Int32 {
    switch result {
    case .done, .dryRun: 0
    case .failed: 1
    case .runtimeUnavailable: 3
    case .timedOut: 4
    case .interrupted: 130
    }
  }

  /// `12 images: 9 present, 2 pulled, 1 failed`, and a line for each that isn't as it should be.
  package var lines: [String] {
    var counts: [(String, Int)] = []
    for result in ImageOutcome.Result.allCases.map(\.rawValue) + ["Pull", "Refresh", "Remove"] {
      let count = (images + removals).count { $0.result == result }
      if count > 0 { counts.append((result.lowercased(), count)) }
    }
    let total = images.count == 1 ? "1 image" : "\(images.count) images"
    var lines = ["\(total): " + counts.map { "\($0.1) \($0.0)" }.joined(separator: ", ")]
    let plain: Set<String> = ["Present", "Pulled", "Refreshed", "Removed"]
    for image in images + removals where !plain.contains(image.result) {
      var line = "\(image.result): \(Escaping.visible(image.image))"
      if let reason = image.reason { line += ": \(Escaping.visible(reason))" }
      if let message = image.message { line += ": \(Escaping.visible(message))" }
      if let attempts = image.attempts, attempts > 1 { line += " (\(attempts) attempts)" }
      lines.append(line)
    }
    return lines
  }
}
