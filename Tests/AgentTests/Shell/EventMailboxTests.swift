import Agent
import ContainerRuntime
import KubernetesClient
import SwiftletAPI
import Testing

@Suite("Mailbox")
struct EventMailboxTests {
  @Test("hints, plans and progress are merged; what ends an action is kept, in order")
  func merging() {
    let mailbox = EventMailbox()
    for step in 0..<100 {
      mailbox.post(.runtimeChanged)
      mailbox.post(.plan(nil))
      mailbox.post(.pullProgressed(name: "a", id: 1, PullProgress(transferredBytes: UInt64(step), totalBytes: nil)))
    }
    mailbox.post(.pullEnded(name: "a", id: 1, .pulled))
    mailbox.post(.ledgerSaved(revision: 1, failure: nil))
    let events = mailbox.take()
    #expect(events.count == 5)
    guard case .pullProgressed(_, 1, let progress) = events[0], case .pullEnded = events[1],
      case .ledgerSaved = events[2], case .plan = events[3], case .runtimeChanged = events[4]
    else {
      Issue.record("\(events)")
      return
    }
    #expect(progress.transferredBytes == 99)
    #expect(mailbox.take().isEmpty)
  }

  @Test("a waiter wakes for an event, at its deadline, and when it is cancelled")
  func waiting() async {
    let mailbox = EventMailbox()
    await mailbox.wait(until: .now + .milliseconds(10))
    #expect(mailbox.take().isEmpty)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await mailbox.wait(until: .now + .seconds(600)) }
      mailbox.post(.timer)
      await group.waitForAll()
    }
    #expect(mailbox.take().count == 1)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await mailbox.wait(until: .now + .seconds(600)) }
      group.cancelAll()
    }
  }
}
