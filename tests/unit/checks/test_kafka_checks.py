"""exporters.kafka: an exporter that sees nothing fails, and says why as a client in its place finds it."""

import base64
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from obsdeploy.checks import kafka
from obsdeploy.checks.model import Outcome, Status
from obsdeploy.checks.runner import attempt, explained
from obsdeploy.errors import EnvironmentProblem
from tests.standin import free_port
from tests.unit.checks.fakes import Stack, named, sample, stamp
from tests.unit.checks.healthy import target
from tests.unit.kafka_doctor.broker import MiniBroker
from tests.unit.kafka_doctor.sockets import dial

(CHECK,) = kafka.CHECKS
NO_TLS = {
    "enabled": False,
    "secret": None,
    "ca": "ca.crt",
    "cert": "tls.crt",
    "key": "tls.key",
    "serverName": None,
    "verify": True,
}
REFUSED = "the connection is refused: nothing listens there (nc: can't connect to remote host: Connection refused)"
SASL = {"mechanism": "scram-sha-512", "username": "obs", "passwordSecret": {"name": "kafka", "key": "password"}}


def watching(stack: Stack, *brokers: str, sasl: Any = None, tls: Any = NO_TLS) -> None:
    """A release with a Kafka exporter that runs, and sees what `sees` says."""
    stack.expect(kafka={"brokers": brokers, "sasl": sasl, "tls": tls}, components={"kafkaExporter": True})
    labels = {"app.kubernetes.io/name": "prometheus-kafka-exporter", "app.kubernetes.io/instance": "obs"}
    stack.kube.objects["pods"].append(exporter("kafka-exporter-1", labels, ago=600))
    spec = {"replicas": 1, "selector": {"matchLabels": labels}}
    status = {"observedGeneration": 1, "replicas": 1, "readyReplicas": 1, "updatedReplicas": 1}
    stack.kube.objects["deployments"].append(named("kafka-exporter", spec=spec, status=status))
    stack.prometheus.data["targets"]["activeTargets"].append(target("kafka", "http://kafka-exporter:9308/metrics"))
    stack.kube.attached = dial
    sees(stack)


def exporter(name: str, labels: Any, *, ago: float) -> Any:
    """A pod of the exporter that was made, and got ready, so many seconds ago."""
    pod = named(name, "monitoring", labels, spec={"containers": [{"name": "exporter"}]})
    pod["metadata"]["creationTimestamp"] = stamp(ago)
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": stamp(ago)}
    return {**pod, "status": {"conditions": [ready], "containerStatuses": [{"state": {"running": {}}}]}}


def sees(stack: Stack, *, up: bool = True, brokers: int = 1, topics: int = 2, reached: int = 2) -> None:
    """What Prometheus has of the exporter."""
    stack.prometheus.vectors |= {
        'up{job="kafka"} == 1': [sample(1)] if up else [],
        "sum(kafka_brokers)": [sample(brokers)] if up else [],
        "count(kafka_topic_partitions)": [sample(topics)] if topics else [],
        "sum(kafka_topic_partitions)": [sample(topics)] if topics else [],
        "count(kafka_topic_partition_current_offset)": [sample(reached)] if reached else [],
    }


async def outcome(stack: Stack) -> Outcome:
    found = await attempt(CHECK, stack.context)
    return await explained(CHECK, stack.context, found) if found.status is Status.FAILED else found


async def test_without_kafka_it_is_skipped_with_the_reason(stack: Stack) -> None:
    stack.expect(disabled={"kafkaExporter": "no broker named under kafka:"})
    found = await outcome(stack)
    assert (found.status, found.summary) == (Status.SKIPPED, "no broker named under kafka:")


async def test_brokers_that_answer_pass(stack: Stack) -> None:
    watching(stack, "kafka:9092")
    assert (await outcome(stack)).summary == "1 broker answers; 2 topics"


