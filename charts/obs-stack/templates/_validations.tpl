{{/*
Combinations of values that would install and then not work. Each validation prints nothing, or lines that say what is wrong and what
to set; all of them are shown at once. tests/chart/test_validations.py asserts every text.
*/}}
{{- define "obs-stack.validate" -}}
{{- $problems := list }}
{{- range list "place" "serviceNames" "adminSecret" "grafanaVolume" "datasource" "dashboards" "dashboardSize" "ruleNames" "rulesMounted" "retention" "volumes" "redis" "networkPolicies" }}
{{- range include (printf "obs-stack.validate.%s" .) $ | splitList "\n" }}
{{- with trim . }}
{{- $problems = append $problems (printf "- %s" .) }}
{{- end }}
{{- end }}
{{- end }}
{{- if $problems }}
{{- fail (printf "these values can't work:\n\n%s\n" (join "\n\n" $problems)) }}
{{- end }}
{{- end }}

{{- define "obs-stack.validate.place" -}}
{{- if ne .Release.Name "obs" }}
The release is called {{ .Release.Name | quote }}, but scrape jobs, network policies and obsdeploy look for pods of release "obs". Install it as: helm upgrade --install obs.
{{- end }}
{{- range dig "datasources" dict .Values.grafana }}
{{- range .datasources }}
{{- $namespace := regexReplaceAll "^https?://prometheus-server[.]([a-z0-9-]+)[.]svc.*$" (.url | default "") "${1}" }}
{{- if and (eq (.uid | default "") "prometheus") (ne $namespace (.url | default "")) (ne $namespace $.Release.Namespace) }}
These values are for namespace {{ $namespace | quote }} (data source, scrape jobs), but the release goes to {{ $.Release.Namespace | quote }}. Install it with --namespace {{ $namespace }}, or take values for yours: obsdeploy render --namespace {{ $.Release.Namespace }}.
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "obs-stack.validate.serviceNames" -}}
{{- if .Values.grafana.enabled }}
{{- $grafana := .Values.grafana }}
{{- if ne (printf "%s:%v" (dig "fullnameOverride" "" $grafana) (dig "service" "port" 80 $grafana)) "grafana:80" }}
Dashboards' links, obsdeploy and the documented port-forwards go to Service grafana, port 80. Leave grafana.fullnameOverride at "grafana" and grafana.service.port at 80.
{{- end }}
{{- end }}
{{- if .Values.prometheus.enabled }}
{{- $server := dig "server" dict .Values.prometheus }}
{{- if ne (printf "%s:%v" (dig "fullnameOverride" "" $server) (dig "service" "servicePort" 80 $server)) "prometheus-server:80" }}
Grafana's data source and obsdeploy go to Service prometheus-server, port 80. Leave prometheus.server.fullnameOverride at "prometheus-server" and prometheus.server.service.servicePort at 80.
{{- end }}
{{- end }}
{{- end }}

{{- define "obs-stack.validate.adminSecret" -}}
{{- if .Values.grafana.enabled }}
{{- $used := dig "admin" "existingSecret" "" .Values.grafana }}
{{- if not $used }}
grafana.admin.existingSecret is empty: Grafana's chart would make a password of its own that a kept volume does not know. Set it to the name of a Secret with keys admin-user and admin-password, or leave it at "obs-grafana-admin" with adminSecret.create=true.
{{- else if and .Values.adminSecret.create (ne $used .Values.adminSecret.name) }}
adminSecret.create makes Secret {{ .Values.adminSecret.name | quote }}, but Grafana reads {{ $used | quote }}. Set adminSecret.create=false to use a Secret of your own, or give adminSecret.name and grafana.admin.existingSecret the same name.
{{- end }}
{{- end }}
{{- end }}

{{- define "obs-stack.validate.grafanaVolume" -}}
{{- $grafana := .Values.grafana }}
{{- $onVolume := and $grafana.enabled (dig "persistence" "enabled" false $grafana) (eq (dig "persistence" "type" "pvc" $grafana) "pvc") }}
{{- $shared := has "ReadWriteMany" (dig "persistence" "accessModes" list $grafana) }}
{{- if and $onVolume (not $shared) (ne (dig "deploymentStrategy" "type" "RollingUpdate" $grafana) "Recreate") }}
Grafana keeps its data on a volume that one pod at a time can use, and grafana.deploymentStrategy.type would start the new pod before the old one ends: an upgrade hangs. Set grafana.deploymentStrategy.type=Recreate, or grafana.persistence.accessModes=[ReadWriteMany].
{{- end }}
{{- end }}

