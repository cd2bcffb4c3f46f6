"""The block `kafka`: what it refuses, naming the key and the way out, and what the exporter gets of it."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from obsdeploy.errors import UsageProblem
from obsdeploy.values import render
from tests.unit.values.make import settings

SASL = {"mechanism": "scram-sha-512", "username": "obs", "passwordSecret": {"name": "kafka", "key": "password"}}


def exporter(**block: Any) -> dict[str, Any]:
    values: dict[str, Any] = render(settings(kafka={"brokers": ["kafka.shop.svc:9092"], **block}))["prometheus-kafka-exporter"]
    return values


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ({"brokers": []}, "kafka.brokers"),
        ({}, "kafka.brokers is missing"),
        ({"brokers": "kafka:9092"}, "kafka.brokers"),
        ({"brokers": ["kafka"]}, "'kafka' is not an address: write host:port"),
        ({"brokers": ["kafka:9092,other:9092"]}, "is not an address"),
        ({"brokers": ["PLAINTEXT://kafka:9092"]}, "is not an address"),
        ({"brokers": ["kafka:0"]}, "has no valid port"),
        ({"brokers": ["obs:hush@kafka:9092"]}, "an address holds no user or password"),
        ({"brokers": ["localhost:9092"]}, "is, inside the cluster, the pod that connects"),
        ({"brokers": ["a:1", "a:1"]}, "the broker a:1 is there twice"),
        ({"brokers": ["a:1"], "sasl": {**SASL, "mechanism": "gssapi"}}, "kafka.sasl.mechanism"),
        ({"brokers": ["a:1"], "sasl": {**SASL, "password": "hunter2"}}, "unknown key kafka.sasl.password"),
        ({"brokers": ["a:1"], "sasl": {**SASL, "username": "a\nb"}}, "kafka.sasl.username"),
        ({"brokers": ["a:1"], "tls": {"secret": "ca"}}, "tls.enabled is false"),
        ({"brokers": ["a:1"], "tls": {"enabled": True, "ca": "../ca"}}, "kafka.tls.ca"),
    ],
)
def test_what_makes_no_sense_is_refused(block: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageProblem) as problem:
        settings(kafka=block)
    assert said in problem.value.message
    assert "hunter2" not in f"{problem.value.message} {problem.value.hint}"


def test_one_exporter_watches_one_cluster() -> None:
    with pytest.raises(UsageProblem, match="the exporter watches one cluster"):
        settings(demo__enabled=True, demo__kafka=True, kafka={"brokers": ["kafka:9092"]})


def test_the_demos_broker_is_watched_only_with_the_demo() -> None:
    assert settings(demo__enabled=True, demo__kafka=True).kafka_watched is not None
    assert settings(demo__kafka=True).kafka_watched is None


def test_passwords_are_named_and_on_no_command_line() -> None:
    given = exporter(sasl=SASL)
    assert given["sasl"] == {"enabled": True}
    assert given["extraArgs"] == ["--sasl.mechanism=scram-sha512", "--sasl.username=$(SASL_USERNAME)"]
    assert given["env"][1] == {
        "name": "SASL_USER_PASSWORD",
        "valueFrom": {"secretKeyRef": {"name": "kafka", "key": "password"}},
    }


@pytest.mark.parametrize("username", ["obs: who # looks", "{{ x }}", '"quoted"', "- list", "*anchor"])
def test_a_username_reaches_the_exporter_as_it_is(username: str) -> None:
    assert exporter(sasl={**SASL, "username": username})["env"][0] == {"name": "SASL_USERNAME", "value": username}


def test_what_verify_reads_of_it_holds_no_secret() -> None:
    told = render(settings(kafka={"brokers": ["a:1"], "sasl": SASL}))["release"]["expected"]["kafka"]
    assert told["sasl"]["passwordSecret"] == {"name": "kafka", "key": "password"}
    assert json.loads(json.dumps(told)) == told


class TestWaiting:
    """The container's command, with programs of the test's own in place of kafka_exporter and sleep."""

    @pytest.fixture
    def programs(self, tmp_path: Path) -> Path:
        (tmp_path / "sleep").write_text("#!/bin/sh\nexec /bin/sleep 0.05\n")
        (tmp_path / "sleep").chmod(0o755)
        return tmp_path

    def start(self, programs: Path, body: str) -> subprocess.Popen[str]:
        (programs / "kafka_exporter").write_text(f"#!/bin/sh\n{body}\n")
        (programs / "kafka_exporter").chmod(0o755)
        command = [*exporter()["command"], "--kafka.server=a:1"]
        env = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "SEEN": str(programs / "seen")}
        return subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)

    def test_an_exporter_that_ends_is_started_again_and_the_log_says_so(self, programs: Path) -> None:
        body = 'echo "$@" >> "$SEEN"; [ "$(wc -l < "$SEEN")" -lt 3 ] && exit 255; exec /bin/sleep 60'
        running = self.start(programs, body)
        try:
            wait(lambda: (programs / "seen").exists() and len((programs / "seen").read_text().splitlines()) == 3)
            assert running.poll() is None, "the container ended, and would crash-loop"
            assert (programs / "seen").read_text().splitlines()[0] == "--kafka.server=a:1"
        finally:
            running.terminate()
            _, said = running.communicate(timeout=5)
        assert said.count("kafka-exporter: it ended (255)") == 2
        assert "obsdeploy doctor kafka" in said

    @pytest.mark.parametrize("body", ["exec /bin/sleep 60", "exit 255"], ids=["while it runs", "while it waits"])
    def test_a_pod_that_is_stopped_ends_at_once(self, programs: Path, body: str) -> None:
        (programs / "sleep").write_text('#!/bin/sh\necho > "$SEEN"\nexec /bin/sleep 60\n')
        running = self.start(programs, 'echo > "$SEEN"\n' + body)
        wait((programs / "seen").exists)
        time.sleep(0.2)  # until the shell has come to its wait
        asked = time.monotonic()
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=5) == 0
        assert time.monotonic() - asked < 2
        running.communicate()


def wait(condition: Any) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until, "not within 10 s"
        time.sleep(0.02)
