"""prometheus.remote: what is sent elsewhere arrives, or what keeps it from arriving is told."""

from typing import Any

import pytest

from obsdeploy.checks import remote
from obsdeploy.checks.model import Outcome, Status
from obsdeploy.checks.runner import attempt, explained
from obsdeploy.errors import EnvironmentProblem
from tests.unit.checks.fakes import NOW, Stack, sample, stamp
from tests.unit.checks.healthy import CONFIG

(CHECK,) = remote.CHECKS
URL = "https://mimir.example/push?token=hush"
SENT = "prometheus_remote_storage_queue_highest_sent_timestamp_seconds"
COUNTED = "prometheus_remote_storage_samples_failed_total"
REFUSED = f"{COUNTED} - ({COUNTED} offset 1m or 0 * {COUNTED}) > 0"
RETRIED = "rate(prometheus_remote_storage_samples_retried_total[1m]) > 0"
WAITING = "prometheus_remote_storage_samples_pending"
REFUSAL = "it refused 40 samples in the last minute; they are lost"


def queue(value: float) -> Any:
    return sample(value, remote_name="long-term", url=URL)


@pytest.fixture
def sending(stack: Stack) -> Stack:
    """Prometheus sends to one destination, which took samples two seconds ago."""
    entry = f"remote_write:\n- url: {URL}\n  name: long-term\n"
    stack.prometheus.data["status/config"] = {"yaml": CONFIG + entry}
    stack.prometheus.vectors |= {
        f"timestamp({SENT})": [queue(NOW - 5)],
        SENT: [queue(NOW - 2)],
        REFUSED: [],
        RETRIED: [],
        WAITING: [queue(7000)],
    }
    return stack


async def outcome(stack: Stack) -> Outcome:
    context = stack.context  # one for both, as in a run: the explanation goes by what the attempt found
    found = await attempt(CHECK, context)
    return await explained(CHECK, context, found) if found.status is Status.FAILED else found


async def test_without_a_destination_it_is_skipped(stack: Stack) -> None:
    found = await outcome(stack)
    assert (found.status, found.summary) == (Status.SKIPPED, "no destination named under remoteWrite:")


async def test_a_destination_that_takes_what_it_is_sent_passes(sending: Stack) -> None:
    found = await outcome(sending)
    assert (found.status, found.summary) == (Status.PASSED, "1 of 1 destinations take what they are sent")
    (finding,) = found.findings
    assert finding.subject == "remote write to mimir.example/push"
    assert finding.summary.startswith("it took samples of ")


@pytest.mark.parametrize(
    ("vectors", "said"),
    [
        ({REFUSED: [queue(40)]}, REFUSAL),
        ({SENT: [queue(0)], RETRIED: [queue(3)]}, "it takes nothing now, and is tried again; 7,000 samples wait"),
        ({SENT: [queue(NOW - 900)], RETRIED: [queue(3)]}, "it takes nothing now, and is tried again"),
        ({SENT: [queue(0)]}, "nothing has been sent to it: does its `keep` match the name of any metric?"),
        ({SENT: [queue(NOW - 900)]}, "it has been sent nothing since 15 min ago"),
    ],
    ids=["refused", "never reached", "gone", "nothing kept", "stopped"],
)
async def test_what_does_not_arrive_is_told(sending: Stack, vectors: dict[str, Any], said: str) -> None:
    sending.prometheus.vectors |= vectors
    found = await outcome(sending)
    assert (found.status, found.temporary) == (Status.FAILED, False)
    assert found.summary == "1 of 1 destinations do not take what they are sent"
    assert found.findings[0].summary.startswith(said)


async def test_prometheus_own_last_error_is_told_and_no_secret_of_the_url(sending: Stack) -> None:
    sending.prometheus.vectors[REFUSED] = [queue(40)]
    line = 'level=ERROR msg="non-recoverable error" remote_name={name} url="{url}" err="{error}"'
    told = 'Post \\"https://mimir.example/push?token=hush\\": server returned HTTP status 401 Unauthorized: \\n'
    sending.kube.log["prometheus-server-1", False] = "\n".join(
        [
            line.format(name="long-term", url=URL, error="server returned HTTP status 404 Not Found: \\n"),
            line.format(name="long-term", url=URL, error=told),
            line.format(name="other", url="http://other", error="another's"),
        ]
    )
    (finding,) = (await outcome(sending)).findings
    assert finding.summary.startswith(f'{REFUSAL}: Post "https://mimir.example/push?token=')
    assert finding.summary.endswith("server returned HTTP status 401 Unauthorized:")
    assert "hush" not in str(finding)


async def test_a_log_that_may_not_be_read_leaves_what_is_known(sending: Stack) -> None:
    sending.prometheus.vectors[REFUSED] = [queue(40)]
    sending.kube.broken["pods"] = EnvironmentProblem("a permission is missing: list pods", hint="Ask for it.")
    assert (await outcome(sending)).findings[0].summary == REFUSAL


async def test_what_prometheus_said_before_it_was_configured_so_is_not_believed(sending: Stack) -> None:
    sending.prometheus.data["status/runtimeinfo"]["lastConfigTime"] = stamp(3)
    found = await attempt(CHECK, sending.context)
    assert (found.status, found.temporary) == (Status.FAILED, True)
    assert found.summary == "nothing is known yet of 1 of 1 destinations"
    sending.prometheus.vectors |= {f"timestamp({SENT})": [queue(NOW)], SENT: [queue(NOW - 20)]}
    young = await attempt(CHECK, sending.context)
    assert (young.status, young.temporary) == (Status.FAILED, True)
    assert young.findings[0].summary == "it has been sent nothing since 20 s ago"
