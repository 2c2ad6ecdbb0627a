import Foundation

/// A command that ended with something other than 0.
struct CommandFailure: Error, CustomStringConvertible {
  let command: String
  let status: Int32
  let output: String

  var description: String { "\(command) ended with \(status): \(output.suffix(2000))" }
}

/// Runs a program found in PATH (or by its path), without a shell, and returns what it printed.
///
/// - Throws: `CommandFailure` where it doesn't end with 0, with its output and its errors.
@discardableResult
func command(_ program: String, _ arguments: [String], input: String? = nil) async throws -> String {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue.global().async {
      continuation.resume(with: Result { try runBlocking(program, arguments, input: input) })
    }
  }
}

private func runBlocking(_ program: String, _ arguments: [String], input: String?) throws -> String {
  let folder = FileManager.default.temporaryDirectory.appending(path: "swiftlet-test-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  // files, not pipes: neither side can block the other, whatever the size
  let output = folder.appending(path: "out")
  let errors = folder.appending(path: "err")
  let standardInput = folder.appending(path: "in")
  for file in [output, errors] { try Data().write(to: file) }
  try Data((input ?? "").utf8).write(to: standardInput)

  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [program] + arguments
  process.standardInput = try FileHandle(forReadingFrom: standardInput)
  process.standardOutput = try FileHandle(forWritingTo: output)
  process.standardError = try FileHandle(forWritingTo: errors)
  try process.run()
  process.waitUntilExit()
  let text = String(decoding: try Data(contentsOf: output), as: UTF8.self)
  guard process.terminationStatus == 0 else {
    let reason = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
    throw CommandFailure(
      command: ([program] + arguments).joined(separator: " "), status: process.terminationStatus,
      output: text + reason)
  }
  return text
}
