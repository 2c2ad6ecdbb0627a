# shellcheck shell=bash
# One certificate authority for the cluster, and a kubeconfig for each who talks to the API server.

pki_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

pki_authority() {
  mkdir -p "$STATE/pki"
  chmod 700 "$STATE/pki"
  [[ -s $STATE/pki/ca.crt ]] && return 0
  pki_key "$STATE/pki/sa.key"
  openssl pkey -in "$STATE/pki/sa.key" -pubout -out "$STATE/pki/sa.pub"
  pki_key "$STATE/pki/ca.key"
  openssl req -x509 -new -key "$STATE/pki/ca.key" -subj /CN=swiftlet-cluster-ca -days 3650 -out "$STATE/pki/ca.crt"
}

pki_certificate() { # NAME SUBJECT SUBJECT_ALTERNATIVE_NAMES
  local file=$STATE/pki/$1
  [[ -s $file.crt ]] && return 0
  pki_key "$file.key"
  openssl req -new -key "$file.key" -subj "$2" -out "$file.csr"
  printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$3" >"$file.ext"
  openssl x509 -req -in "$file.csr" -CA "$STATE/pki/ca.crt" -CAkey "$STATE/pki/ca.key" \
    -set_serial "0x$(openssl rand -hex 16)" -days 3650 -extfile "$file.ext" -out "$file.crt" 2>/dev/null
  rm -f "$file.csr" "$file.ext"
}

pki_kubeconfig() { # NAME
  (
    umask 077
    cat >"$STATE/$1.kubeconfig" <<CONFIG
apiVersion: v1
kind: Config
clusters:
- name: swiftlet
  cluster:
    server: $API_SERVER
    certificate-authority-data: $(base64 -w0 "$STATE/pki/ca.crt")
users:
- name: $1
  user:
    client-certificate-data: $(base64 -w0 "$STATE/pki/$1.crt")
    client-key-data: $(base64 -w0 "$STATE/pki/$1.key")
contexts:
- name: swiftlet
  context: {cluster: swiftlet, user: $1}
current-context: swiftlet
CONFIG
  )
}
