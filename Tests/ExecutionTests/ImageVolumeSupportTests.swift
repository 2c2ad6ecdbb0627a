import Execution
import KubernetesClient
import Testing

@Suite struct ImageVolumeSupportTests {
  @Test(arguments: [
    ("v1.20.2", false), ("v1.31.0", false), ("v1.33.4", false), ("v1.34.9+k3s1", false), ("v1.35.0", true),
    ("v1.36.2", true), ("v1.35.1-gke.100", true), ("v2.0.0", true), ("", false), ("unknown", false),
  ])
  func whichServersAreCertain(version: String, expected: Bool) {
    let server = ServerVersion(major: "1", minor: "0", gitVersion: version)
    #expect(ImageVolumeSupport.isCertain(of: server) == expected)
  }

  @Test(arguments: [
    ("v1.36.2", "containerd://2.1.9+unknown", true), ("v1.35.0", "containerd://2.1.0", true),
    ("v1.35.0+k3s1", "containerd://2.1.5-k3s1", true), ("v1.35.0", "containerd://v2.2.0", true),
    ("v1.35.0", "containerd://2.0.7", false), ("v1.35.0", "containerd://1.7.28", false),
    ("v1.34.3", "containerd://2.1.4", false), ("v1.35.0", "cri-o://1.31.0", true),
    ("v1.35.0", "cri-o://1.30.9", false), ("v1.35.0", "docker://28.0.1", false), ("v1.35.0", "", false),
    ("", "containerd://2.1.4", false), ("v1.35.0", "2.1.4", false),
  ])
  func whichNodesAreCertain(kubelet: String, runtime: String, expected: Bool) {
    let node = NodeSystemInfo(containerRuntimeVersion: runtime, kubeletVersion: kubelet)
    #expect(ImageVolumeSupport.isCertain(of: node) == expected)
  }

  @Test func aNodeThatSaysNothingIsNot() {
    #expect(!ImageVolumeSupport.isCertain(of: nil))
    #expect(!ImageVolumeSupport.isCertain(of: NodeSystemInfo(containerRuntimeVersion: "containerd://2.1.4")))
    #expect(!ImageVolumeSupport.isCertain(of: NodeSystemInfo(kubeletVersion: "v1.35.0")))
  }
}
