"""Names that dashboards and rules read from other parts of the project, in one place."""

# Components of obs-release's expected.json that panels may need.
ALERTMANAGER = "alertmanager"
DEMO = "demo"
KAFKA_EXPORTER = "kafkaExporter"
KUBE_STATE_METRICS = "kubeStateMetrics"
LOG_COLLECTOR = "opentelemetryCollector"
LOKI = "loki"
NODE_EXPORTER = "nodeExporter"
REDIS_EXPORTER = "redisExporter"

# The demo shop's own metrics, served by its coordinator.
SAGAS_STARTED = "saga_started_total"
SAGAS_FINISHED = "saga_finished_total"
SAGA_COMPENSATIONS = "saga_compensations_total"
SAGA_DURATION_BUCKETS = "saga_duration_seconds_bucket"
