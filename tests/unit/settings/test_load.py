"""Where settings come from, which source wins, and what people read when something is wrong."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from obsdeploy.errors import ExitCode, UsageProblem
from obsdeploy.settings import Settings, load

Loading = Callable[..., Settings]


@pytest.fixture
def loading(tmp_path: Path) -> Loading:
    """Load with obsdeploy.yaml of this text in the current folder."""

    def from_text(text: str = "", *, profile: str | None = None, env: dict[str, str] | None = None, **overrides: Any) -> Settings:
        if text:
            (tmp_path / "obsdeploy.yaml").write_text(text)
        dotted = {key.replace("__", "."): value for key, value in overrides.items()}
        return load(profile=profile, env=env or {}, overrides=dotted, cwd=tmp_path)

    return from_text


def problem(call: Callable[[], Any]) -> UsageProblem:
    with pytest.raises(UsageProblem) as raised:
        call()
    assert raised.value.exit_code == ExitCode.USAGE
    return raised.value


def test_defaults_are_a_laptops(loading: Loading) -> None:
    settings = loading()
    assert (settings.profile, settings.namespace, settings.metrics) == ("dev", "monitoring", "lean")
    assert settings.on_host_ports
    assert settings.interval_seconds == 15
    assert settings.timeout_seconds == 300


def test_each_source_is_stronger_than_the_one_before(loading: Loading) -> None:
    text = "profile: prod\nretention: {time: 10d}\nnamespace: from-file\ndashboardRefresh: 20s\n"
    env = {"OBSDEPLOY_NAMESPACE": "from-env", "OBSDEPLOY_DASHBOARD_REFRESH": "30s"}
    settings = loading(text, env=env, dashboardRefresh="40s")
    assert settings.retention.size == "40GB", "the profile's"
    assert settings.retention.time == "10d", "the file's"
    assert settings.namespace == "from-env"
    assert settings.dashboard_refresh == "40s", "the option's"


def test_the_most_important_source_names_the_profile(loading: Loading) -> None:
    assert loading("profile: ci", env={"OBSDEPLOY_PROFILE": "prod"}).profile == "prod"
    assert loading("profile: ci", env={"OBSDEPLOY_PROFILE": "prod"}, profile="dev").profile == "dev"


def test_options_that_were_not_given_change_nothing(loading: Loading) -> None:
    assert loading("namespace: mine", namespace=None).namespace == "mine"


def test_profiles_differ_in_what_they_are_for(loading: Loading) -> None:
    dev, ci, prod = (loading(profile=name) for name in ("dev", "ci", "prod"))
    assert (dev.own_cluster, dev.on_host_ports) == (True, True)
    assert (ci.own_cluster, ci.on_host_ports) == (True, False)
    assert (prod.own_cluster, prod.network_policies, prod.alertmanager.replicas) == (False, True, 2)
    assert not loading(context="minikube").own_cluster


def test_environment_reaches_every_depth_and_takes_yaml(loading: Loading) -> None:
    env = {
        "OBSDEPLOY_KIND__HOST_PORTS__GRAFANA": "3100",
        "OBSDEPLOY_DEMO__ENABLED": "true",
        "OBSDEPLOY_REDIS": "[{name: carts, address: 'redis:6379'}]",
        "OBSDEPLOY_VALUES__grafana__replicas": "2",
        "OBSDEPLOY_STORAGE__CLASSNAME": "fast",
    }
    settings = loading(env=env)
    assert settings.kind.host_ports.grafana == 3100
    assert settings.demo.enabled
    assert settings.redis[0].uri == "redis://redis:6379"
    assert settings.values == {"grafana": {"replicas": 2}}
    assert settings.storage.class_name == "fast"


def test_variables_that_are_no_settings_are_left_alone(loading: Loading) -> None:
    assert loading(env={"OBSDEPLOY_BUNDLE": "/b", "OBSDEPLOY_LAB_CACHE": "/c", "PATH": "/bin"}) == loading()


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_right_one(loading: Loading) -> None:
    error = problem(lambda: loading("namespace: a\nretention:\n  tme: 4d\n"))
    assert error.message == "obsdeploy.yaml:3: unknown key retention.tme"
    assert error.hint == "Did you mean retention.time?"


def test_a_key_in_the_wrong_block_is_sent_to_the_right_one(loading: Loading) -> None:
    error = problem(lambda: loading("hostPorts: {enabled: false}\n"))
    assert error.hint == "Did you mean kind.hostPorts?"


def test_a_key_like_no_other_gets_the_list(loading: Loading) -> None:
    assert "Keys that retention can have: time, size." in problem(lambda: loading("retention: {xyzzy: 1}")).hint


def test_an_unknown_key_in_a_list_is_found(loading: Loading) -> None:
    error = problem(lambda: loading("redis:\n  - name: a\n    address: a:1\n    tsl: true\n"))
    assert error.message == "obsdeploy.yaml:4: unknown key redis[0].tsl"
    assert error.hint == "Did you mean redis[0].tls?"


@pytest.mark.parametrize("key", ["password", "adminPassword"])
def test_passwords_have_no_place_in_settings(loading: Loading, key: str) -> None:
    error = problem(lambda: loading(f"grafana: {{{key}: hush}}"))
    assert "hush" not in error.message
    assert error.hint == "Settings hold no passwords: put it into a Kubernetes Secret and name it in grafana.existingSecret."


def test_a_password_where_the_name_of_a_secret_belongs_is_not_repeated(loading: Loading) -> None:
    error = problem(lambda: loading("redis:\n- {name: a, address: 'a:1', passwordSecret: hush}"))
    assert error.message == "obsdeploy.yaml:2: redis[0].passwordSecret wants a map, but this is text"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("timeout: 300", "obsdeploy.yaml:1: timeout wants text, but this is a number: 300"),
        ("demo: {enabled: 'yes'}", "obsdeploy.yaml:1: demo.enabled wants true or false, but this is text: 'yes'"),
        ("metrics: leen", "obsdeploy.yaml:1: metrics should be 'lean' or 'full', but this is text: 'leen'"),
        ("kind: {hostPorts: {grafana: 99999}}", "obsdeploy.yaml:1: kind.hostPorts.grafana should be less than or equal to 65535"),
        ("redis: {}", "obsdeploy.yaml:1: redis wants a list, but this is a map"),
        ("redis:\n- name: a", "obsdeploy.yaml:2: redis[0].address is missing"),
        ("scrapeInterval: 15 seconds", "obsdeploy.yaml:1: scrapeInterval: '15 seconds' is not a duration"),
        ("scrapeInterval: 0s", "obsdeploy.yaml:1: scrapeInterval: '0s' must be longer than nothing"),
        ("scrapeInterval: 500ms", "obsdeploy.yaml:1: scrapeInterval 500ms is not between 1s and 20s"),
        ("scrapeInterval: 1m", "obsdeploy.yaml:1: scrapeInterval 1m is not between 1s and 20s"),
        ("storage:\n  prometheus: 8 GB", "obsdeploy.yaml:2: storage.prometheus: '8 GB' is not a Kubernetes quantity"),
        ("retention: {size: 8Gi}", "obsdeploy.yaml:1: retention.size: '8Gi' is not a size as Prometheus writes it"),
        ("retention: {size: 8GB}", "obsdeploy.yaml:1: retention.size 8GB fills the volume of 8Gi"),
        ("namespace: My_Space", "obsdeploy.yaml:1: namespace should match pattern"),
        ("scrapeJobs: {redis: {}}", "obsdeploy.yaml:1: scrapeJobs: redis is a job of the stack itself"),
        ("rules: {mine: {}}", "obsdeploy.yaml:1: rules.mine has no list of groups"),
        (
            "kind: {hostPorts: {grafana: 9090}}",
            "obsdeploy.yaml:1: kind.hostPorts: grafana and prometheus can't both have port 9090",
        ),
        ("grafana: {ingress: {enabled: true}}", "obsdeploy.yaml:1: grafana.ingress.host is missing"),
        ("absent: {grafana: because}", "obsdeploy.yaml:1: unknown key absent"),
        ("[1, 2]", "obsdeploy.yaml:1: settings are a map of keys"),
        ("namespace: a\nnamespace: b", "obsdeploy.yaml:2: namespace is there twice (first at obsdeploy.yaml:1)"),
        ("kind: [1\nmetrics: lean", "obsdeploy.yaml:2: not YAML"),
    ],
)
def test_wrong_settings_are_named_with_their_line(loading: Loading, text: str, message: str) -> None:
    assert problem(lambda: loading(text)).message.startswith(message)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("redis", "is not an address: write host:port"),
        ("redis://redis:6379", "is not an address: write host:port"),
        ("redis:0", "has no valid port"),
        ("redis:port", "has no valid port"),
        ("localhost:6379", "is, inside the cluster, the pod that connects"),
        ("user:hush@redis:6379", "an address holds no user or password"),
    ],
)
def test_redis_addresses_are_checked(loading: Loading, address: str, why: str) -> None:
    error = problem(lambda: loading(f"redis:\n- name: a\n  address: {address}"))
    assert error.message.startswith("obsdeploy.yaml:3: redis[0].address: ")
    assert why in error.message
    assert "hush" not in error.message + error.hint


@pytest.mark.parametrize(
    ("redis", "demo", "twice"),
    [
        ("[{name: a, address: 'x:1'}, {name: a, address: 'y:1'}]", False, "the name a is there twice"),
        ("[{name: a, address: 'x:1'}, {name: b, address: 'x:1'}]", False, "the address redis://x:1 is there twice"),
        ("[{name: saga-demo, address: 'x:1'}]", True, "the name saga-demo is there twice"),
    ],
)
def test_a_redis_instance_is_named_once(loading: Loading, redis: str, demo: bool, twice: str) -> None:
    assert twice in problem(lambda: loading(f"redis: {redis}", demo__enabled=demo)).message


_CA = "caSecret: {name: ca, key: ca.crt}"


@pytest.mark.parametrize(
    ("redis", "said"),
    [
        (f"[{{name: a, address: 'x:1', {_CA}}}]", "redis[0]: caSecret is the authority for TLS, but tls is false"),
        (
            f"[{{name: a, address: 'x:1', tls: true}}, {{name: b, address: 'y:1', tls: true, {_CA}}}]",
            "redis: a and b differ in caSecret",
        ),
    ],
)
def test_an_authority_of_redis_is_one_for_all_that_speak_tls(loading: Loading, redis: str, said: str) -> None:
    assert said in problem(lambda: loading(f"redis: {redis}")).message


def test_instances_without_tls_stand_beside_an_authority(loading: Loading) -> None:
    settings = loading(f"redis: [{{name: a, address: 'x:1'}}, {{name: b, address: 'y:1', tls: true, {_CA}}}]")
    assert settings.redis_authority
    assert settings.redis_authority.name == "ca"


def test_secrets_do_not_travel_in_headers(loading: Loading) -> None:
    text = "remoteWrite:\n- url: https://x.example/push\n  headers: {Authorization: Bearer hush}\n"
    error = problem(lambda: loading(text))
    assert "use passwordSecret or tokenSecret" in error.message
    assert "hush" not in error.message


def test_secrets_do_not_travel_in_scrape_jobs(loading: Loading) -> None:
    text = "scrapeJobs:\n  mine:\n    basic_auth: {username: a, password: hush}\n"
    error = problem(lambda: loading(text))
    assert error.message.startswith("obsdeploy.yaml:2: scrapeJobs.mine: password would put a secret into a ConfigMap")
    assert "hush" not in error.message
    assert loading(text.replace("password: hush", "password_file: /etc/x")).scrape_jobs["mine"]


def test_an_empty_variable_is_none(loading: Loading) -> None:
    assert loading(env={"OBSDEPLOY_NAMESPACE": ""}).namespace == "monitoring"


def test_a_wrong_option_and_a_wrong_variable_are_named_as_such(loading: Loading) -> None:
    assert problem(lambda: loading(retention__time="soon")).message.startswith("command line: retention.time: 'soon'")
    assert problem(lambda: loading(env={"OBSDEPLOY_METRICS": "leen"})).message.startswith("OBSDEPLOY_METRICS: metrics should be")


def test_an_unknown_variable_is_an_error_that_names_the_nearest(loading: Loading) -> None:
    error = problem(lambda: loading(env={"OBSDEPLOY_RETENTON__TIME": "3d"}))
    assert error.message == "OBSDEPLOY_RETENTON__TIME names no setting"
    assert "OBSDEPLOY_RETENTION__TIME" in error.hint


@pytest.mark.parametrize("how", [{"text": "profile: prd"}, {"profile": "prd"}, {"env": {"OBSDEPLOY_PROFILE": "prd"}}])
def test_an_unknown_profile(loading: Loading, how: dict[str, Any]) -> None:
    error = problem(lambda: loading(**how))
    assert "unknown profile prd; there are dev, ci, prod" in error.message
    assert error.hint == "Did you mean prod?"


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    error = problem(lambda: load(file=tmp_path / "no.yaml", env={}, cwd=tmp_path))
    assert error.message == "no.yaml can't be read: No such file or directory"


def test_an_empty_file_says_nothing(loading: Loading) -> None:
    assert loading("# only a comment\n") == loading()


def test_several_mistakes_are_told_at_once(loading: Loading) -> None:
    message = problem(lambda: loading("metrics: leen\nnamspace: a\n")).message
    assert "obsdeploy.yaml:1: metrics" in message
    assert "obsdeploy.yaml:2: unknown key namspace" in message


def test_settings_do_not_change(loading: Loading) -> None:
    with pytest.raises(ValueError, match="frozen"):
        loading().namespace = "other"
