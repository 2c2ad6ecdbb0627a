package import KubernetesClient

/// kube-fledged's Helm values, read with what its chart says where they are silent.
package struct KubeFledgedValues: Sendable {
  /// What its chart knows, with its defaults. Objects with no keys may have any.
  static let defaults: [String: JSONValue] = [
    "controllerReplicaCount": 1, "webhookServerReplicaCount": 1,
    "controller.hostNetwork": false, "controller.priorityClassName": "",
    "webhookServer.enable": true, "webhookServer.hostNetwork": false, "webhookServer.priorityClassName": "",
    "image.kubefledgedControllerRepository": "docker.io/senthilrch/kubefledged-controller",
    "image.kubefledgedCRIClientRepository": "docker.io/senthilrch/kubefledged-cri-client",
    "image.kubefledgedWebhookServerRepository": "docker.io/senthilrch/kubefledged-webhook-server",
    "image.busyboxImageRepository": "senthilrch/busybox", "image.busyboxImageVersion": "1.35.0",
    "image.pullPolicy": "Always",
    "command.kubefledgedControllerCommand": ["/opt/bin/kubefledged-controller"],
    "command.kubefledgedWebhookServerCommand": ["/opt/bin/kubefledged-webhook-server"],
    "args.controllerLogLevel": "INFO", "args.controllerImagePullDeadlineDuration": "5m",
    "args.controllerImageCacheRefreshFrequency": "15m", "args.controllerImagePullPolicy": "IfNotPresent",
    "args.controllerServiceAccountName": "", "args.controllerImageDeleteJobHostNetwork": false,
    "args.controllerJobPriorityClassName": "", "args.controllerJobRetentionPolicy": "delete",
    "args.controllerCRISocketPath": "", "args.controllerJobsMaxSurge": 0, "args.webhookServerLogLevel": "INFO",
    "args.webhookServerCertFile": "/var/run/secrets/webhook-server/tls.crt",
    "args.webhookServerKeyFile": "/var/run/secrets/webhook-server/tls.key", "args.webhookServerPort": 443,
    "validatingWebhookCABundle": nil, "imagePullSecrets": [], "nameOverride": "", "fullnameOverride": "",
    "serviceAccount.create": true, "serviceAccount.name": nil, "clusterRole.create": true, "clusterRole.name": nil,
    "clusterRoleBinding.create": true, "clusterRoleBinding.name": nil, "validatingWebhook.create": true,
    "validatingWebhook.name": nil, "secret.name": nil, "podSecurityContext": [:], "securityContext": [:],
    "service": ["type": "ClusterIP", "port": 80],
    "webhookService": ["create": true, "type": "ClusterIP", "port": 3443, "targetPort": 443],
    "ingress": [
      "enabled": false, "annotations": [:], "hosts": [["host": "chart-example.local", "paths": []]], "tls": [],
    ], "resources": [:], "nodeSelector": [:], "tolerations": [],
    "affinity": [:],
  ]

  /// How many unknown keys are told at most.
  private static let maxUnknown = 50

  private let root: JSONValue
  /// What is wrong with the values.
  package private(set) var problems: [String] = []

  /// - Parameter document: of a values file, of `helm get values`, or a KubeFledged object of the Helm operator.
  package init(_ document: JSONValue) {
    let values = document["kind"]?.string == "KubeFledged" ? document["spec"] ?? [:] : document
    root = Self.set(values)
    var unknown: [String] = []
    Self.collect(root, path: "", &unknown)
    problems = unknown.prefix(Self.maxUnknown).map { "\($0): kube-fledged's chart knows no such value" }
    if unknown.count > Self.maxUnknown { problems.append("and \(unknown.count - Self.maxUnknown) more unknown values") }
  }

  /// What is null isn't given, at any depth.
  private static func set(_ value: JSONValue) -> JSONValue {
    guard let fields = value.object else { return value }
    return .object(fields.filter { $0.value != .null }.mapValues(set))
  }

  private static func collect(_ value: JSONValue, path: String, _ unknown: inout [String]) {
    for (key, element) in (value.object ?? [:]).sorted(by: { $0.key < $1.key }) {
      let place = path.isEmpty ? key : "\(path).\(key)"
      // What `helm get values` prints first.
      if path.isEmpty, key == "USER-SUPPLIED VALUES" || key == "global" { continue }
      if defaults[place] != nil { continue }
      let isKnown = defaults.keys.contains { $0.hasPrefix(place + ".") }
      guard isKnown, element.object != nil else {
        unknown.append(isKnown ? "\(place) (has to hold values of its own)" : place)
        continue
      }
      collect(element, path: place, &unknown)
    }
  }

  /// What was given, and isn't the default anyway.
  func given(_ path: String) -> JSONValue? {
    var value: JSONValue? = root
    for key in path.split(separator: ".") { value = value?[String(key)] }
    guard let value, value != Self.defaults[path] ?? .null, value != "", value != [], value != [:] else { return nil }
    return value
  }

  /// Text that isn't empty; a number or a truth value counts as text, as Helm writes it.
  mutating func text(_ path: String) -> String? {
    switch given(path) {
    case nil: return nil
    case .string(let text): return text.isEmpty ? nil : text
    case .integer(let number): return "\(number)"
    case .bool(let value): return "\(value)"
    default:
      problems.append("\(path): has to be text")
      return nil
    }
  }

  mutating func flag(_ path: String) -> Bool? {
    switch given(path) {
    case nil: return nil
    case .bool(let value): return value
    case .string("true"): return true
    case .string("false"): return false
    default:
      problems.append("\(path): has to be true or false")
      return nil
    }
  }

  mutating func number(_ path: String, in range: ClosedRange<Int64>) -> Int64? {
    guard let value = given(path) else { return nil }
    guard let number = value.integer ?? value.string.flatMap({ Int64($0) }), range.contains(number) else {
      problems.append("\(path): has to be a whole number from \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return number
  }

  mutating func object(_ path: String) -> JSONValue? {
    guard let value = given(path) else { return nil }
    guard value.object != nil else {
      problems.append("\(path): has to be an object")
      return nil
    }
    return value
  }

  mutating func list(_ path: String) -> [JSONValue]? {
    guard let value = given(path) else { return nil }
    guard let list = value.array else {
      problems.append("\(path): has to be a list")
      return nil
    }
    return list
  }

  mutating func wrong(_ problem: String) { problems.append(problem) }
}
