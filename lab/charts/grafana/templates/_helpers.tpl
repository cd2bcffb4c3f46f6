{{- define "grafana.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "grafana.labels" -}}
{{ include "grafana.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "grafana.fullname" -}}
{{ .Values.fullnameOverride | default (printf "%s-%s" .Release.Name .Chart.Name) }}
{{- end }}

{{- define "grafana.metadata" -}}
name: {{ include "grafana.fullname" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "grafana.labels" . | nindent 2 }}
{{- end }}

{{/* Keys of one section of grafana.ini. */}}
{{- define "grafana.section" -}}
{{- range $key, $value := . }}
{{ $key }} = {{ kindIs "slice" $value | ternary (toJson $value) $value }}
{{- end }}
{{- end }}

{{/* The files of the ConfigMap: grafana.ini and what is provisioned. */}}
{{- define "grafana.config" -}}
grafana.ini: |
  {{- range $section, $keys := get .Values "grafana.ini" }}
  [{{ $section }}]
  {{- tpl (include "grafana.section" $keys) $ | nindent 2 }}
  {{- end }}
{{- range $file, $content := .Values.datasources }}
{{ $file }}: |
  {{- tpl (toYaml $content) $ | nindent 2 }}
{{- end }}
{{- range $file, $content := .Values.dashboardProviders }}
{{ $file }}: |
  {{- toYaml $content | nindent 2 }}
{{- end }}
{{- end }}
