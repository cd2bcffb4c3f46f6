{{- define "alertmanager.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "alertmanager.fullname" -}}
{{ .Values.fullnameOverride | default (printf "%s-%s" .Release.Name .Chart.Name) }}
{{- end }}

{{/* Metadata of an object: {root, suffix?}. */}}
{{- define "alertmanager.metadata" -}}
name: {{ include "alertmanager.fullname" .root }}{{ .suffix }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "alertmanager.selector" .root | nindent 2 }}
  app.kubernetes.io/version: {{ .root.Chart.AppVersion }}
  app.kubernetes.io/managed-by: {{ .root.Release.Service }}
  helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}
