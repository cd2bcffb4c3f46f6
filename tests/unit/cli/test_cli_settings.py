"""Settings that can't be read, through the installed command: exit code 2, where, why and what to do, and no secret."""

from __future__ import annotations

import subprocess

import pytest

from tests.unit.cli.conftest import Machine

USAGE = 2


def told(done: subprocess.CompletedProcess[str]) -> str:
    """What a usage error says, on one line."""
    assert (done.returncode, done.stdout) == (USAGE, ""), done.stderr
    assert "\n  hint: " in done.stderr
    return " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"profile: ci\nnamespace: {{ ns }}\n", "obsdeploy.yaml:2: not YAML: a map or a list stands where a key belongs"),
        (b"profile: ci\nnamespace: 2024-13-45\n", "obsdeploy.yaml:2: not YAML: what looks like a date or a number is none"),
        (b"timeout: !!int soon\n", "obsdeploy.yaml:1: not YAML: what looks like a date or a number is none"),
        (b"a: \xc3\xa9\nnamespace: x\x07y\n", "obsdeploy.yaml:2: not YAML: a character that no text has (#x07)"),
        (b"profile: ci\nvalues: &a {x: *a}\n", "obsdeploy.yaml:2: not YAML: an alias stands inside of what it stands for"),
        (b"values: {a: " + b"[" * 5000 + b"]" * 5000 + b"}", "obsdeploy.yaml:1: not YAML: it is nested too deeply"),
        (b"profile: ci\nnamespace: caf\xe9\n", "obsdeploy.yaml:2: not UTF-8 text"),
        (b"values: {a: !!binary aGFsbPD/}\n", "obsdeploy.yaml:1: not YAML: binary data is no setting"),
        (b"values: {password: !hush x}\n", "obsdeploy.yaml:1: not YAML: a tag or an alias that is not known"),
        (b"values: {password: *hush}\n", "obsdeploy.yaml:1: not YAML: a tag or an alias that is not known"),
        (b"dashboards: [~nobody-hath-this-name/x.json]\n", "obsdeploy.yaml:1: ~nobody-hath-this-name/x.json is no path"),
    ],
)
def test_a_file_that_can_not_be_read_is_no_bug_of_ours(machine: Machine, written: bytes, said: str) -> None:
    (machine.work / "obsdeploy.yaml").write_bytes(written)
    message = told(machine.run("config", "show"))
    assert f"error: {said}" in message
    assert "hush" not in message


@pytest.mark.parametrize(
    "text", ["@hush", "%hush", "*hush", "!hush x", "[hush", "hush: {{ x }}", "&a {x: *a}", "2024-13-45", "hush\x07", "hush\udcff"]
)
def test_a_value_that_is_not_yaml_is_never_repeated(machine: Machine, text: str) -> None:
    option = told(machine.run("config", "show", "--set", f"values.grafana.adminPassword={text}"))
    variable = told(machine.run("config", "show", OBSDEPLOY_VALUES__grafana__adminPassword=text))
    assert "error: --set values.grafana.adminPassword: its value is not YAML: " in option
    assert "error: OBSDEPLOY_VALUES__grafana__adminPassword: its value is not YAML: " in variable
    assert "hush" not in option + variable
    assert "2024" not in option + variable


@pytest.mark.parametrize("given", ["values.adminPassword:hush", "values.adminPassword hush", "=hush"])
def test_an_option_without_its_equals_sign_repeats_no_more_than_the_key(machine: Machine, given: str) -> None:
    message = told(machine.run("config", "show", "--set", given))
    assert ": not KEY=VALUE" in message
    assert "hush" not in message


