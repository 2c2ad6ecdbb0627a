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
/// What the program leaves running in the background is not waited for.
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
  // files, not pipes: neither side can block the other, and what goes on in the background holds nothing open
  let files = (0...2).map { folder.appending(path: "\($0)") }
  try Data((input ?? "").utf8).write(to: files[0])

  // not Foundation's Process: it waits for every descendant that inherited its socket
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addopen(&actions, 0, files[0].path, O_RDONLY, 0)
  for number in 1...2 {
    posix_spawn_file_actions_addopen(
      &actions, Int32(number), files[number].path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  }
  let words = [program] + arguments
  var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
  defer { for word in argv { free(word) } }
  var pid = pid_t()
  let problem = posix_spawnp(&pid, program, &actions, nil, &argv, environ)
  guard problem == 0 else {
    throw CommandFailure(
      command: words.joined(separator: " "), status: problem, output: String(cString: strerror(problem)))
  }
  var status: Int32 = 0
  while waitpid(pid, &status, 0) == -1, errno == EINTR {}
  let text = String(decoding: try Data(contentsOf: files[1]), as: UTF8.self)
  guard status == 0 else {
    let reason = String(decoding: try Data(contentsOf: files[2]), as: UTF8.self)
    throw CommandFailure(command: words.joined(separator: " "), status: status >> 8, output: text + reason)
  }
  return text
}
