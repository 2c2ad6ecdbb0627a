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

# The same images once more, for those who log in: the password is read from the standard input. Where it serves already,
# it takes the new login at once, and only that.
login_registry_start() { # USER
  local password
  IFS= read -r password || [[ -n $password ]] || die "registry login wants a password on its standard input"
  htpasswd -niB -C 5 "$1" <<<"$password" 2>/dev/null | grep . >"$STATE/login-registry.htpasswd.new" \
    || die "htpasswd makes no entry for '$1'"
  chmod 600 "$STATE/login-registry.htpasswd.new"
  mv "$STATE/login-registry.htpasswd.new" "$STATE/login-registry.htpasswd"
  cat >"$STATE/login-registry.yml" <<CONFIG
version: 0.1
log: {level: warn}
storage:
  filesystem: {rootdirectory: "$STATE/registry"}
http: {addr: "$LOGIN_REGISTRY"}
auth: {htpasswd: {realm: swiftlet, path: "$STATE/login-registry.htpasswd"}}
CONFIG
  process_start login-registry docker-registry serve "$STATE/login-registry.yml"
  wait_for_process 20 login-registry login_registry_takes "$1" "$password"
}

login_registry_takes() { # USER PASSWORD
  [[ $(printf 'user = "%s:%s"\n' "$1" "$2" \
    | curl -s -K - -o /dev/null -w '%{http_code}' --max-time 2 "http://$LOGIN_REGISTRY/v2/") == 200 ]]
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
