package import ContainerRuntime
package import Execution
package import OCI

/// Says which images the runtime has.
package struct ImageLook: Sendable {
  private let runtime: any ImageRuntime
  private let references: [ImageReference]

  package init(runtime: any ImageRuntime, references: [ImageReference]) {
    self.runtime = runtime
    self.references = references
  }

  package func run() async -> JobReport {
    do throws(RuntimeError) {
      let images = try await runtime.images()
      var present: [Int: String] = [:]
      for (index, reference) in references.enumerated() {
        guard let image = images.first(where: { $0.isNamed(reference) }) else { continue }
        let digest = image.digest(for: reference)?.description ?? ""
        present[index] = digest.hasPrefix("sha256:") ? String(digest.dropFirst("sha256:".count)) : ""
      }
      return JobReport(present: present)
    } catch {
      return JobReport(error: error.message)
    }
  }
}
