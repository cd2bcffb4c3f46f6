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

{{/* Bytes in a Kubernetes quantity (8Gi, 8G) or a size as Prometheus writes it (8GB: powers of 1024). */}}
{{- define "obs-stack.bytes" -}}
{{- $factors := dict "" 1 "B" 1 }}
{{- range $power, $letter := list "" "K" "M" "G" "T" "P" "E" }}
{{- if $power }}
{{- $binary := 1 }}
{{- $decimal := 1 }}
{{- range until $power }}
{{- $binary = mul $binary 1024 }}
{{- $decimal = mul $decimal 1000 }}
{{- end }}
{{- $_ := set $factors (printf "%si" $letter) $binary }}
{{- $_ := set $factors (printf "%sB" $letter) $binary }}
{{- $_ := set $factors (printf "%siB" $letter) $binary }}
{{- $_ := set $factors $letter $decimal }}
{{- end }}
{{- end }}
{{- $_ := set $factors "k" 1000 }}
{{- mulf (regexFind "^[0-9.]+" . | float64) (get $factors (regexFind "[A-Za-z]*$" .)) | int64 }}
{{- end }}

{{- define "obs-stack.validate.retention" -}}
{{- $server := dig "server" dict .Values.prometheus }}
{{- $retention := dig "retentionSize" "" $server }}
{{- if and .Values.prometheus.enabled $retention (dig "persistentVolume" "enabled" true $server) }}
{{- $size := dig "persistentVolume" "size" "8Gi" $server }}
{{- $volume := include "obs-stack.bytes" (toString $size) | int64 }}
{{- if gt (include "obs-stack.bytes" (toString $retention) | float64) (mulf $volume 0.9) }}
prometheus.server.retentionSize {{ $retention }} does not fit on the volume of {{ $size }}: it would fill up before Prometheus deletes anything. Set it to at most {{ div (div (mul $volume 8) 10) 1048576 }}MB (80 % of the volume; `retention.size` in obsdeploy.yaml), or enlarge prometheus.server.persistentVolume.size (`storage.prometheus`).
{{- end }}
{{- end }}
{{- end }}

{{/* Sizes of volumes that are there already; on a cluster only, since it has to ask. */}}
{{- define "obs-stack.validate.volumes" -}}
{{- $server := dig "server" dict .Values.prometheus }}
{{- $alertmanager := dig "alertmanager" dict .Values.prometheus }}
{{- if and .Values.prometheus.enabled (dig "persistentVolume" "enabled" true $server) }}
{{- $asked := dict "asked" (dig "persistentVolume" "size" "8Gi" $server) "key" "prometheus.server.persistentVolume.size (`storage.prometheus` in obsdeploy.yaml)" }}
{{ include "obs-stack.validate.claim" (merge $asked (include "obs-stack.claim" (dict "root" . "name" "prometheus-server") | fromJson)) }}
{{- end }}
{{- if and .Values.grafana.enabled (dig "persistence" "enabled" false .Values.grafana) }}
{{- $asked := dict "asked" (dig "persistence" "size" "10Gi" .Values.grafana) "key" "grafana.persistence.size (`storage.grafana` in obsdeploy.yaml)" }}
{{ include "obs-stack.validate.claim" (merge $asked (include "obs-stack.claim" (dict "root" . "name" "grafana") | fromJson)) }}
{{- end }}
{{- if and .Values.prometheus.enabled $alertmanager.enabled (dig "persistence" "enabled" true $alertmanager) }}
{{- $found := lookup "apps/v1" "StatefulSet" .Release.Namespace "alertmanager" | default dict }}
{{- range dig "spec" "volumeClaimTemplates" list $found }}
{{ include "obs-stack.validate.claimTemplate" (dict "found" .spec.resources.requests.storage "asked" (dig "persistence" "size" "" $alertmanager) "namespace" $.Release.Namespace) }}
{{- end }}
{{- end }}
{{- end }}

{{/* What is known of a claim, given as {root, name}: {name, namespace, found, class, expandable} as JSON; {} if there is none. */}}
{{- define "obs-stack.claim" -}}
{{- $claim := lookup "v1" "PersistentVolumeClaim" .root.Release.Namespace .name | default dict }}
{{- if $claim }}
{{- $class := dig "spec" "storageClassName" "" $claim }}
{{- $found := lookup "storage.k8s.io/v1" "StorageClass" "" $class | default dict }}
{{- dict "name" .name "namespace" .root.Release.Namespace "found" $claim.spec.resources.requests.storage "class" $class "expandable" (dig "allowVolumeExpansion" false $found) | toJson }}
{{- else }}
{{- dict | toJson }}
{{- end }}
{{- end }}

{{- define "obs-stack.validate.claim" -}}
{{- if .found }}
{{- $asked := include "obs-stack.bytes" (toString .asked) | int64 }}
{{- $found := include "obs-stack.bytes" (toString .found) | int64 }}
{{- $remedy := printf "Set %s to %s, or delete the volume and what is on it: kubectl delete pvc %s -n %s." .key .found .name .namespace }}
{{- if lt $asked $found }}
Volume {{ .name }} has {{ .found }}, and no volume can shrink to {{ .asked }}. {{ $remedy }}
{{- else if and (gt $asked $found) (not .expandable) }}
Volume {{ .name }} has {{ .found }}, and its storage class {{ .class | quote }} can't enlarge it to {{ .asked }}. {{ $remedy }}
{{- end }}
{{- end }}
{{- end }}

{{- define "obs-stack.validate.claimTemplate" -}}
{{- if ne (include "obs-stack.bytes" (toString .asked)) (include "obs-stack.bytes" (toString .found)) }}
Kubernetes does not change the size of a StatefulSet's volumes, and alertmanager has {{ .found }}. Set prometheus.alertmanager.persistence.size (`storage.alertmanager` in obsdeploy.yaml) to {{ .found }}, or let go of its pods first: kubectl delete statefulset alertmanager -n {{ .namespace }} --cascade=orphan.
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
