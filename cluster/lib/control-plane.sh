# shellcheck shell=bash
# etcd, API server, controller manager (kcm) and scheduler on the host's side of the bridge.

CONTROL_PLANE=(etcd apiserver kcm scheduler)

kubectl_admin() { kubectl --kubeconfig "$STATE/admin.kubeconfig" "$@"; }

# Prints the minor version of the Kubernetes binaries in use.
kubernetes_minor() {
  "$(setting kubernetes)/kubelet" --version | sed -E 's/^Kubernetes v1\.([0-9]+).*/\1/'
}

control_plane_pki() {
  pki_authority
  pki_certificate apiserver /CN=kube-apiserver \
    "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:$HOST_IP,IP:$SERVICE_IP"
  pki_certificate admin /O=system:masters/CN=admin DNS:admin
  pki_certificate kcm /CN=system:kube-controller-manager DNS:kcm
  pki_certificate scheduler /CN=system:kube-scheduler DNS:scheduler
  local user
  for user in admin kcm scheduler; do pki_kubeconfig "$user"; done
}

etcd_ready() { [[ $(curl -s --max-time 2 "$ETCD_CLIENT/health") == *true* ]]; }

# A newer Kubernetes may want a newer etcd than the machine's: one that lies beside it is taken.
etcd_program() {
  local beside
  beside=$(setting kubernetes)/etcd
  if [[ -x $beside ]]; then echo "$beside"; else echo etcd; fi
}

etcd_start() {
  process_start etcd "$(etcd_program)" --name swiftlet --data-dir "$STATE/etcd" \
    --listen-client-urls "$ETCD_CLIENT" --advertise-client-urls "$ETCD_CLIENT" \
    --listen-peer-urls "$ETCD_PEER" --initial-advertise-peer-urls "$ETCD_PEER" \
    --initial-cluster "swiftlet=$ETCD_PEER" --auto-compaction-mode=revision --auto-compaction-retention=5000
  wait_for_process 30 etcd etcd_ready
}

apiserver_ready() {
  [[ $(curl -s --max-time 3 --cacert "$STATE/pki/ca.crt" "$API_SERVER/readyz") == ok ]]
}

# Who asked for what: all that Swiftlet's own users ask, and what everybody writes. The bench and tests read it.
apiserver_audit_policy() {
  cat >"$STATE/audit-policy.yaml" <<CONFIG
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - {level: Metadata, userGroups: ["system:serviceaccounts:swiftlet-system"]}
  - {level: Metadata, verbs: [create, update, patch, delete, deletecollection]}
  - level: None
CONFIG
}

apiserver_start() {
  local pki=$STATE/pki
  apiserver_audit_policy
  process_start apiserver "$(setting kubernetes)/kube-apiserver" --etcd-servers="$ETCD_CLIENT" \
    --bind-address="$HOST_IP" --secure-port=6443 --advertise-address="$HOST_IP" --cert-dir="$pki" \
    --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --client-ca-file="$pki/ca.crt" \
    --service-account-key-file="$pki/sa.pub" --service-account-signing-key-file="$pki/sa.key" \
    --service-account-issuer=https://kubernetes.default.svc --service-cluster-ip-range="$SERVICE_RANGE" \
    --authorization-mode=Node,RBAC --allow-privileged=true --enable-aggregator-routing=true \
    --kubelet-preferred-address-types=InternalIP,Hostname \
    --kubelet-client-certificate="$pki/admin.crt" --kubelet-client-key="$pki/admin.key" \
    --audit-policy-file="$STATE/audit-policy.yaml" --audit-log-path="$STATE/log/audit.jsonl" --audit-log-maxsize=200
  wait_for_process 90 apiserver apiserver_ready
}

# Up to Kubernetes 1.23 these two also open a port without TLS, on all addresses.
no_insecure_port() { (($(kubernetes_minor) >= 24)) || echo --port=0; }

kcm_start() {
  # shellcheck disable=SC2046  # no option at all where there is none to give
  process_start kcm "$(setting kubernetes)/kube-controller-manager" --kubeconfig="$STATE/kcm.kubeconfig" \
    --bind-address=127.0.0.1 --leader-elect=false --use-service-account-credentials=true \
    --service-account-private-key-file="$STATE/pki/sa.key" --root-ca-file="$STATE/pki/ca.crt" $(no_insecure_port)
}

scheduler_start() {
  # shellcheck disable=SC2046
  process_start scheduler "$(setting kubernetes)/kube-scheduler" --kubeconfig="$STATE/scheduler.kubeconfig" \
    --bind-address=127.0.0.1 --leader-elect=false $(no_insecure_port)
}

control_plane_component() { # NAME: dies unless it is one
  local component
  for component in "${CONTROL_PLANE[@]}"; do [[ $component != "$1" ]] || return 0; done
  usage_error "no component '$1': it is one of ${CONTROL_PLANE[*]}"
}
