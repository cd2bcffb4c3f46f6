{{- define "redis-exporter.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "redis-exporter.labels" -}}
{{ include "redis-exporter.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "redis-exporter.fullname" -}}
{{ .Values.fullnameOverride | default (printf "%s-%s" .Release.Name .Chart.Name) }}
{{- end }}

{{- define "redis-exporter.metadata" -}}
name: {{ include "redis-exporter.fullname" . }}
labels:
  {{- include "redis-exporter.labels" . | nindent 2 }}
{{- end }}
