# shellcheck shell=bash
# Takes away everything that the cluster made, whatever part of it is there.

# Containers that were ended with their node leave empty cgroups.
remove_cgroups() {
  local id folder
  [[ -s $STATE/settings/containers ]] || return 0
  while read -r id; do
    [[ $id =~ ^[0-9a-zA-Z_.-]+$ ]] || continue
    for folder in /sys/fs/cgroup/k8s.io/"$id" /sys/fs/cgroup/*/k8s.io/"$id"; do
      [[ ! -d $folder ]] || find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done
  done <"$STATE/settings/containers"
  rmdir /sys/fs/cgroup/k8s.io /sys/fs/cgroup/*/k8s.io 2>/dev/null || true
}

remove_made_folders() {
  local folder
  [[ -e $STATE/settings/made-folders ]] || return 0
  while read -r folder; do rmdir "$folder" 2>/dev/null || true; done < <(tac "$STATE/settings/made-folders")
}

remove_state() { # keeps the logs
  local mounted
  mounted=$(awk -v state="$STATE/" 'index($5, state) == 1 { print $5 }' /proc/self/mountinfo)
  [[ -z $mounted ]] || die "something is still mounted under $STATE, which is left as it is: $mounted"
  rm -rf --one-file-system "${STATE:?}"/{nodes,etcd,registry,pki,run,settings,registry.yml,audit-policy.yaml,login-registry.{yml,htpasswd},"$MARKER"}
  rm -f "$STATE"/*.kubeconfig
}

cluster_down() {
  local begin name component
  begin=$(now_ms)
  if [[ ! -e $STATE/$MARKER ]]; then
    say "nothing is up in $STATE"
    return 0
  fi
  for name in $(node_names); do node_down "$name"; done
  for component in scheduler kcm apiserver registry login-registry etcd; do process_stop "$component" 2; done
  network_down
  remove_cgroups
  remove_made_folders
  remove_state
  say "down in $(elapsed "$begin"); logs are in $STATE/log"
}
