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

extension LocalManifests {
  /// Reads files; `-` is standard input.
  package static func read(_ files: [String]) throws(ManifestProblems) -> LocalManifests {
    try LocalManifests(try ManifestDocument.read(files))
  }
}

extension ManifestDocument {
  /// The documents of all files; `-` is standard input.
  package static func read(_ files: [String]) throws(ManifestProblems) -> [ManifestDocument] {
    var documents: [ManifestDocument] = []
    var problems: [ManifestProblem] = []
    for file in files {
      do throws(ManifestProblem) {
        documents += try read(try bytes(of: file), file: file)
      } catch {
        problems.append(error)
      }
    }
    guard problems.isEmpty else { throw ManifestProblems(problems) }
    return documents
  }

  private static func bytes(of file: String) throws(ManifestProblem) -> [UInt8] {
    if file == "-" { return try standardInput() }
    do {
      return [UInt8](try Data(contentsOf: URL(filePath: file)))
    } catch {
      let exists = FileManager.default.fileExists(atPath: file)
      throw ManifestProblem(file: file, message: exists ? "can't be read" : "there is no such file")
    }
  }

  /// All of it, whatever it is: a file, a pipe or a terminal.
  private static func standardInput() throws(ManifestProblem) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while bytes.count <= maxBytes {
      let count = buffer.withUnsafeMutableBytes { readSome(STDIN_FILENO, $0) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw ManifestProblem(file: "-", message: "can't be read") }
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    return bytes
  }
}

private func readSome(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
  read(descriptor, buffer.baseAddress, buffer.count)
}
