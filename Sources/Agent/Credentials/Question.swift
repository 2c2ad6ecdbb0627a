import KubernetesRuntime
import Synchronization

/// A question that is answered once, and who waits for the answer. What was answered is kept until it is taken, no longer.
final class Question<Subject: Sendable, Answer: Sendable>: Sendable {
  let subject: Subject
  private let isAnswered = Latch()
  private let answer: Mutex<Answer?> = Mutex(nil)

  init(_ subject: Subject) {
    self.subject = subject
  }

  func end(_ answer: Answer) {
    self.answer.withLock { $0 = answer }
    isAnswered.open()
  }

  /// - Returns: nil when the task was cancelled before.
  func wait() async -> Answer? {
    guard await isAnswered.wait() else { return nil }
    return answer.withLock { answer in
      defer { answer = nil }
      return answer
    }
  }
}
