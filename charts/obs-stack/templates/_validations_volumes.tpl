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
{{ include "obs-stack.validate.claimTemplate" (dict "name" "alertmanager" "key" "prometheus.alertmanager.persistence.size (`storage.alertmanager` in obsdeploy.yaml)" "found" .spec.resources.requests.storage "asked" (dig "persistence" "size" "" $alertmanager) "namespace" $.Release.Namespace) }}
{{- end }}
{{- end }}
{{- if .Values.loki.enabled }}
{{- $found := lookup "apps/v1" "StatefulSet" .Release.Namespace "loki" | default dict }}
{{- range dig "spec" "volumeClaimTemplates" list $found }}
{{ include "obs-stack.validate.claimTemplate" (dict "name" "loki" "key" "loki.singleBinary.persistence.size (`logs.storage.volume` in obsdeploy.yaml)" "found" .spec.resources.requests.storage "asked" (dig "singleBinary" "persistence" "size" "10Gi" $.Values.loki) "namespace" $.Release.Namespace) }}
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
Kubernetes does not change the size of a StatefulSet's volumes, and {{ .name }} has {{ .found }}. Set {{ .key }} to {{ .found }}, or let go of its pods first: kubectl delete statefulset {{ .name }} -n {{ .namespace }} --cascade=orphan.
{{- end }}
{{- end }}
