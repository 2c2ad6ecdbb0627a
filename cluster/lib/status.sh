# shellcheck shell=bash
# What runs and what doesn't.

state_of() { if process_alive "$1"; then echo running; else echo stopped; fi; }

cluster_status() {
  local name component
  if [[ ! -e $STATE/$MARKER ]]; then
    echo "no cluster in $STATE"
    return 3
  fi
  printf '%-14s %s\n' kubernetes "$("$(setting kubernetes)/kubelet" --version) ($(setting kubernetes))"
  printf '%-14s %s\n' containerd "$(setting containerd)"
  printf '%-14s %s (%s)\n' registry "$(state_of registry)" "$REGISTRY"
  for component in "${CONTROL_PLANE[@]}"; do printf '%-14s %s\n' "$component" "$(state_of "$component")"; done
  for name in $(node_names); do
    printf '%-14s %s, containerd %s, kubelet %s, link %s\n' "$name" "$(node_ip "$(node_index "$name")")" \
      "$(state_of "$name-containerd")" "$(state_of "$name-kubelet")" \
      "$(cat "/sys/class/net/$(node_link "$name")/operstate" 2>/dev/null || echo none)"
  done
  kubectl_admin get nodes --request-timeout=5s 2>&1 || true
}
