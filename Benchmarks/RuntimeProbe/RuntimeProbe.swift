import ArgumentParser
import ContainerRuntime
import OCI

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Works on one node's runtime directly, for comparison: pulls, looks and clears without anything of Swiftlet's.
@main
struct RuntimeProbe: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Talks CRI to the runtime of this node. References are read from standard input, one a line.",
    subcommands: [Pull.self, Await.self, Clear.self])
}

struct Target: ParsableArguments {
  @Option(help: "The runtime's socket.") var endpoint = "unix:///run/containerd/containerd.sock"

  /// Runs `body` with the runtime and the references of standard input.
  func withRuntime(_ body: (CRIRuntime, [ImageReference]) async throws -> Void) async throws {
    var references: [ImageReference] = []
    while let line = readLine() { references.append(try ImageReference(parsing: line)) }
    try await body(try await CRIRuntime.connect(endpoint: endpoint), references)
  }
}

/// Seconds since 1970, as other processes on this machine see them.
private func now() -> Double { Date().timeIntervalSince1970 }

extension RuntimeProbe {
  struct Pull: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Pulls all images and prints the seconds that it took and when it ended (since 1970).")
    @OptionGroup var target: Target
    @Option(help: "How many pulls at the same time.") var inFlight = 1
    @Option(help: "When to begin, in seconds since 1970; at once where it is past.") var at = 0.0

    func run() async throws {
      try await target.withRuntime { runtime, references in
        let wait = at - now()
        if wait > 0 { try await Task.sleep(for: .seconds(wait)) }
        let began = now()
        try await withThrowingTaskGroup(of: Void.self) { group in
          var next = references.makeIterator()
          for _ in 0..<inFlight {
            guard let reference = next.next() else { break }
            group.addTask { _ = try await runtime.pull(PullRequest(reference: reference)) { _ in } }
          }
          while try await group.next() != nil {
            guard let reference = next.next() else { continue }
            group.addTask { _ = try await runtime.pull(PullRequest(reference: reference)) { _ in } }
          }
        }
        let ended = now()
        print(ended - began, ended)
      }
    }
  }

  struct Await: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "await", abstract: "Waits until all images are there and prints when that was (since 1970).")
    @OptionGroup var target: Target
    @Option(help: "Gives up after so many seconds.") var timeout = 120.0

    func run() async throws {
      try await target.withRuntime { runtime, references in
        let end = now() + timeout
        while true {
          let there = Set(try await runtime.images().flatMap { $0.tags + $0.digests })
          if references.allSatisfy({ there.contains($0.normalized) }) { break }
          guard now() < end else { throw ValidationError("not all of \(references.count) images were there in time") }
          try await Task.sleep(for: .milliseconds(40))
        }
        print(now())
      }
    }
  }

  struct Clear: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Removes all these images.")
    @OptionGroup var target: Target

    func run() async throws {
      try await target.withRuntime { runtime, references in
        let wanted = Set(references.map(\.normalized))
        for image in try await runtime.images() where !wanted.isDisjoint(with: image.tags + image.digests) {
          try await runtime.remove(id: image.id)
        }
      }
    }
  }
}
