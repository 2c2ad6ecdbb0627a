# shellcheck shell=bash
# The configuration files of one node: containerd, CNI and kubelet.

node_containerd_config() { # NAME
  local dir=$STATE/nodes/$1 snapshotter=overlayfs
  # overlayfs can't lie on overlayfs, as in a machine that is a container itself
  [[ $(stat -f -c %T "$dir/images") != overlayfs ]] || snapshotter=native
  # shellcheck disable=SC2153  # REGISTRY is set in base.sh
  cat >"$dir/containerd.toml" <<CONFIG
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  # without CAP_SYS_RESOURCE no sandbox starts otherwise
  restrict_oom_score_adj = true
  sandbox_image = "$REGISTRY/pause:3.10"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$dir/cni.d"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "$dir/certs.d"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "$snapshotter"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
CONFIG
  local registry
  for registry in "$REGISTRY" "$LOGIN_REGISTRY"; do
    mkdir -p "$dir/certs.d/$registry"
    cat >"$dir/certs.d/$registry/hosts.toml" <<CONFIG
server = "http://$registry"
[host."http://$registry"]
  capabilities = ["pull", "resolve"]
CONFIG
  done
}

node_cni_config() { # NAME INDEX
  local dir=$STATE/nodes/$1
  mkdir -p "$dir/cni.d"
  cat >"$dir/cni.d/new" <<CONFIG
{
  "cniVersion": "0.4.0",
  "name": "pods",
  "plugins": [{
    "type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true,
    "ipam": {
      "type": "host-local", "dataDir": "/var/lib/cni/addresses",
      "ranges": [[{"subnet": "$(node_pod_range "$2")"}]], "routes": [{"dst": "0.0.0.0/0"}]
    }
  }]
}
CONFIG
  mv "$dir/cni.d/new" "$dir/cni.d/10-bridge.conflist" # containerd may be reading it
}

node_kubelet_config() { # NAME
  local dir=$STATE/nodes/$1 pki=$STATE/pki
  cat >"$dir/kubelet.yaml" <<CONFIG
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: false}
  x509: {clientCAFile: "$pki/ca.crt"}
authorization: {mode: AlwaysAllow}
tlsCertFile: "$pki/$1.crt"
tlsPrivateKeyFile: "$pki/$1.key"
volumePluginDir: /var/lib/kubelet/volume-plugins
# several kubelets share the machine's cgroups
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
failSwapOn: false
# the nodes share the machine's disk: its being fuller than a node's would be is no pressure
evictionHard: {memory.available: 50Mi, nodefs.available: 64Mi, nodefs.inodesFree: "0%", imagefs.available: 64Mi}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
CONFIG
  (($(kubernetes_minor) < 31)) || echo 'failCgroupV1: false' >>"$dir/kubelet.yaml"
}
