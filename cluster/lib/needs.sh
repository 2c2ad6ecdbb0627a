# shellcheck shell=bash
# What the machine must have: root, namespaces and Debian's packages.

needs_root() {
  [[ $EUID == 0 ]] || die "needs root: network and mount namespaces, bridges and containerd can't be made without it"
}

needs_namespaces() {
  unshare --mount --net --pid --fork true 2>/dev/null \
    || die "this machine allows no new namespaces (unshare --mount --net --pid fails): no node can be started here"
}

# Prints the Debian packages whose programs are missing.
missing_packages() {
  local entry program package
  for entry in etcd:etcd-server containerd:containerd runc:runc /usr/lib/cni/bridge:containernetworking-plugins \
    docker-registry:docker-registry skopeo:skopeo ip:iproute2 tc:iproute2 iptables:iptables conntrack:conntrack \
    openssl:openssl htpasswd:apache2-utils nsenter:util-linux gcc:gcc /usr/include/stdio.h:libc6-dev kubectl:kubernetes-client; do
    program=${entry%%:*} package=${entry#*:}
    if [[ $program == /* ]]; then
      [[ -e $program ]] || echo "$package"
    else
      command -v "$program" >/dev/null || echo "$package"
    fi
  done | sort -u
}

needs_packages() {
  local begin packages
  begin=$(now_ms)
  mapfile -t packages < <(missing_packages)
  ((${#packages[@]})) || return 0
  say "installing Debian packages: ${packages[*]}"
  "$ROOT_DIR/Scripts/install-packages" "${packages[@]}"
  say "packages installed in $(elapsed "$begin")"
}
