#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
import Dispatch
import KubernetesClient

/// The ledger's file. Whatever happens while it is written, it holds the old or the new ledger, whole.
package struct LedgerStore: Sendable {
  /// What was read.
  package struct Loaded: Sendable {
    package var ledger = Ledger()
    /// Why the file couldn't be used, if so; the ledger is empty then, so nothing is removed that was pulled before.
    package var problem: String?
  }

  package let path: String
  /// Writing waits for the disk: that must not hold up other tasks.
  private let queue = DispatchQueue(label: "swiftlet.ledger")

  package init(path: String) {
    self.path = path
  }

  /// Whether there is a file, whatever is in it.
  package var exists: Bool { access(path, F_OK) == 0 || errno != ENOENT }

  /// Reads the file. One that can't be understood is moved aside.
  package func load() -> Loaded {
    guard access(path, F_OK) == 0 else {
      return errno == ENOENT ? Loaded() : unusable(FileFailure("open", path, code: errno).description)
    }
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path))
    } catch {
      return unusable("can't read \(path): \(error)")
    }
    do {
      return Loaded(ledger: try JSONDecoder().decode(Ledger.self, from: data))
    } catch {
      let aside = path + ".damaged"
      let moved =
        rename(path, aside) == 0 ? "moved to \(aside)" : FileFailure("move aside", path, code: errno).description
      return unusable("\(path) isn't a ledger that this version knows; \(moved)")
    }
  }

  private func unusable(_ problem: String) -> Loaded {
    Loaded(problem: problem + "; images that were pulled before count as found and are not removed")
  }

  /// Replaces the file, and returns once the disk has it.
  package func save(_ ledger: Ledger) async throws {
    let data = try JSONValue.canonicalData(ledger)
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      queue.async {
        do {
          try replace(with: data)
          continuation.resume()
        } catch {
          continuation.resume(throwing: error)
        }
      }
    }
  }

  private func replace(with data: Data) throws(FileFailure) {
    let temporary = path + ".new"
    let file = try open(temporary, O_WRONLY | O_CREAT | O_TRUNC)
    do throws(FileFailure) {
      try write(data, to: file, temporary)
      guard fsync(file) == 0 else { throw FileFailure("flush", temporary, code: errno) }
    } catch {
      close(file)
      throw error
    }
    guard close(file) == 0 else { throw FileFailure("close", temporary, code: errno) }
    guard rename(temporary, path) == 0 else { throw FileFailure("replace", path, code: errno) }
    let folder = String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))
    let directory = try open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY)
    defer { close(directory) }
    guard fsync(directory) == 0 else { throw FileFailure("flush", folder, code: errno) }
  }

  /// Removes the file. One that isn't there is no error.
  package func remove() throws(FileFailure) {
    guard unlink(path) != 0, errno != ENOENT else { return }
    throw FileFailure("remove", path, code: errno)
  }

  private func open(_ path: String, _ flags: Int32) throws(FileFailure) -> Int32 {
    #if canImport(Glibc)
      let file = Glibc.open(path, flags | O_CLOEXEC, 0o600)
    #elseif canImport(Musl)
      let file = Musl.open(path, flags | O_CLOEXEC, 0o600)
    #else
      let file = Darwin.open(path, flags | O_CLOEXEC, 0o600)
    #endif
    guard file >= 0 else { throw FileFailure("open", path, code: errno) }
    return file
  }

  private func write(_ data: Data, to file: Int32, _ path: String) throws(FileFailure) {
    var rest = [UInt8](data)[...]
    while !rest.isEmpty {
      #if canImport(Glibc)
        let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      #elseif canImport(Musl)
        let count = rest.withUnsafeBytes { Musl.write(file, $0.baseAddress, $0.count) }
      #else
        let count = rest.withUnsafeBytes { Darwin.write(file, $0.baseAddress, $0.count) }
      #endif
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw FileFailure("write", path, code: errno) }
      rest = rest.dropFirst(count)
    }
  }
}