LEAKING = """
remoteWrite: [{url: "https://x.example/push?token=hush", headers: {DD-Application-Key: hush, X-Scope-OrgID: kept}}]
scrapeJobs: {mine: {static_configs: [{targets: ["kept:1"]}], metrics_path: /kept}}
values:
  grafana:
    admin: {existingSecret: kept, passwordKey: kept}
    datasources: {x.yaml: {datasources: [{secureJsonData: {httpHeaderValue1: Bearer hush}}]}}
    grafana.ini: "[security]\\nadmin_password = {hush\\n"
  prometheus:
    server: {extraArgs: {web.password: hush}, sidecar: {args: ["--password=hush", "--kept"]}}
    alertmanager:
      config: {receivers: [{name: kept, webhook_configs: [{url: "http://hook/hush"}]}], global: {smtp_auth_secret: hush}}
"""


@pytest.mark.parametrize("command", [["config", "show"], ["render"]])
def test_what_is_shown_holds_no_secret_that_was_written_in_spite_of_all(machine: Machine, command: list[str]) -> None:
    (machine.work / "obsdeploy.yaml").write_text(LEAKING)
    done = machine.run(*command)
    assert done.returncode == 0, done.stderr
    assert "hush" not in done.stdout
    assert done.stdout.count("<redacted>") == LEAKING.count("hush")
    assert done.stdout.count("kept") == LEAKING.count("kept")


def test_a_secret_in_the_list_of_a_scrape_job_is_refused(machine: Machine) -> None:
    (machine.work / "obsdeploy.yaml").write_text("scrapeJobs:\n  mine: {params: {api_key: [hush]}}\n")
    message = told(machine.run("render"))
    assert "obsdeploy.yaml:2: scrapeJobs.mine: api_key would put a secret into a ConfigMap" in message
    assert "authorization" in message
    assert "hush" not in message


URL = "https://bob:hush@x.example/push"


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (f"remoteWrite={URL}", "remoteWrite wants a list, but this is text: 'https://<redacted>@x.example/push'"),
        (f"remoteWrite=[{URL}]", "remoteWrite[0] "),
        (f"remoteWrite=[{{url: '{URL}'}}]", "remoteWrite[0].url"),
        ("remoteWrite=[{url: 'https://bob:hu/sh@hush@x.example'}]", "remoteWrite[0].url"),
        ("remoteWrite=[{url: 'ftp://x.example/?token=hush'}]", "remoteWrite[0].url"),
        ("remoteWrite=[{url: 'https://x.example', headers: {X-Org: 4815162342}}]", "remoteWrite[0].headers.X-Org wants text"),
        ("imageRegistry=bob:hush@registry.example", "imageRegistry should match pattern"),
        (f"timeout={URL}", "timeout: 'https://<redacted>@x.example/push' is not a duration"),
        (f"grafana={URL}", "grafana wants a map"),
        (f"dashboards=[{URL}]", "a dashboard is a file, and this is a URL"),
        ("grafana.existingSecret=Hush!hush", "grafana.existingSecret should match pattern"),
        ("redis=[{name: a, address: 'a:1', passwordSecret: {name: Hush!hush, key: k}}]", "redis[0].passwordSecret.name"),
    ],
)
def test_a_value_that_is_wrong_is_repeated_without_its_secrets(machine: Machine, setting: str, said: str) -> None:
    message = told(machine.run("config", "show", "--set", setting))
    assert said in message
    assert "hush" not in message
    assert "hu/sh" not in message
    assert "4815162342" not in message


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("passwordSecret: {name: a, key: b}, tokenSecret: {name: a, key: b}", "remoteWrite[0]: passwordSecret and tokenSecret"),
        ("username: me", "remoteWrite[0]: username without passwordSecret would not be sent"),
        ("keep: '('", "remoteWrite[0].keep: '(' is no regular expression"),
        ("name: a}, {url: 'http://b', name: a", "remoteWrite: the name a is there twice"),
    ],
)
def test_a_destination_that_prometheus_would_refuse_is_a_usage_error(machine: Machine, entry: str, said: str) -> None:
    (machine.work / "obsdeploy.yaml").write_text(
        f"profile: ci\nremoteWrite:\n- {{url: 'http://a', {entry}}}\n".replace("}, {", "}\n- {")
    )
    assert said in told(machine.run("render"))
