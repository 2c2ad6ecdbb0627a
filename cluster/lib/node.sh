# shellcheck shell=bash
# A node: a holder process keeps its namespaces; containerd and kubelet run in them and can be restarted one by one.

node_names() { (cd "$STATE/nodes" 2>/dev/null && ls -1) || true; }
node_index() { cat "$STATE/nodes/$1/index"; }
node_must_exist() { [[ -n $1 && -e $STATE/nodes/$1/index ]] || die "no node '$1' here; there are: $(node_names | paste -sd' ')"; }

node_next_index() {
  local index name
  for ((index = 1; index < 240; index++)); do
    for name in $(node_names); do [[ $(node_index "$name") != "$index" ]] || continue 2; done
    echo "$index"
    return 0
  done
  die "no address left for another node"
}

# Folders of the machine that a node's own are mounted on; those that had to be made are removed again by down.
node_mount_points() {
  local folder
  for folder in /var/lib/containerd /var/lib/kubelet /var/lib/swiftlet /var/lib/cni /var/log/pods \
    /var/log/containers /run/containerd /run/netns; do
    [[ -d $folder ]] && continue
    mkdir -p "$folder"
    echo "$folder" >>"$STATE/settings/made-folders"
  done
}

node_run() { # NAME COMMAND...: inside the node, replaces this process
  local name=$1 holder runtime
  shift
  holder=$(process_id "$name-holder") || die "$name isn't running"
  runtime=$(dirname "$(setting containerd)")
  exec nsenter -t "$holder" -m -n -p -- env "PATH=$runtime:$PATH" "$@"
}

# Prints the id of the process's only child.
child_of() { # PID
  local child
  child=$(cat "/proc/$1/task/$1/children" 2>/dev/null) || return 1
  [[ -n $child ]] || return 1
  echo "${child%% *}"
}

# nsenter stays as the parent outside the node; the child is what is recorded.
node_daemon() { # NODE DAEMON COMMAND...
  local name=$1 daemon=$2 parent child
  shift 2
  process_alive "$name-$daemon" && return 0
  (
    cd /
    export -n KUBECONFIG
    node_run_detached "$name" "$STATE/log/$name-$daemon.log" "$@"
  )
  parent=$(cat "$STATE/run/$name-$daemon.parent")
  wait_for 10 "$daemon on $name to start" child_of "$parent"
  child=$(child_of "$parent") || die "$daemon on $name ended at once; see $STATE/log/$name-$daemon.log"
  process_record "$name-$daemon" "$child" || die "$daemon on $name ended at once; see $STATE/log/$name-$daemon.log"
  rm -f "$STATE/run/$name-$daemon.parent"
}

node_run_detached() { # NODE LOG COMMAND...
  local name=$1 log=$2 holder runtime
  shift 2
  holder=$(process_id "$name-holder") || die "$name isn't running"
  runtime=$(dirname "$(setting containerd)")
  setsid nsenter -t "$holder" -m -n -p -- env "PATH=$runtime:$PATH" "$@" >>"$log" 2>&1 </dev/null 9>&- &
  echo $! >"$STATE/run/$(basename "$log" .log).parent"
}

# The node's own files, seen from outside. A restart of containerd changes nothing about it.
node_socket() { # NODE
  local holder
  holder=$(process_id "$1-holder") || die "$1 isn't running"
  echo "/proc/$holder/root/run/containerd/containerd.sock"
}

runtime_socket_answers() { # NODE
  (node_run "$1" ctr --connect-timeout 2s version)
}

node_start_runtime() { # NODE
  node_daemon "$1" containerd "$(setting containerd)" --config "$STATE/nodes/$1/containerd.toml"
  wait_for_process 30 "$1-containerd" runtime_socket_answers "$1"
}

