"""Category logs: a line that is written comes back, and one that does not is followed to where it stopped."""

import asyncio
from typing import Any

import pytest

from obsdeploy.checks import bucket, logasked, logs
from obsdeploy.checks.model import Outcome, Status
from obsdeploy.checks.runner import attempt, explained
from obsdeploy.errors import EnvironmentProblem
from tests.unit.checks.fakes import NOW, Stack, named, sample
from tests.unit.checks.healthy import target

Json = Any
BY_ID = {check.id: check for check in (*logs.CHECKS, *bucket.CHECKS)}
QUEUES = "max by (node) (otelcol_exporter_queue_size / otelcol_exporter_queue_capacity)"
USED = "max(loki_ingester_wal_disk_usage_percent)"
CALLS = 'loki_s3_request_duration_seconds_count{operation=~"S3.(List|PutObject)"}'
ANSWERED = f"sum by (status_code) (increase({CALLS}[2m]) > 0 or ({CALLS} unless {CALLS} offset 2m))"
HAPPY = """
otelcol_fileconsumer_open_files{a="b"} 31
otelcol_receiver_accepted_log_records_total 90
otelcol_exporter_queue_size 0
"""
LOST = "loki_discarded_samples_total"
DISCARDED = f"sum by (reason) (increase({LOST}[5m]) > 0 or ({LOST} unless {LOST} offset 5m))"
REFUSED = 'warn Exporting failed. {"error": "Post \\"http://loki:3100\\": dial tcp 10.0.0.1:3100: connection refused"}'
STATS = "datasources/proxy/uid/loki/loki/api/v1/index/stats"
LOKI_UP, COLLECTOR_UP = 'up{job="loki"} == 1', 'up{job="log-collector",node="node-1"} == 1'
METRICS_OF_POD = "/api/v1/namespaces/monitoring/pods/log-collector-agent-x:8888/proxy/metrics"


@pytest.fixture
def stack(stack: Stack) -> Stack:
    """A stack that collects logs and is well."""
    stack.expect(components={"loki": True, "opentelemetryCollector": True}, logs={"seconds": 604800, "bytes": 9 * 1024**3})
    collecting = target("log-collector", "http://10.0.0.4:8888/metrics", node="node-1")
    stack.prometheus.data["targets"]["activeTargets"].append(collecting)
    of = {"app.kubernetes.io/instance": "obs"}
    grafana = named("grafana-1", labels=of | {"app.kubernetes.io/name": "grafana"}, spec={"nodeName": "node-1"})
    collector = named(
        "log-collector-agent-x", labels=of | {"app.kubernetes.io/name": "opentelemetry-collector"}, spec={"nodeName": "node-1"}
    )
    stack.kube.objects["pods"] += [grafana | {"status": {"phase": "Running"}}, collector | {"status": {"phase": "Running"}}]
    stack.prometheus.vectors |= {QUEUES: [sample(0, node="node-1")], USED: [sample(0.4)], DISCARDED: []}
    stack.grafana.otherwise = lines()
    stack.kube.documents[METRICS_OF_POD] = HAPPY
    services = {"ready": "ready\n", "metrics": "loki_ingester_wal_disk_usage_percent 0.4\n"}
    stack.kube.services |= services
    stack.kube.services_by_prefix["loki/api/v1/query_range"] = {"data": {"result": []}}
    stack.grafana.answers[STATS] = {"bytes": 5 * 1024**2}
    stack.prometheus.vectors |= {LOKI_UP: [], COLLECTOR_UP: []}
    return stack


def lines(*texts: str) -> Json:
    fields = [{"name": "labels"}, {"name": "Time"}, {"name": "Line"}]
    columns: list[list[Json]] = [[{}] * len(texts), [NOW * 1000] * len(texts), [*texts]]
    return {"frames": [{"schema": {"fields": fields}, "data": {"values": columns}}]}


def delivered(stack: Stack, times: int = 1) -> None:
    """Let every query of Loki find what was asked for."""
    stack.grafana.otherwise = lines(*["it"] * times)


async def run(stack: Stack, name: str) -> Outcome:
    return await attempt(BY_ID[name], stack.context)


