{{/* Labels of every object. Call with a list: root, name of the workload. */}}
{{- define "saga-demo.labels" -}}
{{- $root := index . 0 }}
{{- include "saga-demo.selector" . }}
app.kubernetes.io/part-of: saga-demo
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Labels by which a workload finds its pods. Call with a list: root, name of the workload. */}}
{{- define "saga-demo.selector" -}}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
{{- end }}

{{/* Labels of a pod: those that no upgrade of the chart changes. Call with a list: root, name of the workload. */}}
{{- define "saga-demo.podLabels" -}}
{{- include "saga-demo.selector" . }}
app.kubernetes.io/part-of: saga-demo
{{- end }}

{{/* Reference of an image. Call with a list: root, image's values, tag for when they give none. */}}
{{- define "saga-demo.image" -}}
{{- $image := index . 1 }}
{{- $registry := (index . 0).Values.imageRegistry | default $image.registry }}
{{- printf "%s/%s:%s" $registry $image.repository ($image.tag | default (index . 2)) }}
{{- end }}

{{/* Security of a pod; call with the user's id. */}}
{{- define "saga-demo.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* Security of every container. */}}
{{- define "saga-demo.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* What asks Prometheus to scrape; call with the port. */}}
{{- define "saga-demo.scrape" -}}
prometheus.io/scrape: "true"
prometheus.io/port: {{ . | quote }}
{{- end }}

{{/*
The services: where each shows its metrics, and which object says so. Half of them use prometheus-fastapi-instrumentator on the
app's port, the others a middleware of their own with a port of its own; shipping is found by its Service's annotations, the
others by their pods'.
*/}}
{{- define "saga-demo.services" -}}
order: {metricsPort: 8000, annotated: pod}
inventory: {metricsPort: 8000, annotated: pod}
payment: {metricsPort: 9464, annotated: pod}
shipping: {metricsPort: 8000, annotated: service}
notification: {metricsPort: 9464, annotated: pod}
coordinator: {metricsPort: 9464, annotated: pod}
{{- end }}