async def test_an_exporter_that_waits_fails_and_the_reason_is_found_from_its_place(stack: Stack) -> None:
    address = f"localhost:{free_port()}"
    watching(stack, address)
    sees(stack, up=False)
    found = await outcome(stack)
    assert found.status is Status.FAILED
    assert found.summary.startswith(f"the exporter waits: no broker has answered it: {address}: {REFUSED}")
    assert stack.kube.executed == [("kafka-exporter-1", "exporter", address.replace(":", " "))]
    assert "kafka.brokers" in (found.hint.text if found.hint else "")


async def test_an_older_exporter_that_still_answers_is_not_believed(stack: Stack) -> None:
    """A release with other brokers: its exporter waits, and until it is ready the last release's stays."""
    address = f"localhost:{free_port()}"
    watching(stack, address)
    labels = stack.kube.one("pods", "kafka-exporter-1")["metadata"]["labels"]
    stack.kube.objects["pods"].append(exporter("kafka-exporter-2", labels, ago=30))
    stack.kube.one("deployments", "kafka-exporter")["status"]["replicas"] = 2
    found = await outcome(stack)
    assert found.summary == f"the exporter waits: no broker has answered it: {address}: {REFUSED}"
    assert stack.kube.executed == [("kafka-exporter-2", "exporter", address.replace(":", " "))]


async def test_what_was_scraped_before_the_exporter_got_ready_is_waited_for_not_believed(stack: Stack) -> None:
    watching(stack, "kafka:9092")
    (ready,) = stack.kube.one("pods", "kafka-exporter-1")["status"]["conditions"]
    ready["lastTransitionTime"] = stamp(1)
    found = await attempt(CHECK, stack.context)
    assert (found.status, found.temporary) == (Status.FAILED, True)
    assert found.summary == "Prometheus has not asked this release's exporter since it got ready"
    assert CHECK.deadline > 15


async def test_names_of_topics_without_offsets_are_no_sight_of_them(stack: Stack) -> None:
    async with MiniBroker(advertised=[(7, "kafka.nowhere.invalid", 9092)]).running() as broker:
        watching(stack, broker.address)
        sees(stack, reached=0)
        found = await outcome(stack)
    assert "broker 7 advertises kafka.nowhere.invalid:9092: the name does not resolve" in found.summary
    assert [(one.subject, one.status) for one in found.findings] == [
        (f"bootstrap {broker.address}", Status.PASSED),
        ("broker 7, which advertises kafka.nowhere.invalid:9092", Status.FAILED),
    ]
    assert "advertised.listeners" in (found.hint.text if found.hint else "")


async def test_one_broker_of_several_that_is_not_reached_is_missed(stack: Stack) -> None:
    async with MiniBroker(advertised=[(1, "localhost", free_port())]).running() as broker:
        watching(stack, broker.address)
        sees(stack, brokers=3, topics=6, reached=4)
        found = await outcome(stack)
    said = "the exporter has offsets of only 4 of 6 partitions: the bootstrap address answers, but broker 1 advertises localhost:"
    assert found.summary.startswith(said)


async def test_brokers_that_were_lost_later_fail(stack: Stack) -> None:
    watching(stack, f"localhost:{free_port()}")
    sees(stack, brokers=0)
    assert (await outcome(stack)).summary.startswith("no broker answers the exporter")


@pytest.mark.parametrize("lost", [True, False])
async def test_a_cluster_without_topics_is_looked_at_itself(stack: Stack, lost: bool) -> None:
    async with MiniBroker(advertised=[(1, "localhost", free_port())] if lost else None).running() as broker:
        watching(stack, broker.address)
        sees(stack, topics=0, reached=0)
        assert (await outcome(stack)).status is (Status.FAILED if lost else Status.PASSED)