async def traced(stack: Stack) -> str:
    context = stack.context
    check = BY_ID["logs.delivery"]
    outcome = await explained(check, context, await attempt(check, context))
    assert outcome.status is Status.FAILED
    assert outcome.hint is not None
    return outcome.summary


async def test_all_is_well(stack: Stack) -> None:
    delivered(stack)
    asks(stack, "200")
    assert {name: (await run(stack, name)).status for name in BY_ID} == dict.fromkeys(BY_ID, Status.PASSED)


async def test_the_line_is_one_of_its_own_and_goes_where_the_first_process_prints(stack: Stack) -> None:
    delivered(stack)
    await run(stack, "logs.delivery")
    await run(stack, "logs.delivery")
    (_, _, first), (_, container, second) = stack.kube.executed
    assert container == "grafana"
    assert first.endswith("> /proc/1/fd/1")
    assert first != second
    text = second.split('"message": "')[1].split('"')[0]
    assert f"|= `{text}`" in stack.grafana.asked[-1]["expr"]


async def test_one_line_is_written_however_often_it_is_looked_for(stack: Stack) -> None:
    context = stack.context
    for _ in range(3):
        outcome = await attempt(BY_ID["logs.delivery"], context)
        assert outcome.temporary
    assert len(stack.kube.executed) == 1


async def test_a_line_that_comes_back_twice_is_a_failure(stack: Stack) -> None:
    delivered(stack, times=2)
    outcome = await run(stack, "logs.delivery")
    assert (outcome.status, outcome.summary) == (Status.FAILED, "one line came back 2 times")


async def test_without_the_permission_it_is_named(stack: Stack) -> None:
    stack.kube.broken["execute"] = EnvironmentProblem("a permission is missing: create pods/exec", hint="Ask for it.")
    assert "create pods/exec" in (await run(stack, "logs.delivery")).summary


async def test_grafana_that_can_not_ask_loki_says_so(stack: Stack) -> None:
    stack.grafana.otherwise = {"error": "dial tcp: lookup loki: no such host"}
    assert (await run(stack, "logs.delivery")).summary == "Grafana can't ask Loki: dial tcp: lookup loki: no such host"


async def test_a_line_that_loki_has_stopped_at_the_query(stack: Stack) -> None:
    stack.kube.services_by_prefix["loki/api/v1/query_range"] = {"data": {"result": [{"values": []}]}}
    assert "it stopped at the query: Loki has it, and Grafana does not get it" in await traced(stack)


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        ("ready", "Ingester not ready: waiting", "it stopped at Loki: it is not ready: Ingester not ready: waiting"),
        ("metrics", "loki_ingester_wal_disk_usage_percent 0.93\n", "it stopped at Loki: its volume is full"),
    ],
)
async def test_a_line_stopped_at_loki(stack: Stack, path: str, answer: str, said: str) -> None:
    stack.kube.services[path] = answer
    assert said in await traced(stack)


async def test_lines_that_loki_refuses_are_counted_by_their_reason(stack: Stack) -> None:
    stack.prometheus.vectors[DISCARDED] = [sample(5, reason="rate_limited"), sample(2, reason="line_too_long")]
    assert "it stopped at Loki: it refuses lines: 2 line_too_long, 5 rate_limited" in await traced(stack)


async def test_that_the_volume_was_full_once_is_no_reason_today(stack: Stack) -> None:
    stack.kube.services["metrics"] = "loki_ingester_wal_disk_full_failures_total 3\nloki_ingester_wal_disk_usage_percent 0.4\n"
    assert "volume" not in await traced(stack)


async def test_loki_that_is_away_is_named_before_what_it_causes(stack: Stack) -> None:
    gone = EnvironmentProblem("no endpoints available for service loki", hint="…")
    stack.kube.broken |= {"ready": gone, "loki/api/v1/query_range": gone}
    stack.kube.documents[METRICS_OF_POD] = HAPPY.replace("queue_size 0", "queue_size 4096")
    assert "it stopped at Loki: it does not answer: no endpoints available for service loki" in await traced(stack)


async def test_no_collector_on_the_node_of_the_pod(stack: Stack) -> None:
    stack.kube.one("pods", "log-collector-agent-x")["spec"]["nodeName"] = "node-2"
    assert "it stopped at the collector: none runs on node node-1" in await traced(stack)


