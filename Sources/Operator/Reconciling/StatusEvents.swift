package import KubernetesClient
import KubernetesRuntime

/// What is worth an event when an object's conditions change: that it became ready, and that something needs a person.
package struct StatusEvent: Sendable, Hashable {
  package var isWarning: Bool
  package var reason: String
  package var note: String

  package init(isWarning: Bool, reason: String, note: String) {
    self.isWarning = isWarning
    self.reason = reason
    self.note = note
  }

  /// The events of one status write: only of what it changed.
  package static func events(from old: [Condition], to new: [Condition]) -> [StatusEvent] {
    var events: [StatusEvent] = []
    if let ready = new.condition("Ready"), ready.status == .yes, !old.isTrue("Ready") {
      events.append(StatusEvent(isWarning: false, reason: "Ready", note: ready.message))
    }
    if let degraded = new.condition("Degraded"), degraded.status == .yes,
      !old.isTrue("Degraded") || old.condition("Degraded")?.reason != degraded.reason
    {
      events.append(StatusEvent(isWarning: true, reason: degraded.reason, note: degraded.message))
    }
    return events
  }
}

/// Where events go.
package protocol EventSink: Sendable {
  func record(_ event: StatusEvent, regarding object: ObjectReference, action: String)
}
