"""The demo shop's chart: names and labels that the stack counts on, small and locked-down pods, wrong values refused."""

import tomllib
from typing import Any

import pytest

from obsdeploy import __version__
from obsdeploy.settings.model import DEMO_KAFKA, DEMO_NAMESPACE, DEMO_REDIS
from obsdeploy.yamltext import dump, parse, parse_all
from saga import SERVICES
from saga.load.settings import DEFAULT_MIX
from tests.chart.helm import ROOT, Helm, Manifest, RenderError

CHART = ROOT / "charts/saga-demo"
WORKLOADS = (*SERVICES, "redis", "load-generator")


@pytest.fixture(scope="module")
def shop(helm: Helm) -> list[Manifest]:
    return _render(helm)


def _render(helm: Helm, *options: str, **values: Any) -> list[Manifest]:
    arguments = ["template", "saga-demo", str(CHART), "-n", DEMO_NAMESPACE, "--kube-version", "1.36.3", "-f", "-", *options]
    return parse_all(helm.run(arguments, stdin=dump(values)))


def _by_name(manifests: list[Manifest], *kinds: str) -> dict[str, Manifest]:
    return {one["metadata"]["name"]: one for one in manifests if one["kind"] in kinds}


def _pods(manifests: list[Manifest]) -> dict[str, Any]:
    return {name: one["spec"]["template"] for name, one in _by_name(manifests, "Deployment", "StatefulSet").items()}


def test_the_versions_are_those_of_obsdeploy() -> None:
    chart = parse((CHART / "Chart.yaml").read_text())
    project = tomllib.loads((ROOT / "examples/saga/pyproject.toml").read_text())["project"]
    assert {chart["version"], chart["appVersion"], project["version"]} == {__version__}


def test_every_part_has_the_name_that_the_stack_knows_it_by(shop: list[Manifest]) -> None:
    pods = _pods(shop)
    assert pods.keys() == set(WORKLOADS)
    for name, pod in pods.items():
        assert pod["metadata"]["labels"]["app.kubernetes.io/name"] == name
        assert "helm.sh/chart" not in pod["metadata"]["labels"], "an upgrade would change what series are called"
    services = _by_name(shop, "Service")
    assert services.keys() == {*SERVICES, "redis"}
    assert {services[name]["spec"]["ports"][0]["port"] for name in SERVICES} == {80}
    host, port = DEMO_REDIS.address.split(":")
    assert host == f"redis.{DEMO_NAMESPACE}.svc"
    assert services["redis"]["spec"]["ports"][0]["port"] == int(port)
    assert DEMO_REDIS.password_secret is None, "the demo's Redis has no password"


def test_selectors_find_their_own_pods_only(shop: list[Manifest]) -> None:
    pods = {name: pod["metadata"]["labels"] for name, pod in _pods(shop).items()}
    services = {name: one["spec"]["selector"] for name, one in _by_name(shop, "Service").items()}
    workloads = _by_name(shop, "Deployment", "StatefulSet")
    for name, selector in [*services.items(), *((n, w["spec"]["selector"]["matchLabels"]) for n, w in workloads.items())]:
        assert [pod for pod, labels in pods.items() if selector.items() <= labels.items()] == [name]


def test_each_part_that_has_metrics_is_scraped_once_where_they_are(shop: list[Manifest]) -> None:
    services = _by_name(shop, "Service")
    found = {}
    for name, pod in _pods(shop).items():
        on_pod = pod["metadata"].get("annotations", {})
        on_service = services.get(name, {}).get("metadata", {}).get("annotations", {})
        asked = [where for where in (on_pod, on_service) if where.get("prometheus.io/scrape") == "true"]
        assert len(asked) <= 1, f"{name} would be scraped twice"
        if asked:
            found[name] = int(asked[0]["prometheus.io/port"])
            ports = {port["containerPort"] for port in pod["spec"]["containers"][0]["ports"]}
            assert found[name] in ports
    own_port = dict.fromkeys(("payment", "notification", "coordinator", "load-generator"), 9464)
    assert found == dict.fromkeys(("order", "inventory", "shipping"), 8000) | own_port
    assert "annotations" not in _pods(shop)["shipping"]["metadata"], "one service is found by its Service's annotations"


def test_pods_are_locked_down(shop: list[Manifest]) -> None:
    for name, pod in _pods(shop).items():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] == (999 if name == "redis" else 10001)
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = spec["containers"]
        security = container["securityContext"]
        assert (security["readOnlyRootFilesystem"], security["allowPrivilegeEscalation"]) == (True, False)
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert container["imagePullPolicy"] == "IfNotPresent"


def test_the_whole_shop_asks_for_little(shop: list[Manifest]) -> None:
    requests = [pod["spec"]["containers"][0]["resources"]["requests"] for pod in _pods(shop).values()]
    assert sum(int(one["cpu"].removesuffix("m")) for one in requests) <= 600
    assert sum(int(one["memory"].removesuffix("Mi")) for one in requests) <= 700
    assert all("memory" in pod["spec"]["containers"][0]["resources"]["limits"] for pod in _pods(shop).values())