async def test_a_collector_that_crashes_is_quoted(stack: Stack) -> None:
    stack.kube.broken[METRICS_OF_POD] = EnvironmentProblem("connection refused", hint="…")
    stack.kube.log["log-collector-agent-x", False] = "Error: cannot start pipelines: open /var/lib/collector: permission denied\n"
    assert "does not answer; its last word: Error: cannot start pipelines: open /var/lib" in await traced(stack)


async def test_a_collector_that_reads_nothing(stack: Stack) -> None:
    stack.kube.documents[METRICS_OF_POD] = "otelcol_fileconsumer_open_files 0\n"
    assert "reads no file: /var/log/pods of node node-1 is empty, or not to be read" in await traced(stack)


async def test_what_waits_for_loki_is_counted_and_the_last_error_explained(stack: Stack) -> None:
    stack.kube.documents[METRICS_OF_POD] = HAPPY.replace("queue_size 0", "queue_size 4096")
    stack.kube.log["log-collector-agent-x", False] = REFUSED
    said = await traced(stack)
    assert "it stopped at the export: 4 KiB wait in the queue of log-collector-agent-x" in said
    assert "connection refused (nothing listens there: Loki is down)" in said


async def test_a_line_that_the_pod_never_had(stack: Stack) -> None:
    assert "it stopped at the pod: the log of pod grafana-1 does not have it" in await traced(stack)


async def test_a_node_without_collector_is_named(stack: Stack) -> None:
    stack.kube.objects["nodes"].append(named("node-2", None))
    outcome = await run(stack, "logs.collectors")
    assert outcome.summary == "1 of 2 nodes are not collected"
    assert [f.summary for f in outcome.findings if f.status is Status.FAILED] == [
        "no collector runs there: its pods' lines are not collected"
    ]


@pytest.mark.parametrize(("share", "status"), [(0.05, Status.PASSED), (0.2, Status.WARNED), (0.8, Status.FAILED)])
async def test_a_queue_that_fills_up(stack: Stack, share: float, status: Status) -> None:
    stack.prometheus.vectors[QUEUES] = [sample(share, node="node-1")]
    assert (await run(stack, "logs.collectors")).status is status


async def test_a_full_volume_and_lines_beyond_their_size(stack: Stack) -> None:
    stack.prometheus.vectors[USED] = [sample(0.95)]
    assert "Loki's volume is 95% full" in (await run(stack, "logs.volume")).summary
    stack.prometheus.vectors[USED] = [sample(0.4)]
    stack.grafana.answers[STATS] = {"bytes": 10 * 1024**3}
    found = await run(stack, "logs.volume")
    assert "Loki holds 10240 MiB of lines before compression, more than 9216 MiB" in found.summary
    assert "delete statefulset loki -n monitoring --cascade=orphan" in (found.hint.text if found.hint else "")


async def test_what_is_in_a_bucket_is_not_held_against_the_volume(stack: Stack) -> None:
    stack.expect(logs={"seconds": 7776000, "bytes": None, "bucket": "my-logs"})
    stack.grafana.answers[STATS] = {"bytes": 10 * 1024**3}
    outcome = await run(stack, "logs.volume")
    said = "10240 MiB of lines before compression, in the bucket; the volume is 40% full"
    assert (outcome.status, outcome.summary) == (Status.PASSED, said)


async def test_behind_network_policies_prometheus_is_taken_for_loki_and_the_collector(stack: Stack) -> None:
    """The API server may not reach them, and they are well: nothing must be said to be down."""
    walled = EnvironmentProblem("no answer", hint="")
    stack.kube.broken |= {"ready": walled, "metrics": walled, "loki/api/v1/query_range": walled, METRICS_OF_POD: walled}
    of_node = 'job="log-collector",node="node-1"'
    stack.prometheus.vectors |= {
        LOKI_UP: [sample(1)],
        COLLECTOR_UP: [sample(1)],
        'loki_ingester_wal_disk_usage_percent{job="loki"}': [sample(0.93)],
        f"otelcol_exporter_queue_size{{{of_node}}}": [sample(4096)],
        f"otelcol_exporter_send_failed_log_records_total{{{of_node}}}": [],
    }
    assert "it stopped at Loki: its volume is full" in await traced(stack)
    stack.prometheus.vectors['loki_ingester_wal_disk_usage_percent{job="loki"}'] = [sample(0.4)]
    assert "it stopped at the export: 4 KiB wait in the queue of log-collector-agent-x, 0 lines were given up" in await traced(
        stack
    )


