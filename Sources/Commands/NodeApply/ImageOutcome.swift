package import SwiftletAPI

/// What became of one image.
package struct ImageOutcome: Sendable, Hashable {
  package enum Result: String, Codable, Sendable, Hashable, CaseIterable {
    /// It was there already.
    case present = "Present"
    case pulled = "Pulled"
    /// It was there, and was compared with the registry again.
    case refreshed = "Refreshed"
    case failed = "Failed"
    /// Its set is paused, and it isn't there.
    case paused = "Paused"
    case removed = "Removed"
    /// It isn't named any more, and stays: see the reason.
    case kept = "Kept"
    // These three only while work goes on, or where it was cut short.
    case waiting = "Waiting"
    case pulling = "Pulling"
    case retrying = "Retrying"
  }

  package var result: Result
  package var image: NodeImage?
  /// A refresh failed, and the old copy is there.
  package var isThere = false

  package init(_ result: Result, _ image: NodeImage?) {
    self.result = result
    self.image = image
  }

  package var isFinal: Bool {
    switch result {
    case .present, .pulled, .refreshed, .failed, .paused, .removed, .kept: true
    case .waiting, .pulling, .retrying: false
    }
  }

  package var isGood: Bool { isFinal && result != .failed }
}
