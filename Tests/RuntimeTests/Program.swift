import Foundation

/// A program that runs beside a test, and ends with it: it also sees the end of its standard input when the test is
/// killed.
final class Program: Sendable {
  let process: Process
  private let input: Pipe
  let log: String

  /// - Parameters:
  ///   - path: of the program.
  ///   - log: the file for what it prints.
  init(_ path: String, _ arguments: [String], log: String) throws {
    process = Process()
    input = Pipe()
    self.log = log
    try Data().write(to: URL(filePath: log))
    let output = try FileHandle(forWritingTo: URL(filePath: log))
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.standardInput = input
    process.standardOutput = output
    process.standardError = output
    try process.run()
  }

  /// The last lines that it printed.
  var lastWords: String {
    do {
      return try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").suffix(5).joined(separator: "\n")
    } catch {
      return "\(error)"
    }
  }

  func stop() {
    do { try input.fileHandleForWriting.close() } catch { print("\(log): \(error)") }
    process.terminate()
    process.waitUntilExit()
  }

  /// Runs a program to its end and returns what it printed.
  @discardableResult
  static func run(_ path: String, _ arguments: [String]) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let text = String(decoding: data, as: UTF8.self)
    guard process.terminationStatus == 0 else { throw ProgramFailure(program: path, output: text) }
    return text
  }
}

struct ProgramFailure: Error, CustomStringConvertible {
  let program: String
  let output: String
  var description: String { "\(program): \(output.suffix(1000))" }
}
