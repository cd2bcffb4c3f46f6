{{/* Labels of every object of ours. */}}
{{- define "obs-stack.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: obs-stack
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/*
Rule files by name, as a YAML map: those of the chart and the user's. The file of the release itself is not among them,
because it carries their hash.
*/}}
{{- define "obs-stack.ruleFiles" -}}
{{- $files := dict }}
{{- range $path, $_ := .Files.Glob "files/rules/*.yaml" }}
{{- $_ := set $files (base $path) ($.Files.Get $path) }}
{{- end }}
{{- range $name, $content := .Values.extraRules }}
{{- $_ := set $files (printf "%s.yaml" $name) (toYaml $content) }}
{{- end }}
{{- toYaml $files }}
{{- end }}

{{/* Hash over names and contents of all rule files: equal if, and only if, Prometheus evaluates this release's rules. */}}
{{- define "obs-stack.rulesHash" -}}
{{- include "obs-stack.ruleFiles" . | sha256sum }}
{{- end }}

{{/*
One dashboard, given as {name, content (JSON text or map), refresh}: as compact JSON, because an object of the API server
and Helm's own record of the release may not exceed 1 MiB.
*/}}
{{- define "obs-stack.dashboard" -}}
{{- $dashboard := .content }}
{{- if kindIs "string" $dashboard }}
{{- $dashboard = mustFromJson $dashboard }}
{{- end }}
{{- mustToJson (set $dashboard "refresh" .refresh) }}
{{- end }}

{{/* The shipped dashboards, one `<uid>.json: text` a line, as a YAML map. */}}
{{- define "obs-stack.ownDashboards" -}}
{{- $files := dict }}
{{- range $path, $_ := .Files.Glob "files/dashboards/*.json" }}
{{- $_ := set $files (base $path) (include "obs-stack.dashboard" (dict "content" ($.Files.Get $path) "refresh" $.Values.dashboardRefresh)) }}
{{- end }}
{{- toYaml $files }}
{{- end }}

{{/* The user's dashboards, as a YAML map; the file's name is the dashboard's uid, so that two of one uid can't hide each other. */}}
{{- define "obs-stack.extraDashboards" -}}
{{- $files := dict }}
{{- range $name, $content := .Values.extraDashboards }}
{{- $json := include "obs-stack.dashboard" (dict "content" $content "refresh" $.Values.dashboardRefresh) }}
{{- $_ := set $files (printf "%s.json" ((mustFromJson $json).uid | default $name)) $json }}
{{- end }}
{{- toYaml $files }}
{{- end }}

{{/* Selector labels of a component's pods, given as {root, chart, component}; `component` only for Prometheus' server. */}}
{{- define "obs-stack.podLabels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}
