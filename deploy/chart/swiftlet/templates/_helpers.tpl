{{- /* Labels of an object: (dict "root" $ "component" "agent"). Plain manifests have none of Helm's. */ -}}
{{- define "swiftlet.labels" -}}
app.kubernetes.io/name: swiftlet
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- if not .root.Values.plain }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}
{{- end -}}

{{- /* What selectors go by, and the controller finds agents by. Never changes. */ -}}
{{- define "swiftlet.selector" -}}
app.kubernetes.io/name: swiftlet
app.kubernetes.io/component: {{ . }}
{{- end -}}

{{- define "swiftlet.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- /* No capability, nothing to write to: every container. */ -}}
{{- define "swiftlet.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- /* Every pod but the agents'. */ -}}
{{- define "swiftlet.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- /* Variables of every container: log, proxies, authorities. */ -}}
{{- define "swiftlet.env" -}}
{{- $values := .Values -}}
{{- if ne $values.logging.level "info" }}
- name: SWIFTLET_LOG_LEVEL
  value: {{ $values.logging.level }}
{{- end }}
{{- if ne $values.logging.format "json" }}
- name: SWIFTLET_LOG_FORMAT
  value: {{ $values.logging.format }}
{{- end }}
{{- with $values.proxy.https }}
- name: HTTPS_PROXY
  value: {{ . | quote }}
{{- end }}
{{- with $values.proxy.http }}
- name: HTTP_PROXY
  value: {{ . | quote }}
{{- end }}
{{- with $values.proxy.noProxy }}
- name: NO_PROXY
  value: {{ . | quote }}
{{- end }}
{{- if $values.privateCA.configMap }}
- name: SSL_CERT_FILE
  value: /etc/swiftlet/authorities/{{ $values.privateCA.key }}
{{- end }}
{{- end -}}

{{- define "swiftlet.authoritiesMount" -}}
{{- if .Values.privateCA.configMap }}
- name: authorities
  mountPath: /etc/swiftlet/authorities
  readOnly: true
{{- end }}
{{- end -}}

{{- define "swiftlet.authoritiesVolume" -}}
{{- with .Values.privateCA }}
{{- if .configMap }}
- name: authorities
  configMap:
    name: {{ .configMap }}
    items:
      - key: {{ .key }}
        path: {{ .key }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* Whether the plugins' configuration needs a mount of its own: it may lie in the folder with the programs. */ -}}
{{- define "swiftlet.providersConfigApart" -}}
{{- if and .config (not (hasPrefix (printf "%s/" .binDir) .config)) }}yes{{ end -}}
{{- end -}}

{{- /* Under the paths that they have on the node, since the configuration may name more of them. */ -}}
{{- define "swiftlet.providersMount" -}}
{{- if .config }}
- name: credential-providers
  mountPath: {{ .binDir }}
  readOnly: true
{{- if include "swiftlet.providersConfigApart" . }}
- name: credential-provider-config
  mountPath: {{ .config }}
  readOnly: true
{{- end }}
{{- end }}
{{- end -}}

{{- /* What isn't there must not be made: the kubelet would take an empty folder for it. */ -}}
{{- define "swiftlet.providersVolume" -}}
{{- if .config }}
- name: credential-providers
  hostPath:
    path: {{ .binDir }}
    type: Directory
{{- if include "swiftlet.providersConfigApart" . }}
- name: credential-provider-config
  hostPath:
    path: {{ .config }}
    type: File
{{- end }}
{{- end }}
{{- end -}}

{{- /* Replicas rather run on different nodes: the component's name. */ -}}
{{- define "swiftlet.spread" -}}
podAntiAffinity:
  preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 100
      podAffinityTerm:
        topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- include "swiftlet.selector" . | nindent 12 }}
{{- end -}}

{{- /* Whether the cluster's API server has ValidatingAdmissionPolicy, which also means rules in definitions. */ -}}
{{- define "swiftlet.hasAdmissionPolicy" -}}
{{- if .Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy" }}yes{{ end -}}
{{- end -}}

{{- define "swiftlet.podDisruptionBudgetVersion" -}}
{{- if or (.Capabilities.APIVersions.Has "policy/v1/PodDisruptionBudget") (semverCompare ">=1.25.0-0" .Capabilities.KubeVersion.Version) -}}
policy/v1
{{- else -}}
policy/v1beta1
{{- end -}}
{{- end -}}

{{- /* What no schema says: combinations that would do something else than they seem to. */ -}}
{{- define "swiftlet.validate" -}}
{{- if and (gt (int .Values.controller.replicas) 1) (not .Values.controller.leaderElection.enabled) }}
{{- fail "controller.replicas is more than 1 without controller.leaderElection.enabled: all of them would plan at once" }}
{{- end }}
{{- if and .Values.webhook.certManager.enabled (not .Values.webhook.enabled) }}
{{- fail "webhook.certManager.enabled without webhook.enabled does nothing" }}
{{- end }}
{{- with .Values.agent.credentialProviders }}
{{- if ne (empty .config) (empty .binDir) }}
{{- fail "agent.credentialProviders.config and agent.credentialProviders.binDir belong together" }}
{{- end }}
{{- end }}
{{- range .Values.secretNamespaces }}
{{- if eq .namespace $.Release.Namespace }}
{{- fail (printf "secretNamespaces: %s is the release's own namespace, whose secrets the controller may get anyway" .namespace) }}
{{- end }}
{{- end }}
{{- end -}}
