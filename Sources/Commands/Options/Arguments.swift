import ArgumentParser
import KubernetesClient
package import Observability

/// A duration above zero as Go writes it, such as `90s` or `1h30m`.
package struct DurationArgument: ExpressibleByArgument, Sendable, Hashable {
  package let duration: Duration

  package init(_ duration: Duration) {
    self.duration = duration
  }

  package init?(argument: String) {
    guard let duration = GoDuration.parse(argument), duration > .zero else { return nil }
    self.duration = duration
  }

  package var defaultValueDescription: String { GoDuration.format(duration) }
}

/// How long to wait: a duration as Go writes it, or `0` for not at all.
package struct PatienceArgument: ExpressibleByArgument, Sendable, Hashable {
  package let duration: Duration

  package init(_ duration: Duration) {
    self.duration = duration
  }

  package init?(argument: String) {
    guard let duration = GoDuration.parse(argument), duration >= .zero else { return nil }
    self.duration = duration
  }

  package var defaultValueDescription: String { GoDuration.format(duration) }
}

/// Where to listen: `host:port`, `:port`, or `0` for nowhere.
package struct AddressArgument: ExpressibleByArgument, Sendable, Hashable {
  package let address: ListenAddress?

  package init(_ address: ListenAddress?) {
    self.address = address
  }

  package init?(argument: String) {
    if argument == "0" {
      address = nil
    } else {
      guard let parsed = ListenAddress(argument) else { return nil }
      address = parsed
    }
  }

  package var defaultValueDescription: String { address?.description ?? "0" }
}

/// A TCP port, or 0 for none.
package struct PortArgument: ExpressibleByArgument, Sendable, Hashable {
  package let number: Int

  package init(_ number: Int) {
    self.number = number
  }

  package init?(argument: String) {
    guard let number = UInt16(argument) else { return nil }
    self.number = Int(number)
  }

  package var defaultValueDescription: String { "\(number)" }
}

/// A percentage from 1 to 100.
package struct PercentArgument: ExpressibleByArgument, Sendable, Hashable {
  package let percent: Int

  package init?(argument: String) {
    guard let percent = Int(argument), (1...100).contains(percent) else { return nil }
    self.percent = percent
  }

  package var defaultValueDescription: String { "\(percent)" }
}

/// `true` or `false`.
package enum SwitchArgument: String, CaseIterable, ExpressibleByArgument, Sendable {
  case `true`, `false`
}

/// Labels as `a=b,c=d`.
package struct LabelsArgument: ExpressibleByArgument, Sendable, Hashable {
  package let labels: [String: String]

  package init(_ labels: [String: String]) {
    self.labels = labels
  }

  package init?(argument: String) {
    var labels: [String: String] = [:]
    for pair in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, labels.updateValue(String(parts[1]), forKey: String(parts[0])) == nil
      else { return nil }
    }
    self.labels = labels
  }
}