async def test_packets_that_are_dropped_hold_nothing_up(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unanswered(*asked: str) -> Json:
        await asyncio.sleep(60)

    monkeypatch.setattr(logasked, "ASKING", 0.01)
    monkeypatch.setattr(stack.kube, "service", unanswered)
    monkeypatch.setattr(stack.kube, "get", unanswered)
    assert "it stopped at Loki: it does not answer: no answer within 0 s" in await traced(stack)
    stack.prometheus.vectors[LOKI_UP] = [sample(1)]
    stack.prometheus.vectors['loki_ingester_wal_disk_usage_percent{job="loki"}'] = [sample(0.4)]
    assert "it stopped at the collector: log-collector-agent-x does not answer" in await traced(stack)


@pytest.mark.parametrize("name", BY_ID)
async def test_without_logs_the_release_says_why(stack: Stack, name: str) -> None:
    stack.expect(disabled={"loki": "logs.enabled is false", "opentelemetryCollector": "logs.enabled is false"}, logs=None)
    outcome = await run(stack, name)
    assert (outcome.status, outcome.summary) == (Status.SKIPPED, "logs.enabled is false")
    stack.expect(disabled={}, logs=None)
    assert (await run(stack, name)).status is Status.SKIPPED


DENIED = (
    'level=error msg="failed to flush" retries=2 err="failed to flush chunks: store put chunk: operation error S3: '
    'PutObject, https response error StatusCode: 403, api error AccessDenied: Access Denied., labels: {namespace=\\"a\\"}"'
)
AWAY = (
    'level=error msg="error running loki" err="init compactor: operation error S3: GetObject, request send '
    'failed, Get \\"http://minio/x\\": dial tcp: lookup minio: no such host\\nerror initialising module"'
)


def asks(stack: Stack, *codes: str) -> None:
    """Lines are kept in a bucket, which answered so."""
    stack.expect(logs={"seconds": 604800, "bytes": 9 * 1024**3, "bucket": "my-logs"})
    stack.prometheus.vectors[ANSWERED] = [sample(1, status_code=code) for code in codes]


async def test_without_a_bucket_there_is_none_to_ask(stack: Stack) -> None:
    assert (await run(stack, "logs.bucket")).status is Status.SKIPPED


async def test_a_bucket_that_takes_what_comes(stack: Stack) -> None:
    asks(stack, "200")
    assert (await run(stack, "logs.bucket")).status is Status.PASSED


@pytest.mark.parametrize(("codes", "status"), [(["500"], Status.FAILED), (["200", "500"], Status.WARNED), ([], Status.FAILED)])
async def test_a_bucket_that_refuses_is_told_in_its_own_words(stack: Stack, codes: list[str], status: Status) -> None:
    asks(stack, *codes)
    stack.kube.log["loki-0", False] = f"{DENIED}\nlevel=warn msg=other\n"
    outcome = await run(stack, "logs.bucket")
    assert outcome.status is status
    assert "it refuses these credentials this bucket (operation error S3: PutObject, " in outcome.summary
    assert "AccessDenied" in outcome.summary


async def test_a_loki_that_did_not_start_for_its_bucket_is_asked_for_its_last_words(stack: Stack) -> None:
    asks(stack)
    stack.kube.log["loki-0", True] = AWAY
    summary = (await run(stack, "logs.bucket")).summary
    assert "the name of the endpoint does not resolve (operation error S3: GetObject" in summary
    assert "initialising" not in summary
    stack.kube.log.clear()
    assert "is Loki running?" in (await run(stack, "logs.bucket")).summary


def test_a_page_of_metrics_is_read_by_name() -> None:
    page = '# HELP a b\na{x="1"} 2\na{x="2"} 3.5\nb 1e+06\n'
    assert logasked.total(logasked.samples(page), "a") == 5.5
    assert logasked.total(logasked.samples(page), "b") == 1e6
    assert logasked.total(logasked.samples(page), "c") == 0
