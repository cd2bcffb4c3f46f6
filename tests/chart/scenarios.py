"""Settings that together set every value which `values/` can set."""

from typing import Any

from obsdeploy.settings import Settings, load

_SECRET = {"name": "redis-carts", "key": "password"}

_OVERRIDES: dict[str, tuple[str, dict[str, Any]]] = {
    "dev": ("dev", {}),
    "dev-demo": ("dev", {"demo.enabled": True}),
    "ci": ("ci", {}),
    "prod": ("prod", {}),
    "prod-everything": (
        "prod",
        {
            "metrics": "full",
            "imageRegistry": "registry.example:5000/mirror",
            "storage.className": "fast",
            "grafana.existingSecret": "my-admin",
            "grafana.ingress": {
                "enabled": True,
                "host": "grafana.example",
                "className": "nginx",
                "tlsSecret": "grafana-tls",
                "controllerNamespace": "ingress-nginx",
                "annotations": {"example.com/a": "b"},
            },
            "redis": [
                {"name": "carts", "address": "redis.shop:6379", "passwordSecret": _SECRET},
                {
                    "name": "sessions",
                    "address": "redis.web:6379",
                    "tls": True,
                    "caSecret": {"name": "redis-authority", "key": "ca.crt"},
                },
            ],
            "remoteWrite": [
                {"url": "https://mimir.example/push", "username": "obs", "passwordSecret": {"name": "mimir", "key": "password"}}
            ],
            "kafka": {
                "brokers": ["kafka-0.kafka.shop.svc:9093", "kafka-1.kafka.shop.svc:9093"],
                "sasl": {
                    "mechanism": "scram-sha-512",
                    "username": "obs: who # looks",
                    "passwordSecret": {"name": "kafka", "key": "password"},
                },
                "tls": {"enabled": True, "secret": "kafka-tls", "ca": "authority.crt", "serverName": "kafka.shop"},
            },
            "logs": {
                "enabled": True,
                "storage": {
                    "type": "s3",
                    "s3": {
                        "bucket": "logs",
                        "endpoint": "http://minio.shop:9000",
                        "region": "here-1",
                        "pathStyle": True,
                        "accessKeySecret": {"name": "s3", "key": "id"},
                        "secretKeySecret": {"name": "s3", "key": "secret"},
                    },
                },
            },
            "scrapeJobs": {"mine": {"static_configs": [{"targets": ["mine.shop:80"]}]}},
            "rules": {"mine": {"groups": [{"name": "mine", "rules": [{"record": "mine", "expr": "vector(1)"}]}]}},
        },
    ),
    "logs": ("dev", {"logs.enabled": True}),
    "kafka": ("dev", {"kafka": {"brokers": ["kafka.shop:9092"]}}),
    "demo-kafka": ("dev", {"demo.enabled": True, "demo.kafka": True}),
    "little": (
        "dev",
        {
            "components": {"alertmanager": False, "nodeExporter": False, "kubeStateMetrics": False},
            "kind.hostPorts.enabled": False,
        },
    ),
}
NAMES = tuple(_OVERRIDES)


def settings(name: str) -> Settings:
    """The settings of a scenario, whatever the environment holds."""
    profile, overrides = _OVERRIDES[name]
    return load(profile=profile, env={}, overrides=overrides)
