# shellcheck shell=bash
# One bridge for all; each node hangs on it with a veth pair. Everything stays on 10.77.0.0/24 inside the machine.

FORWARD_RULE=(-i "$BRIDGE" -o "$BRIDGE" -m comment --comment swiftlet-cluster -j ACCEPT)

network_is_ours() { [[ $(setting bridge) == "$(cat "/sys/class/net/$BRIDGE/ifindex" 2>/dev/null)" ]]; }

network_must_be_free() {
  [[ ! -e /sys/class/net/$BRIDGE ]] || network_is_ours \
    || die "the bridge $BRIDGE exists and isn't this cluster's: another cluster is up on this machine (one at a time)"
}

network_up() {
  [[ ! -e /sys/class/net/$BRIDGE ]] || return 0
  mountpoint -q /run/netns || touch "$STATE/settings/netns-mount" # `ip netns add` makes it one
  ip link add "$BRIDGE" type bridge
  cat "/sys/class/net/$BRIDGE/ifindex" >"$STATE/settings/bridge"
  ip addr add "$HOST_IP/24" dev "$BRIDGE"
  ip link set "$BRIDGE" up
  # where a firewall drops forwarded packets and bridged packets pass through it, nodes couldn't reach each other
  if iptables -w -S FORWARD 2>/dev/null | grep -q '^-P FORWARD DROP'; then
    iptables -w -I FORWARD "${FORWARD_RULE[@]}"
  fi
}

network_down() {
  [[ -n $(setting bridge) ]] || return 0
  while iptables -w -D FORWARD "${FORWARD_RULE[@]}" 2>/dev/null; do :; done
  if network_is_ours; then ip link del "$BRIDGE"; fi
  if [[ -e $STATE/settings/netns-mount && -z $(ls /run/netns 2>/dev/null) ]]; then
    umount /run/netns 2>/dev/null || true
    rmdir /run/netns 2>/dev/null || true
  fi
}

node_namespace() { echo "$NAMESPACE_PREFIX$1"; }
node_link() { echo "sw-$1"; }
node_ip() { echo "10.77.0.$((10 + $1))"; }        # INDEX
node_pod_range() { echo "10.88.$1.0/24"; }        # INDEX

node_network_up() { # NAME INDEX
  local namespace link ip
  namespace=$(node_namespace "$1") link=$(node_link "$1") ip=$(node_ip "$2")
  [[ -e /run/netns/$namespace ]] && return 0
  ip netns add "$namespace"
  ip link add "$link" type veth peer name eth0 netns "$namespace"
  ip link set "$link" master "$BRIDGE" up
  ip -n "$namespace" link set lo up
  ip -n "$namespace" addr add "$ip/24" dev eth0
  ip -n "$namespace" link set eth0 up
  ip -n "$namespace" route add "$SERVICE_RANGE" via "$HOST_IP"
  # nodes have no way out; said at once, programs that look for a cloud's metadata don't wait for answers
  ip -n "$namespace" route add unreachable default
  local chain
  for chain in OUTPUT PREROUTING; do # stands in for kube-proxy: the API server's service address
    nsenter --net="/run/netns/$namespace" iptables -w -t nat -A "$chain" -d "$SERVICE_IP/32" -p tcp --dport 443 \
      -j DNAT --to-destination "$HOST_IP:6443"
  done
  nsenter --net="/run/netns/$namespace" sysctl -qw net.ipv4.ip_forward=1
}

# The host and every node reach every node's pods.
node_routes() { # NAME INDEX
  local name=$1 index=$2 other other_index
  ip route replace "$(node_pod_range "$index")" via "$(node_ip "$index")"
  for other in $(node_names); do
    [[ $other != "$name" ]] || continue
    other_index=$(node_index "$other")
    ip -n "$(node_namespace "$name")" route replace "$(node_pod_range "$other_index")" via "$(node_ip "$other_index")"
    # a node that is still starting sets this route itself
    ip -n "$(node_namespace "$other")" route replace "$(node_pod_range "$index")" via "$(node_ip "$index")" 2>/dev/null \
      || true
  done
}

node_network_down() { # NAME
  local namespace link
  namespace=$(node_namespace "$1") link=$(node_link "$1")
  ip link del "$link" 2>/dev/null || true
  ip netns del "$namespace" 2>/dev/null || true
}
