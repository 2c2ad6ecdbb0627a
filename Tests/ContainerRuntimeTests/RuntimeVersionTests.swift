import ContainerRuntime
import OCI
import Testing

@Suite struct RuntimeVersionTests {
  typealias Sample = (name: String, version: String, features: Set<RuntimeFeature>)

  static let samples: [Sample] = [
    ("containerd", "1.6.20~ds1", [.events, .progress]),
    ("containerd", "1.7.0", [.events, .progress, .pins]),
    ("containerd", "v1.7.27-k3s1", [.events, .progress, .pins]),
    ("containerd", "v2.1.4", [.events, .progress, .pins]),
    ("containerd", "1.10.0", [.events, .progress, .pins]),
    ("containerd", "unknown", [.events, .progress]),
    ("cri-o", "1.31.0", []),
    ("docker", "27.0.1", []),
  ]

  @Test(arguments: samples)
  func featuresFollowTheVersion(sample: Sample) {
    #expect(RuntimeVersion.features(ofRuntime: sample.name, version: sample.version) == sample.features)
  }

  @Test(arguments: [
    ("docker.io", "https://registry-1.docker.io"),
    ("https://index.docker.io/v1/", "https://registry-1.docker.io"),
    ("r.test:5000", "https://r.test:5000"),
    ("http://r.test/v2/", "http://r.test"),
    ("", "https://mirror.test:5000"),
  ])
  func credentialsAreBoundToTheRegistry(address: String, expected: String) throws {
    let reference = try ImageReference(parsing: "mirror.test:5000/a")
    #expect(PullRequest.serverAddress(address, for: reference) == expected)
  }

  @Test(arguments: [("[::1]:5000/a", "::1"), ("r.test:5000/a", "r.test"), ("nginx", "docker.io")])
  func contentIsLabelledByHost(reference: String, host: String) throws {
    #expect(ContentStore.host(of: try ImageReference(parsing: reference)) == host)
  }
}
