{{- define "prometheus.selector" -}}
app.kubernetes.io/component: server
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "prometheus.labels" -}}
{{ include "prometheus.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion }}
app.kubernetes.io/part-of: {{ .Chart.Name }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "prometheus.fullname" -}}
{{ .Values.server.fullnameOverride | default (printf "%s-%s-server" .Release.Name .Chart.Name) }}
{{- end }}

{{- define "prometheus.clusterRoleName" -}}
{{ .Values.server.clusterRoleNameOverride | default (include "prometheus.fullname" .) }}
{{- end }}

{{/* Metadata of an object: {root, annotations?}, and {clusterRole: true} for one outside of any namespace. */}}
{{- define "prometheus.metadata" -}}
{{- if .clusterRole }}
name: {{ include "prometheus.clusterRoleName" .root }}
{{- else }}
name: {{ include "prometheus.fullname" .root }}
namespace: {{ .root.Release.Namespace }}
{{- end }}
labels:
  {{- include "prometheus.labels" .root | nindent 2 }}
{{- with .annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
