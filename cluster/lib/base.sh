# shellcheck shell=bash
# Names, addresses and messages that every part of the cluster tooling uses. Sourced by cluster/cluster.
# shellcheck disable=SC2034  # read by the files that are sourced after this one

HOST_IP=10.77.0.1
BRIDGE=swiftlet0
REGISTRY=$HOST_IP:5000
LOGIN_REGISTRY=$HOST_IP:5001
API_SERVER=https://$HOST_IP:6443
ETCD_CLIENT=http://127.0.0.1:12379
ETCD_PEER=http://127.0.0.1:12380
SERVICE_RANGE=10.96.0.0/16
SERVICE_IP=10.96.0.1
NAMESPACE_PREFIX=swiftlet-
NODE_INIT=$CLUSTER_DIR/node-init
MARKER=.swiftlet-cluster
LOCK_FD=9

STATE=$(realpath -m "${STATE:-$ROOT_DIR/.cache/cluster}")
CACHE=$(realpath -m "${SWIFTLET_CACHE:-$ROOT_DIR/.cache}")

say() { printf 'cluster: %s\n' "$*" >&2; }

die() {
  say "$*"
  exit 1
}

usage_error() {
  say "$*"
  exit 2
}

# Seconds since the shell started the measurement: `begin=$(now_ms)`, then `elapsed $begin`.
now_ms() { date +%s%3N; }
elapsed() { awk -v from="$1" -v to="$(now_ms)" 'BEGIN { printf "%.1f s", (to - from) / 1000 }'; }

# wait_for SECONDS DESCRIPTION COMMAND...: polls the command until it succeeds; dies at the deadline.
wait_for() {
  local seconds=$1 description=$2 deadline
  shift 2
  deadline=$(($(now_ms) + seconds * 1000))
  until "$@" >/dev/null 2>&1; do
    (($(now_ms) < deadline)) || die "gave up after $seconds s: $description"
    sleep 0.1
  done
}

# One change of the cluster at a time. The lock is let go by the end of this process; what it starts doesn't inherit it.
lock_state() {
  mkdir -p "$STATE"
  eval "exec $LOCK_FD>\"\$STATE/lock\""
  flock -w 600 "$LOCK_FD" || die "another cluster command has been working on $STATE for 10 minutes"
}

require_up() {
  [[ -e $STATE/$MARKER && -e $STATE/admin.kubeconfig ]] || die "no cluster is up in $STATE: run 'cluster up'"
}

setting() { cat "$STATE/settings/$1" 2>/dev/null || true; }
