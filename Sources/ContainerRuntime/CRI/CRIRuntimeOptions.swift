package import Logging

/// How long a runtime may take, and where its files are.
package struct CRIRuntimeOptions: Sendable {
  /// How long a call that only reads may take.
  package var readTimeout: Duration = .seconds(30)
  /// How long a call that changes something may take: containerd answers after it has freed the space.
  package var changeTimeout: Duration = .seconds(120)
  /// How long one endpoint may take to answer while one is looked for.
  package var probeTimeout: Duration = .seconds(5)
  /// A pull that makes no progress for so long has failed, where the runtime tells about progress.
  package var progressTimeout: Duration = .seconds(300)
  /// A pull that takes longer has failed.
  package var pullTimeout: Duration = .seconds(3600)
  /// How often a running pull's progress is looked up.
  package var progressInterval: Duration = .milliseconds(500)
  /// The folder under which the node's root is mounted; empty where it is our own.
  package var hostRoot = ""
  package var logger: Logger

  package init(logger: Logger = Logger(label: "swiftlet.runtime")) {
    self.logger = logger
  }
}
