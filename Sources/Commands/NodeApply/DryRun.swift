import Agent
import ContainerRuntime
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import KubernetesClient
import OCI
import SwiftletAPI

/// What a run would do, by what the runtime and the ledger say now. Changes nothing.
struct DryRun: Sendable {
  let manifests: LocalManifests
  let labels: [String: String]
  let ledgerPath: String
  let runtime: any ImageRuntime

  func report() async throws -> ApplyReport {
    let plan = LocalPlan(manifests, labels: labels, attempts: 1, now: { Timestamp(Date()) }, listener: { _ in })
    let spec = await plan.firstPlan()
    let (ledger, problem) = ledger()
    // Containers last, as before a removal.
    let images = try await runtime.images()
    let inspection = RemovalInspection(images: images, containers: try await runtime.containers())
    let observed = ObservedImages(images)
    let wanted = spec.images ?? [:]
    let reports = wanted.sorted { $0.key < $1.key }.map { name, planned -> ApplyReport.Image in
      let there = observed[name: name]
      let checkedAt = ledger.images[name]?.checkedAt
      let isStale = planned.freshAfter.map { fresh in checkedAt.map { $0 < fresh } ?? true } ?? false
      var result = there == nil ? "Pull" : isStale ? "Refresh" : "Present"
      if planned.isOnHold { result = there == nil ? "Paused" : "Present" }
      var image = ApplyReport.Image(image: name, result: result)
      image.sizeBytes = there.map { Int64(clamping: $0.size) }
      image.pinned = there?.pinned
      return image
    }
    let leftovers = ledger.images.filter { name, entry in
      wanted[name] == nil && entry.isOurs && entry.retention == .delete && observed[name: name] != nil
    }
    let removals = leftovers.keys.sorted().map { name -> ApplyReport.Image in
      var image = ApplyReport.Image(image: name, result: "Remove")
      if let reason = keeps(name, inspection, ledger, leftovers: Set(leftovers.keys), wanted: Set(wanted.keys)) {
        image.result = ImageOutcome.Result.kept.rawValue
        image.reason = reason
      }
      return image
    }
    var report = ApplyReport(
      result: .dryRun, images: reports, removals: removals, warnings: manifests.warnings + (problem.map { [$0] } ?? []))
    let information = try await runtime.information()
    var status = RuntimeStatus()
    status.name = information.name
    status.version = information.version
    status.endpoint = information.endpoint
    status.features = information.features.map(\.rawValue).sorted()
    report.runtime = status
    return report
  }

  /// Why an image would stay although nothing names it; nil where it would go.
  private func keeps(
    _ name: String, _ inspection: RemovalInspection, _ ledger: Ledger, leftovers: Set<String>, wanted: Set<String>
  ) -> String? {
    do throws(ImageReferenceError) {
      let decision = RemovalDecision.decide(
        try ImageReference(parsing: name), inspection: inspection, isRemovable: { leftovers.contains($0) },
        isWanted: { wanted.contains($0) }, isOurPin: { ledger.pins.contains($0) })
      switch decision {
      case .inUse: return "InUse"
      case .pinned: return "Pinned"
      case .forget: return "SharedImage"
      case .gone, .remove, .untag: return nil
      }
    } catch {
      return "InvalidReference"
    }
  }

  /// Reads the ledger and leaves the file as it is, whatever is in it.
  private func ledger() -> (ledger: Ledger, problem: String?) {
    guard FileManager.default.fileExists(atPath: ledgerPath) else { return (Ledger(), nil) }
    do {
      return (try JSONDecoder().decode(Ledger.self, from: Data(contentsOf: URL(filePath: ledgerPath))), nil)
    } catch {
      return (Ledger(), "the ledger \(ledgerPath) can't be read; what was pulled before isn't known")
    }
  }
}