async def test_the_exporters_own_password_is_used(stack: Stack) -> None:
    async with MiniBroker(users={"obs": "right"}).running() as broker:
        watching(stack, broker.address, sasl=SASL)
        secret = named("kafka", "monitoring", data={"password": base64.b64encode(b"right").decode()})
        stack.kube.objects["secrets"].append(secret)
        assert (await attempt(kafka.EXAMINATION, stack.context)).status is Status.PASSED
        secret["data"]["password"] = base64.b64encode(b"wrong-secret").decode()
        found = await attempt(kafka.EXAMINATION, stack.context)
    assert "refuses the user name or password" in found.summary
    assert "wrong-secret" not in str(found)


@pytest.mark.parametrize(
    ("sasl", "tls", "missing"),
    [
        (SASL, NO_TLS, "Secret kafka,"),
        (None, NO_TLS | {"enabled": True, "secret": "authority"}, "Secret authority,"),
    ],
)
async def test_a_secret_that_is_gone_is_named(stack: Stack, sasl: Any, tls: Any, missing: str) -> None:
    watching(stack, "kafka:9092", sasl=sasl, tls=tls)
    found = await attempt(kafka.EXAMINATION, stack.context)
    assert (found.status, missing in found.summary) == (Status.FAILED, True)


async def test_certificates_that_are_none_are_told(stack: Stack) -> None:
    watching(stack, "kafka:9092", tls=NO_TLS | {"enabled": True, "secret": "authority"})
    stack.kube.objects["secrets"].append(named("authority", "monitoring", data={"ca.crt": base64.b64encode(b"no PEM").decode()}))
    assert "holds no usable certificates" in (await attempt(kafka.EXAMINATION, stack.context)).summary
    stack.kube.one("secrets", "authority")["data"]["ca.crt"] = base64.b64encode(b"\xfe\xed\xfe\xed").decode()
    found = await attempt(kafka.EXAMINATION, stack.context)
    assert "holds no usable certificates" in found.summary
    assert "PEM text" in (found.hint.text if found.hint else "")


async def test_a_key_with_a_password_is_told_and_no_terminal_asked(stack: Stack) -> None:
    pair = trustme.CA().issue_cert("obs.example")
    key = serialization.load_pem_private_key(pair.private_key_pem.bytes(), None)
    locked = serialization.BestAvailableEncryption(b"hush")
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
    held = {"ca.crt": trustme.CA().cert_pem.bytes(), "tls.crt": pair.cert_chain_pems[0].bytes(), "tls.key": pem}
    data = {name: base64.b64encode(text).decode() for name, text in held.items()}
    watching(stack, "kafka:9092", tls=NO_TLS | {"enabled": True, "secret": "authority"})
    stack.kube.objects["secrets"].append(named("authority", "monitoring", data=data))
    found = await attempt(kafka.EXAMINATION, stack.context)
    assert found.summary == "Secret authority holds no usable certificates: the client's key is encrypted, and must not be"
    assert "key (without a password)" in (found.hint.text if found.hint else "")


async def test_an_exporter_that_does_not_run_is_no_place_to_look_from(stack: Stack) -> None:
    watching(stack, "kafka:9092")
    sees(stack, up=False)
    stack.kube.remove("pods", "kafka-exporter-1")
    found = await outcome(stack)
    assert found.summary == "the exporter waits: no broker has answered it"
    assert "no pod of Deployment kafka-exporter runs" in found.details[0]


async def test_a_command_that_may_not_be_run_leaves_the_failure_and_says_so(stack: Stack) -> None:
    watching(stack, "kafka:9092")
    sees(stack, up=False)
    stack.kube.attached = None
    stack.kube.broken["attach"] = EnvironmentProblem("a permission is missing: create pods/exec", hint="Ask for it.")
    assert "create pods/exec" in (await outcome(stack)).details[0]


async def test_brokers_that_answer_the_visitor_leave_the_word_to_the_exporter(stack: Stack) -> None:
    async with MiniBroker().running() as broker:
        watching(stack, broker.address)
        sees(stack, up=False)
        found = await outcome(stack)
    assert found.status is Status.FAILED
    assert found.hint is not None
    assert found.hint.command == "kubectl -n monitoring logs deploy/kafka-exporter --tail=20"
