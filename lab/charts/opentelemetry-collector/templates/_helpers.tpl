{{- define "collector.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "collector.labels" -}}
{{ include "collector.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: {{ .Chart.Name }}
app.kubernetes.io/component: agent-collector
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "collector.fullname" -}}
{{ .Values.fullnameOverride | default (printf "%s-%s" .Release.Name .Chart.Name) }}
{{- end }}

{{- define "collector.mebibytes" -}}
{{- if not (regexMatch "^[0-9]+Mi$" .) }}
{{- fail "STAND-IN: a memory limit is known only in Mi" }}
{{- end }}
{{- regexFind "^[0-9]+" . }}
{{- end }}
