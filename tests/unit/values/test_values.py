"""Values for the umbrella: names, safety and switches that everything downstream relies on."""

from collections.abc import Iterator
from typing import Any

import pytest

from obsdeploy.expected import expected
from obsdeploy.settings.model import COMPONENTS, JOBS
from obsdeploy.values import UPSTREAM_JOBS, drop_lists, keep_lists, render
from tests.unit.values.make import settings

PROFILES = ("dev", "ci", "prod")
EVERY_COMPONENT: dict[str, Any] = {"demo__enabled": True, "demo__kafka": True, "logs__enabled": True}
LOCKED: list[dict[str, Any]] = [
    {"name": "carts", "address": "carts.shop:6379", "passwordSecret": {"name": "carts", "key": "password"}},
    {"name": "sessions", "address": "sessions.shop:6380", "tls": True},
]


def nested(data: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    yield path, data
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from nested(value, f"{path}.{key}")


def blocks(values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What each container is given: its security context, resources, and the pod's."""
    prometheus = values["prometheus"]
    reloader = prometheus["configmapReload"]["prometheus"]
    return {
        "prometheus": prometheus["server"],
        "reloader": {**reloader, "securityContext": prometheus["server"]["securityContext"]},
        "alertmanager": {
            **prometheus["alertmanager"],
            "securityContext": prometheus["alertmanager"]["podSecurityContext"],
            "containerSecurityContext": prometheus["alertmanager"]["securityContext"],
        },
        "node-exporter": prometheus["prometheus-node-exporter"],
        "kube-state-metrics": prometheus["kube-state-metrics"],
        "grafana": values["grafana"],
        "redis-exporter": {
            **values["prometheus-redis-exporter"],
            "securityContext": values["prometheus-redis-exporter"]["podSecurityContext"],
            "containerSecurityContext": values["prometheus-redis-exporter"]["securityContext"],
        },
    }


@pytest.mark.parametrize("profile", PROFILES)
def test_rendering_is_pure(profile: str) -> None:
    assert render(settings(profile)) == render(settings(profile))


@pytest.mark.parametrize("profile", PROFILES)
def test_every_container_is_confined_and_asks_for_what_it_needs(profile: str) -> None:
    for name, block in blocks(render(settings(profile, demo__enabled=True))).items():
        assert block["securityContext"]["runAsNonRoot"] is True, name
        assert block["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert block["containerSecurityContext"]["readOnlyRootFilesystem"] is True, name
        assert block["containerSecurityContext"]["capabilities"] == {"drop": ["ALL"]}, name
        assert block["containerSecurityContext"]["allowPrivilegeEscalation"] is False, name
        assert set(block["resources"]["requests"]) == {"cpu", "memory"}, name
        assert "cpu" not in block["resources"].get("limits", {}), name


@pytest.mark.parametrize("profile", PROFILES)
def test_services_have_the_names_and_ports_that_the_readme_forwards(profile: str) -> None:
    values = render(settings(profile))
    assert (values["grafana"]["fullnameOverride"], values["grafana"]["service"]["port"]) == ("grafana", 80)
    server = values["prometheus"]["server"]
    assert (server["fullnameOverride"], server["service"]["servicePort"]) == ("prometheus-server", 80)


@pytest.mark.parametrize("profile", PROFILES)
def test_scrapes_and_rules_run_every_15_seconds_and_dashboards_every_10(profile: str) -> None:
    values = render(settings(profile))
    clock = values["prometheus"]["server"]["global"]
    assert (clock["scrape_interval"], clock["evaluation_interval"]) == ("15s", "15s")
    assert values["dashboardRefresh"] == values["grafana"]["grafana.ini"]["dashboards"]["min_refresh_interval"] == "10s"


@pytest.mark.parametrize("profile", PROFILES)
def test_data_outlives_the_release(profile: str) -> None:
    values = render(settings(profile))
    kept = {"helm.sh/resource-policy": "keep"}
    assert values["prometheus"]["server"]["persistentVolume"]["annotations"] == kept
    assert values["grafana"]["persistence"]["annotations"] == kept
    assert values["prometheus"]["alertmanager"]["persistence"]["enabled"] is True


def test_only_a_cluster_of_our_own_gets_node_ports() -> None:
    def types(**how: Any) -> tuple[Any, Any]:
        values = render(settings(**how))
        return values["grafana"]["service"].get("nodePort"), values["prometheus"]["server"]["service"].get("nodePort")

    assert types() == (30300, 30909)
    for elsewhere in ({"profile": "ci"}, {"profile": "prod"}, {"context": "minikube"}, {"kind__hostPorts__enabled": False}):
        assert types(**elsewhere) == (None, None)


def test_a_shorter_interval_shortens_the_time_out_too() -> None:
    assert render(settings(scrapeInterval="5s"))["prometheus"]["server"]["global"]["scrape_timeout"] == "5s"


def test_the_exporter_gives_a_silent_redis_up_before_prometheus_gives_the_exporter_up() -> None:
    quick = render(settings("prod", redis=[{"name": "carts", "address": "redis.shop:6379"}], scrapeInterval="5s"))
    assert quick["prometheus-redis-exporter"]["extraArgs"] == {"connection-timeout": "2.5s"}


def test_a_faster_dashboard_is_allowed_by_grafana() -> None:
    values = render(settings(dashboardRefresh="5s"))
    assert values["grafana"]["grafana.ini"]["dashboards"]["min_refresh_interval"] == "5s"


def test_every_job_of_the_contract_is_there_and_no_general_one_of_upstream() -> None:
    jobs = render(settings(**EVERY_COMPONENT))["prometheus"]["scrapeConfigs"]
    assert {job for job, block in jobs.items() if block["enabled"]} == set(JOBS)
    assert {job for job, block in jobs.items() if not block["enabled"]} == set(UPSTREAM_JOBS)


def test_lean_keeps_what_the_list_says_and_full_everything() -> None:
    lean = render(settings(**EVERY_COMPONENT))["prometheus"]["scrapeConfigs"]
    full = render(settings(**EVERY_COMPONENT, metrics="full"))["prometheus"]["scrapeConfigs"]
    for job, names in keep_lists().items():
        assert lean[job]["metric_relabel_configs"][0] == {
            "source_labels": ["__name__"],
            "regex": "|".join(names),
            "action": "keep",
        }
    for job in JOBS:
        assert not full[job]["metric_relabel_configs"], job


def test_every_job_has_a_keep_list_or_a_drop_list() -> None:
    assert set(keep_lists()) | set(drop_lists()) == set(JOBS)
    assert not set(keep_lists()) & set(drop_lists())


def test_kube_state_metrics_gets_names_that_its_flag_takes() -> None:
    assert all(name.replace("_", "").isalnum() for name in keep_lists()["kube-state-metrics"])


def test_redis_instances_are_targets_of_one_exporter_named_by_instance() -> None:
    values = render(settings(redis=LOCKED))
    job = values["prometheus"]["scrapeConfigs"]["redis"]
    assert job["static_configs"] == [
        {"targets": ["redis://carts.shop:6379"], "labels": {"instance": "carts"}},
        {"targets": ["rediss://sessions.shop:6380"], "labels": {"instance": "sessions"}},
    ]
    assert values["prometheus-redis-exporter"]["auth"]["redisPasswordFile"]["secret"] == {
        "name": "obs-redis-passwords",
        "key": "passwords.json",
    }


def test_an_authority_of_redis_certificates_is_a_file_of_the_exporters() -> None:
    assert "redisTlsConfig" not in render(settings(redis=LOCKED))["prometheus-redis-exporter"]
    authority = {"name": "redis-ca", "key": "ca.crt"}
    private = render(settings(redis=[LOCKED[0], {**LOCKED[1], "caSecret": authority}]))["prometheus-redis-exporter"]
    assert private["redisTlsConfig"] == {"enabled": True, "caCertFile": {"secret": authority}}


def test_without_redis_the_exporter_is_off_and_the_release_says_why() -> None:
    values = render(settings(logs__enabled=True, kafka={"brokers": ["kafka:9092"]}))
    assert values["prometheus-redis-exporter"] == {"enabled": False}
    assert values["prometheus"]["scrapeConfigs"]["redis"] == {"enabled": False}
    assert values["release"]["expected"]["disabled"] == {"redisExporter": "no instance named under redis:"}


def test_the_demo_brings_its_redis_and_its_six_services() -> None:
    told = expected(settings(demo__enabled=True))
    assert told["redis"] == [{"name": "saga-demo", "address": "redis.saga-demo.svc:6379"}]
    assert (told["jobs"]["redis"]["min"], told["jobs"]["applications"]["min"]) == (1, 6)
    assert expected(settings())["jobs"]["applications"]["min"] == 0


@pytest.mark.parametrize("component", COMPONENTS)
def test_what_a_bundle_lacks_is_off_and_named(component: str) -> None:
    lacking = settings(**EVERY_COMPONENT).without({component: "the bundle has no image of it"})
    told = render(lacking)["release"]["expected"]
    assert told["disabled"] == lacking.lacking() == {component: "the bundle has no image of it"}
    assert told["components"] == {**dict.fromkeys(COMPONENTS, True), component: False, "demo": True}
    assert COMPONENTS[component] not in told["jobs"]
    assert render(lacking)["prometheus"]["scrapeConfigs"][COMPONENTS[component]] == {"enabled": False}


def test_what_nobody_asked_for_is_not_missed() -> None:
    without_logs = settings().without({"loki": "the bundle has no image of it"})
    assert without_logs.lacking() == {}
    assert without_logs.disabled()["loki"] == "logs.enabled is false"
    assert settings(logs__enabled=True).without({"loki": "no image"}).lacking() == {"loki": "no image"}


def test_an_absent_alertmanager_is_not_sent_to() -> None:
    assert render(settings(components__alertmanager=False))["prometheus"]["server"]["alertmanagers"] == []


def test_each_replica_of_alertmanager_is_told_and_scraped_by_its_own_name() -> None:
    values = render(settings(alertmanager__replicas=2))["prometheus"]
    both = [f"alertmanager-{n}.alertmanager-headless.monitoring.svc:9093" for n in (0, 1)]
    assert values["server"]["alertmanagers"] == [{"static_configs": [{"targets": both}]}]
    assert values["scrapeConfigs"]["alertmanager"]["static_configs"] == [{"targets": both}]


def test_alerts_go_nowhere_until_somebody_says_where() -> None:
    config = render(settings())["prometheus"]["alertmanager"]["config"]
    assert config["receivers"] == [{"name": config["route"]["receiver"]}]


def test_a_registry_replaces_that_of_every_image() -> None:
    values = render(settings(imageRegistry="mirror.example:5000/hub", demo__enabled=True))
    repositories = {value for path, value in nested(values) if path.endswith("image.repository")}
    assert repositories == {
        "mirror.example:5000/hub/prometheus/prometheus",
        "mirror.example:5000/hub/prometheus-operator/prometheus-config-reloader",
        "mirror.example:5000/hub/prometheus/alertmanager",
        "mirror.example:5000/hub/oliver006/redis_exporter",
    }
    # Grafana, kube-state-metrics and node-exporter put this in front of their own repositories.
    assert values["global"] == {"imageRegistry": "mirror.example:5000/hub"}


def test_cluster_roles_carry_the_namespace() -> None:
    server = render(settings(namespace="watch"))["prometheus"]["server"]
    assert server["clusterRoleNameOverride"] == "obs-prometheus-watch"


def test_node_exporter_asks_for_no_mount_propagation_on_a_laptop() -> None:
    def propagation(**how: Any) -> Any:
        return render(settings(**how))["prometheus"]["prometheus-node-exporter"]["hostRootFsMount"]["mountPropagation"]

    assert propagation() == propagation(context="docker-desktop") == ""
    assert propagation(profile="prod") == "HostToContainer"


def test_no_part_of_the_stack_is_found_by_annotation() -> None:
    values = render(settings(demo__enabled=True))
    for path, value in nested(values):
        if path.endswith("prometheus.io/scrape"):
            assert value == "false", path
    assert values["prometheus"]["kube-state-metrics"]["prometheusScrape"] is False
    assert values["prometheus"]["prometheus-node-exporter"]["service"]["annotations"] == {"prometheus.io/scrape": "false"}


def test_remote_write_names_secrets_by_file() -> None:
    destination = {
        "url": "https://mimir.example/push",
        "username": "obs",
        "passwordSecret": {"name": "mimir", "key": "password"},
        "keep": "service:.+",
    }
    server = render(settings(remoteWrite=[destination]))["prometheus"]["server"]
    assert server["remoteWrite"] == [
        {
            "url": "https://mimir.example/push",
            "basic_auth": {"username": "obs", "password_file": "/etc/obs-secrets/mimir/password"},
            "write_relabel_configs": [{"source_labels": ["__name__"], "regex": "service:.+", "action": "keep"}],
        }
    ]
    assert [(one["secretName"], one["mountPath"]) for one in server["extraSecretMounts"]] == [("mimir", "/etc/obs-secrets/mimir")]


def test_raw_values_come_last_and_merge_as_helm_does() -> None:
    raw = {"grafana": {"replicas": 2, "dashboardProviders": None}, "prometheus": {"server": {"extraVolumes": []}}}
    values = render(settings(values=raw))
    assert values["grafana"]["replicas"] == 2
    assert values["grafana"]["dashboardProviders"] is None
    assert values["grafana"]["fullnameOverride"] == "grafana"
    assert values["prometheus"]["server"]["extraVolumes"] == []


def test_own_scrape_jobs_and_rules_are_passed_on() -> None:
    mine = {"static_configs": [{"targets": ["mine:80"]}]}
    group = {"groups": [{"name": "mine", "rules": []}]}
    values = render(settings(scrapeJobs={"mine": mine}, rules={"mine": group}))
    assert values["prometheus"]["scrapeConfigs"]["mine"] == mine
    assert values["extraRules"] == {"mine": group}
    assert values["release"]["expected"]["jobs"]["mine"]["min"] == 1


def test_text_that_looks_like_a_template_stays_text() -> None:
    group = {
        "groups": [{"name": "a", "rules": [{"alert": "A", "expr": "up == 0", "annotations": {"summary": "{{ $value }} <&>'"}}]}]
    }
    assert render(settings(rules={"mine": group}))["extraRules"]["mine"] == group