def test_redis_keeps_its_data_and_waits_for_no_volume_unless_asked_to(helm: Helm, shop: list[Manifest]) -> None:
    redis = _by_name(shop, "StatefulSet")["redis"]["spec"]
    assert "volumeClaimTemplates" not in redis
    (volume,) = redis["template"]["spec"]["volumes"]
    (mount,) = redis["template"]["spec"]["containers"][0]["volumeMounts"]
    assert volume == {"name": mount["name"], "emptyDir": {"sizeLimit": "512Mi"}}
    lasting = _by_name(_render(helm, redis={"persistence": {"enabled": True, "storageClass": "fast"}}), "StatefulSet")["redis"][
        "spec"
    ]
    (claim,) = lasting["volumeClaimTemplates"]
    assert (claim["metadata"]["name"], claim["spec"]["storageClassName"]) == (mount["name"], "fast")
    assert lasting["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == "Delete"
    assert "volumes" not in lasting["template"]["spec"]
    arguments = redis["template"]["spec"]["containers"][0]["args"]
    assert arguments[arguments.index("--dir") + 1] == mount["mountPath"]
    assert arguments[arguments.index("--appendonly") + 1] == "yes"


def test_redis_lets_in_the_shop_and_the_exporter_of_the_stack(shop: list[Manifest]) -> None:
    policy = _by_name(shop, "NetworkPolicy")["redis"]["spec"]
    (rule,) = policy["ingress"]
    assert policy["policyTypes"] == ["Ingress"]
    own, exporter = rule["from"]
    labels = [pod["metadata"]["labels"] for pod in _pods(shop).values()]
    assert all(own["podSelector"]["matchLabels"].items() <= one.items() for one in labels)
    assert exporter["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "prometheus-redis-exporter"}


def test_kafka_comes_with_events_for_those_who_publish_and_consume_them(helm: Helm, shop: list[Manifest]) -> None:
    assert "kafka" not in _pods(shop)
    assert not any(_variable(pod, "KAFKA_BROKERS") for pod in _pods(shop).values())
    manifests = _render(helm, kafka={"enabled": True})
    pods = _pods(manifests)
    told = {name for name, pod in pods.items() if _variable(pod, "KAFKA_BROKERS")}
    assert told == {"coordinator", "notification"}
    (address,) = DEMO_KAFKA.brokers
    assert _variable(pods["kafka"], "KAFKA_ADVERTISED_LISTENERS") == f"PLAINTEXT://{address}", "where the exporter is sent"
    service = _by_name(manifests, "Service")["kafka"]
    assert address == f"kafka.{DEMO_NAMESPACE}.svc:{service['spec']['ports'][0]['port']}"
    assert service["spec"]["selector"].items() <= pods["kafka"]["metadata"]["labels"].items()
    spec = pods["kafka"]["spec"]
    assert (spec["automountServiceAccountToken"], spec["enableServiceLinks"]) == (False, False)
    assert (spec["securityContext"]["runAsNonRoot"], spec["securityContext"]["runAsUser"]) == (True, 1000)
    assert spec["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
    (rule,) = _by_name(manifests, "NetworkPolicy")["kafka"]["spec"]["ingress"]
    assert rule["from"][1]["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "prometheus-kafka-exporter"}


def test_kafkas_data_is_kept_only_where_that_is_asked_for(helm: Helm) -> None:
    def volumes(**persistence: Any) -> tuple[set[str], list[Any]]:
        values = {"enabled": True, "persistence": persistence}
        spec = _by_name(_render(helm, kafka=values), "StatefulSet")["kafka"]["spec"]
        return {one["name"] for one in spec["template"]["spec"]["volumes"]}, spec.get("volumeClaimTemplates", [])

    assert volumes() == ({"data", "config", "tmp"}, [])
    there, (claim,) = volumes(enabled=True, storageClass="fast")
    assert (there, claim["metadata"]["name"], claim["spec"]["storageClassName"]) == ({"config", "tmp"}, "data", "fast")


def _variable(pod: Any, name: str) -> str | None:
    return next((one["value"] for one in pod["spec"]["containers"][0].get("env", []) if one["name"] == name), None)


def test_values_reach_the_shop(helm: Helm) -> None:
    shop = _render(
        helm,
        imageRegistry="registry.example:5000",
        faults=False,
        replicas=2,
        loadGenerator={"rate": 12.5, "mix": {"slow": 0, "buy": 3}},
        networkPolicy={"enabled": False},
    )
    containers = {name: pod["spec"]["containers"][0] for name, pod in _pods(shop).items()}
    assert containers["order"]["image"] == f"registry.example:5000/obsdeploy/saga-demo:{__version__}"
    assert containers["redis"]["image"] == "registry.example:5000/library/redis:8.0"
    assert {"name": "FAULTS", "value": "off"} in containers["payment"]["env"]
    load = {one["name"]: one["value"] for one in containers["load-generator"]["env"]}
    assert (load["RATE"], load["MIX"]) == ("12.5", "buy=3,slow=0")
    workloads = _by_name(shop, "Deployment")
    assert (workloads["order"]["spec"]["replicas"], workloads["load-generator"]["spec"]["replicas"]) == (2, 1)
    assert not _by_name(shop, "NetworkPolicy")
    assert "load-generator" not in _pods(_render(helm, loadGenerator={"enabled": False}))


def test_an_older_cluster_gets_no_field_that_it_does_not_know(helm: Helm) -> None:
    def lifecycle(version: str) -> bool:
        return "lifecycle" in _pods(_render(helm, "--kube-version", version))["order"]["spec"]["containers"][0]

    assert lifecycle("1.30.0")
    assert not lifecycle("1.29.4")


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"loadGenerator": {"rate": 0}}, "rate"),
        ({"loadGenerator": {"mix": {"bye": 1}}}, "bye"),
        ({"logLevel": "loud"}, "logLevel"),
        ({"redis": {"password": "x"}}, "password"),
        ({"fault": True}, "fault"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(helm: Helm, values: dict[str, Any], named: str) -> None:
    with pytest.raises(RenderError, match=named):
        _render(helm, **values)


def test_the_schema_knows_every_journey() -> None:
    schema = parse((CHART / "values.schema.json").read_text())
    assert schema["properties"]["loadGenerator"]["properties"]["mix"]["properties"].keys() == DEFAULT_MIX.keys()