node_start_kubelet() { # NODE
  local flags=(--container-runtime-endpoint=unix:///run/containerd/containerd.sock)
  (($(kubernetes_minor) >= 24)) || flags+=(--container-runtime=remote)
  node_daemon "$1" kubelet "$(setting kubernetes)/kubelet" --kubeconfig="$STATE/$1.kubeconfig" \
    --config="$STATE/nodes/$1/kubelet.yaml" --hostname-override="$1" --node-ip="$(node_ip "$(node_index "$1")")" \
    "${flags[@]}"
}

node_start_holder() { # NODE
  local dir=$STATE/nodes/$1 size
  process_alive "$1-holder" && return 0
  process_alive "$1-unshare" || rm -f "$dir/initialised"
  size=$(cat "$dir/image-disk" 2>/dev/null || true)
  # not `ip netns exec`, which mounts another /sys and hides the cgroups
  process_start "$1-unshare" nsenter --net="/run/netns/$(node_namespace "$1")" \
    unshare --mount --pid --fork --kill-child --mount-proc --propagation private "$NODE_INIT" "$dir" ${size:+"$size"}
  wait_for 10 "the namespaces of $1 (see $STATE/log/$1-unshare.log)" test -e "$dir/initialised"
  local parent child
  parent=$(process_id "$1-unshare") || die "$1 ended at once; see $STATE/log/$1-unshare.log"
  child=$(child_of "$parent") || die "$1 ended at once; see $STATE/log/$1-unshare.log"
  process_record "$1-holder" "$child"
}

# Gives the node its address and its folders; the rest can then be done for several nodes at once.
node_register() { # NAME [IMAGE_DISK_SIZE]
  local dir=$STATE/nodes/$1 index
  node_mount_points
  [[ ! -e $dir/index ]] || return 0
  index=$(node_next_index)
  mkdir -p "$dir"/{images,kubelet,swiftlet,cni,log/pods,log/containers}
  [[ -z ${2:-} ]] || echo "$2" >"$dir/image-disk"
  echo "$index" >"$dir/index"
}

node_up() { # NAME, which is registered
  local name=$1 index
  index=$(node_index "$name")
  pki_certificate "$name" "/O=system:nodes/CN=system:node:$name" "DNS:$name,IP:$(node_ip "$index")"
  pki_kubeconfig "$name"
  node_containerd_config "$name"
  node_cni_config "$name" "$index"
  node_kubelet_config "$name"
  node_network_up "$name" "$index"
  node_routes "$name" "$index"
  node_start_holder "$name"
  node_start_runtime "$name"
  node_start_kubelet "$name"
  node_wait_ready "$name"
}

nodes_up() { # NAME...
  local name pid pids=() failed=0
  for name in "$@"; do
    node_up "$name" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=$((failed + 1)); done
  ((failed == 0)) || die "$failed of $# nodes didn't come up"
}

node_ready() { # NAME
  [[ $(kubectl_admin get node "$1" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}') == True ]]
}

# The kubelet reports Ready as soon as it can, and not only 10 s later, when its Node has a range of pod addresses.
node_assign_range() { # NAME
  local range
  range=$(node_pod_range "$(node_index "$1")")
  kubectl_admin patch node "$1" --type=merge -p "{\"spec\":{\"podCIDR\":\"$range\",\"podCIDRs\":[\"$range\"]}}"
}

node_wait_ready() {
  wait_for_process 60 "$1-kubelet" node_assign_range "$1"
  wait_for_process 120 "$1-kubelet" node_ready "$1"
}

# Ends everything in the node and takes its links away. Its folder stays.
node_down() { # NAME
  local name=$1 id
  node_container_ids "$name" >>"$STATE/settings/containers" 2>/dev/null || true
  for id in kubelet containerd holder unshare; do process_stop "$name-$id" 0; done
  node_network_down "$name"
}

node_container_ids() { # NAME
  local holder
  holder=$(process_id "$1-holder") || return 0
  ls "/proc/$holder/root/run/containerd/io.containerd.runtime.v2.task/k8s.io" 2>/dev/null || true
}
