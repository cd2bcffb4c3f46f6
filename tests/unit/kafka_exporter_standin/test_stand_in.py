"""The stand-in for kafka_exporter as far as that needs no Kafka: flags, its end without a broker, how offsets become lag."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from lab.kafka_exporter.kafka_exporter_standin.cluster import Partition
from lab.kafka_exporter.kafka_exporter_standin.flags import Wrong, parse
from lab.kafka_exporter.kafka_exporter_standin.metrics import Collector
from tests.chart.helm import ROOT
from tests.standin import free_port


class FakeCluster:
    """What the broker would say."""

    def __init__(self, *, brokers: int = 1, offsets: bool = True) -> None:
        self._brokers, self._offsets = brokers, offsets

    def refresh(self) -> None:
        """Nothing to renew."""

    def brokers(self) -> list[Any]:
        return [type("Broker", (), {"node_id": n, "host": "kafka", "port": 9092})() for n in range(self._brokers)]

    def partitions(self) -> list[Partition]:
        return [Partition("orders", 0, 1, (1, 2), (1,)), Partition("orders", 1, 2, (1, 2), (1, 2))]

    def offsets(self, partitions: list[Partition], *, newest: bool) -> dict[tuple[str, int], int]:
        return {("orders", 0): 10 if newest else 3, ("orders", 1): 5 if newest else 0} if self._offsets else {}

    def groups(self, partitions: list[Partition]) -> Iterator[tuple[str, int, dict[tuple[str, int], int]]]:
        yield "mails", 2, {("orders", 0): 4, ("orders", 1): -1, ("other", 0): -1}


def page(cluster: FakeCluster, **labels: str) -> set[str]:
    registry = CollectorRegistry(auto_describe=False)
    collector = Collector(cluster, labels)  # type: ignore[arg-type]
    registry.register(collector)
    return {line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")}


def test_offsets_become_lag_as_the_real_one_counts_it() -> None:
    found = page(FakeCluster())
    assert {
        "kafka_brokers 1.0",
        'kafka_broker_info{address="kafka:9092",id="0"} 1.0',
        'kafka_topic_partitions{topic="orders"} 2.0',
        'kafka_topic_partition_current_offset{partition="0",topic="orders"} 10.0',
        'kafka_topic_partition_oldest_offset{partition="0",topic="orders"} 3.0',
        'kafka_topic_partition_under_replicated_partition{partition="0",topic="orders"} 1.0',
        'kafka_topic_partition_under_replicated_partition{partition="1",topic="orders"} 0.0',
        'kafka_topic_partition_leader_is_preferred{partition="1",topic="orders"} 0.0',
        'kafka_consumergroup_members{consumergroup="mails"} 2.0',
        'kafka_consumergroup_lag{consumergroup="mails",partition="0",topic="orders"} 6.0',
        'kafka_consumergroup_lag{consumergroup="mails",partition="1",topic="orders"} -1.0',
        'kafka_consumergroup_lag_sum{consumergroup="mails",topic="orders"} 6.0',
        'kafka_consumergroup_current_offset_sum{consumergroup="mails",topic="orders"} 4.0',
    } <= found
    assert not any('topic="other"' in line for line in found), "a topic that the group does not consume"


def test_brokers_that_can_not_be_reached_leave_names_and_no_offsets() -> None:
    found = page(FakeCluster(offsets=False))
    assert "kafka_brokers 1.0" in found
    assert 'kafka_topic_partitions{topic="orders"} 2.0' in found
    assert not any("offset" in line or "consumergroup" in line for line in found)


def test_without_a_broker_only_their_number_is_told() -> None:
    assert page(FakeCluster(brokers=0)) == {"kafka_brokers 0.0"}


def test_labels_of_the_cluster_are_on_every_series() -> None:
    assert all('env="test"' in line for line in page(FakeCluster(), env="test"))


def test_the_charts_flags_are_understood(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").touch()
    options = parse(
        [
            "--verbosity=0", "--kafka.server=a:1", "--kafka.server=b:2", "--tls.enabled", f"--tls.ca-file={tmp_path}/ca.crt",
            f"--tls.cert-file={tmp_path}/tls.crt", f"--tls.key-file={tmp_path}/tls.key", "--sasl.enabled",
            "--sasl.mechanism=scram-sha512", "--sasl.username=obs",
        ],
        {"SASL_USER_PASSWORD": "hush"},
    )  # fmt: skip
    assert options.servers == ("a:1", "b:2")
    assert options.client["security_protocol"] == "SASL_SSL"
    assert (options.client["sasl_mechanism"], options.client["sasl_plain_password"]) == ("SCRAM-SHA-512", "hush")
    assert (options.client["ssl_cafile"], options.client["ssl_certfile"]) == (f"{tmp_path}/ca.crt", None)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--sasl.enabled", "--sasl.mechanism=md5"], "invalid sasl mechanism"),
        (["--tls.enabled", "--tls.ca-file=/nowhere/ca.crt"], "no such file"),
    ],
)
def test_values_that_the_real_one_does_not_start_with(flags: list[str], said: str) -> None:
    with pytest.raises(Wrong, match=said):
        parse(flags, {})


def test_an_unknown_flag_is_refused() -> None:
    with pytest.raises(SystemExit):
        parse(["--kafka.servers=a:1"], {})


IMPATIENT = """
import sys
from kafka_exporter_standin import __main__, cluster
cluster._BOOTSTRAP_MS = 500
sys.exit(__main__.main(sys.argv[1:]))
"""


def test_without_a_broker_it_ends_as_the_real_one_does() -> None:
    command = [sys.executable, "-c", IMPATIENT, f"--kafka.server=127.0.0.1:{free_port()}"]
    env = os.environ | {"PYTHONPATH": str(ROOT / "lab/kafka_exporter")}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 255
    assert "Error Init Kafka Client: kafka: client has run out of available brokers to talk to" in done.stderr.splitlines()[-1]
    assert done.stderr.splitlines()[-1].startswith("F")
