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

/// `true` or `false`.
package enum SwitchArgument: String, CaseIterable, ExpressibleByArgument, Sendable {
  case `true`, `false`
}
