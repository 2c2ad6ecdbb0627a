/// No runtime was found. Says where one was looked for and what was there.
package struct RuntimeProbeError: Error, Hashable, CustomStringConvertible {
  package struct Attempt: Sendable, Hashable {
    package var endpoint: String
    package var problem: String
  }

  package var attempts: [Attempt]

  init(attempts: [Attempt]) {
    self.attempts = attempts
  }

  init(endpoint: String, problem: String) {
    attempts = [Attempt(endpoint: MessageScrubber.scrub(endpoint), problem: problem)]
  }

  package var description: String {
    "no container runtime answers; tried " + attempts.map { "\($0.endpoint) (\($0.problem))" }.joined(separator: ", ")
  }
}
