{{- define "loki.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "loki.labels" -}}
{{ include "loki.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "loki.fullname" -}}
{{ .Values.fullnameOverride | default (printf "%s-%s" .Release.Name .Chart.Name) }}
{{- end }}

{{- define "loki.ports" -}}
- {name: http-metrics, port: 3100, targetPort: http-metrics, protocol: TCP}
- {name: grpc, port: 9095, targetPort: grpc, protocol: TCP}
- {name: grpclb, port: 9096, targetPort: grpc, protocol: TCP}
{{- end }}

{{- define "loki.mebibytes" -}}
{{- if not (regexMatch "^[0-9]+[GM]i$" .) }}
{{- fail "STAND-IN: a memory limit is known only in Mi or Gi" }}
{{- end }}
{{- mul (regexFind "^[0-9]+" . | int64) (hasSuffix "Gi" . | ternary 1024 1) }}
{{- end }}
