/// What a person can do about a reason.
package enum Advice {
  /// One sentence; nil for a reason that isn't known here.
  package static func sentence(for reason: String) -> String? {
    switch reason {
    case "NotFound": "The registry has no such image or tag: check the name, or push the image."
    case "Unauthorized":
      "The registry wants a login, or refuses the one it got: name a secret with a good one in spec.pullSecrets "
        + "(docs/private-registries.md)."
    case "Forbidden": "The registry knows the credentials but they may not read this image: ask for the right to pull."
    case "DNS": "The node can't resolve the registry's name: check the host name and the node's DNS."
    case "ConnectionRefused": "Nothing answers at the registry's address: check the port, and that the registry runs."
    case "Timeout": "The registry answers too slowly or not at all: check the network between node and registry."
    case "TLS": "The node doesn't trust the registry's certificate, or it speaks plain HTTP: set its CA in the runtime."
    case "RateLimited": "The registry limits pulls: wait, log in, use a mirror, or lower the budget."
    case "DiskFull":
      "The image doesn't fit on the node's image file system: free space, enlarge it, or select fewer images."
    case "DiskPressure": "The node is short of disk and its kubelet frees space: nothing is pulled until that is over."
    case "SecretMissing": "A pull secret of the set doesn't exist: create it, or correct spec.pullSecrets."
    case "SecretUnreadable":
      "The controller may not read a pull secret: give it the right in that namespace (docs/private-registries.md)."
    case "SecretInvalid": "A pull secret holds no Docker configuration that can be read: make it anew."
    case "CredentialsUnavailable":
      "The node's agent can't get credentials from the controller: check that it runs and can be reached from the nodes."
    case "CredentialPluginFailed":
      "A credential-provider plugin fails on the node: the message names it; run it there by hand "
        + "(docs/private-registries.md)."
    case "Paused":
      "Nothing is pulled or removed until `swiftlet resume`, or until spec.paused of the set is taken back."
    case "WrongPlatform": "The image has no variant for the node's platform: build one, or narrow the node selector."
    case "RuntimeUnavailable": "The node's container runtime doesn't answer: check it and its socket on the node."
    case "InUse": "A container uses the image, so it stays until that has ended."
    case "InvalidSpec": "Correct the images that the message names; the others are taken care of meanwhile."
    case "NoMatchingNodes": "No node has the labels that the set selects: check spec.nodes.selector."
    case "NoReachableNodes": "The selected nodes can't be worked on now; the message says why (docs/operations.md)."
    case "NoImages": "Name at least one image that can be used in spec.images."
    case "PlanTooLarge": "Too many images meet on one node: select fewer, or split the nodes between the sets."
    case "PlatformConflict": "Two sets want different platforms of one image on a node: agree on one."
    case "NoPod":
      "A Job got no pod: look for a quota or an admission policy in the events of the Job's namespace."
    case "Unschedulable": "A Job's pod fits nowhere: make room on the node, or have Jobs tolerate its taints."
    case "StarterUnavailable":
      "The image that pull Jobs start with can't be had on the node: check --job-starter-image and its registry."
    case "ImageRewritten":
      "An admission webhook put another image into a Job's pod: exempt pods of Swiftlet's Jobs from it."
    case "JobForbidden":
      "The controller may not make Jobs in the pull secret's namespace: give it the right there "
        + "(docs/examples/jobs-role.yaml)."
    case "JobRefused": "The API server takes no such Job: the message says what stands against it."
    case "Vanished":
      "The kubelet pulled it, but the agent doesn't see it: check that both use the same runtime (--runtime-endpoint)."
    case "Evicted", "PodLost", "TwoPods", "JobVanished":
      "Something took a Job or its pod away; it is tried again by itself."
    case "Other": "See the message; the agent's log on that node says more."
    default: nil
    }
  }
}