{{- define "obs-stack.validate.datasource" -}}
{{- if .Values.grafana.enabled }}
{{- $uids := list }}
{{- range dig "datasources" dict .Values.grafana }}
{{- range .datasources }}
{{- $uids = append $uids .uid }}
{{- end }}
{{- end }}
{{- if not (has "prometheus" $uids) }}
No data source in grafana.datasources has the uid "prometheus", which every dashboard asks. Add one with uid: prometheus (url: http://prometheus-server).
{{- end }}
{{- end }}
{{- end }}

{{- define "obs-stack.validate.dashboards" -}}
{{- range $name, $content := .Values.extraDashboards }}
{{- $dashboard := $content }}
{{- if kindIs "string" $content }}
{{- $dashboard = fromJson $content }}
{{- end }}
{{- $uid := dig "uid" "" $dashboard }}
{{- if and (kindIs "string" $content) (hasKey $dashboard "Error") }}
extraDashboards.{{ $name }} is not valid JSON ({{ $dashboard.Error }}). Give the dashboard as exported by Grafana ("Export > classic").
{{- else if not $uid }}
extraDashboards.{{ $name }} has no uid, without which its address changes with every installation. Add "uid": "{{ $name }}".
{{- else if $.Files.Get (printf "files/dashboards/%s.json" $uid) }}
extraDashboards.{{ $name }} has the uid {{ $uid | quote }} of a dashboard of this chart: one would hide the other. Give it another uid.
{{- end }}
{{- end }}
{{- end }}

{{- define "obs-stack.validate.dashboardSize" -}}
{{- if not (include "obs-stack.validate.dashboards" . | trim) }}
{{- $size := include "obs-stack.extraDashboards" . | len }}
{{- if gt $size 1000000 }}
extraDashboards comes to {{ $size }} bytes, and a ConfigMap holds 1 MiB. Put the largest dashboards in ConfigMaps of your own and name those in grafana.dashboardsConfigMaps.
{{- end }}
{{- end }}
{{- end }}

{{- define "obs-stack.validate.ruleNames" -}}
{{- range $name, $content := .Values.extraRules }}
{{- if eq $name "release" }}
extraRules.release: obs-rules already has a file release.yaml, by which obsdeploy sees whose rules Prometheus evaluates. Give yours another name.
{{- else if $.Files.Get (printf "files/rules/%s.yaml" $name) }}
extraRules.{{ $name }} would replace this chart's rule file {{ $name }}.yaml, which dashboards read. Give yours another name.
{{- else if not (kindIs "slice" $content.groups) }}
extraRules.{{ $name }} has no list of groups, so Prometheus would refuse its whole configuration. Write it as a Prometheus rule file: groups: [{name: …, rules: […]}].
{{- end }}
{{- end }}
{{- end }}

{{- define "obs-stack.validate.rulesMounted" -}}
{{- if .Values.prometheus.enabled }}
{{- $mounted := false }}
{{- range dig "server" "extraVolumes" list .Values.prometheus }}
{{- if eq (dig "configMap" "name" "" .) "obs-rules" }}
{{- $mounted = true }}
{{- end }}
{{- end }}
{{- if not $mounted }}
prometheus.server.extraVolumes replaces the list that mounts ConfigMap obs-rules, so no recording rule would be there for the dashboards. Repeat the chart's own entries (see values.yaml) before yours.
{{- end }}
{{- end }}
{{- end }}

{{- define "obs-stack.validate.redis" -}}
{{- $exporter := index .Values "prometheus-redis-exporter" "enabled" }}
{{- $job := dig "scrapeConfigs" "redis" dict .Values.prometheus }}
{{- $targets := list }}
{{- if dig "enabled" true $job }}
{{- range dig "static_configs" list $job }}
{{- $targets = concat $targets .targets }}
{{- end }}
{{- end }}
{{- if and $exporter .Values.prometheus.enabled (not $targets) }}
prometheus-redis-exporter.enabled is true, but no Redis is named, so the exporter would look healthy and measure nothing. Name the instances in obsdeploy.yaml (`redis: [{name: carts, address: "redis.shop:6379"}]`) or in prometheus.scrapeConfigs.redis.static_configs, or set prometheus-redis-exporter.enabled=false.
{{- else if and $targets (not $exporter) }}
prometheus.scrapeConfigs.redis has targets, but prometheus-redis-exporter.enabled is false: they would be down for ever. Set prometheus-redis-exporter.enabled=true, or prometheus.scrapeConfigs.redis.enabled=false.
{{- end }}
{{- end }}

{{- define "obs-stack.validate.networkPolicies" -}}
{{- $ingress := and .Values.grafana.enabled (dig "ingress" "enabled" false .Values.grafana) }}
{{- if and .Values.networkPolicies.enabled $ingress (not .Values.networkPolicies.grafanaFrom) }}
grafana.ingress is enabled, but the network policies let nobody in. Name the ingress controller in networkPolicies.grafanaFrom, such as [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress-nginx}}}], or its namespace in obsdeploy.yaml (`grafana.ingress.controllerNamespace`), or set networkPolicies.enabled=false.
{{- end }}
{{- end }}
