# shellcheck shell=bash
# Brings the cluster up, or what is missing of it.

# Later calls must mean the same binaries as the first.
remember_binary() { # SETTING PATH
  local known
  known=$(setting "$1")
  if [[ -n $known && $known != "$2" ]]; then
    die "the cluster is up with $known, not $2: run 'cluster down' first"
  fi
  echo "$2" >"$STATE/settings/$1"
}

choose_binaries() { # KUBERNETES_DIR CONTAINERD_FILE, either may be empty
  local kubernetes=${1:-$(setting kubernetes)} containerd=${2:-$(setting containerd)} program
  if [[ -z $kubernetes ]]; then
    kubernetes=$CACHE/kubernetes-1.20.2
    "$CLUSTER_DIR/build-kubernetes" "$kubernetes"
  fi
  kubernetes=$(realpath -m "$kubernetes")
  for program in kube-apiserver kube-controller-manager kube-scheduler kubelet; do
    [[ -x $kubernetes/$program ]] || die "$kubernetes/$program isn't there or can't be run"
  done
  containerd=$(realpath -m "${containerd:-$(command -v containerd)}")
  [[ -x $containerd ]] || die "$containerd isn't there or can't be run"
  remember_binary kubernetes "$kubernetes"
  remember_binary containerd "$containerd"
  if (($(kubernetes_minor) < 23)) && [[ $("$containerd" --version) =~ \ v?([2-9]|[1-9][0-9])\. ]]; then
    die "kubelets before 1.23 can't speak to $containerd: containerd 2 and later have no CRI v1alpha2 (1.6 and 1.7 do)"
  fi
}

pause_image() {
  local tags
  tags=$(curl -s --max-time 5 "http://$REGISTRY/v2/pause/tags/list")
  [[ $tags == *'"3.10"'* ]] || "$CLUSTER_DIR/synthetic-image" "$REGISTRY/pause:3.10" >/dev/null
}

cluster_up() { # NODES KUBERNETES_DIR CONTAINERD_FILE IMAGE_DISK_SIZE
  local begin step name names
  begin=$(now_ms)
  mkdir -p "$STATE"/{log,run,settings,nodes}
  [[ -e $STATE/$MARKER ]] || rm -f "$STATE"/log/{*.log,audit*} # those of the cluster before
  touch "$STATE/$MARKER"
  network_up
  choose_binaries "$2" "$3"
  say "$("$(setting kubernetes)/kubelet" --version), $("$(setting containerd)" --version | awk '{print $1, $3}'), state in $STATE"
  step=$(now_ms)
  control_plane_pki
  registry_start
  etcd_start
  apiserver_start
  kcm_start
  scheduler_start
  pause_image
  say "control plane and registry ($REGISTRY) up in $(elapsed "$step")"
  step=$(now_ms)
  mapfile -t names < <({ node_names; seq -f 'node%.0f' "$1"; } | sort -uV)
  for name in "${names[@]}"; do node_register "$name" "$4"; done
  nodes_up "${names[@]}"
  say "${#names[@]} nodes Ready in $(elapsed "$step"): ${names[*]}"
  say "up in $(elapsed "$begin"); export KUBECONFIG=$STATE/admin.kubeconfig"
}
