# shellcheck shell=bash
# The image registry on the host's side of the bridge, without TLS and without a password.

registry_ready() { [[ $(curl -s -o /dev/null -w '%{http_code}' --max-time 2 "http://$REGISTRY/v2/") == 200 ]]; }

registry_start() {
  mkdir -p "$STATE/registry"
  cat >"$STATE/registry.yml" <<CONFIG
version: 0.1
log: {level: warn}
storage:
  filesystem: {rootdirectory: "$STATE/registry"}
  delete: {enabled: true}
http: {addr: "$REGISTRY"}
CONFIG
  process_start registry docker-registry serve "$STATE/registry.yml"
  wait_for_process 20 registry registry_ready
}

# Limits what all nodes together get from the registry; other traffic of the bridge isn't touched.
registry_slow() { # RATE|off
  tc qdisc del dev "$BRIDGE" root 2>/dev/null || true
  [[ $1 != off ]] || return 0
  tc qdisc add dev "$BRIDGE" root handle 1: htb default 2
  tc class add dev "$BRIDGE" parent 1: classid 1:1 htb rate "$1" burst 32kbit quantum 60000
  tc class add dev "$BRIDGE" parent 1: classid 1:2 htb rate 10gbit quantum 60000
  tc filter add dev "$BRIDGE" parent 1: protocol ip prio 1 u32 match ip sport 5000 0xffff flowid 1:1
}
