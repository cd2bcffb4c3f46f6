"""exporters.redis, once more: redis_exporter names one reason for every trouble, and is asked again for the true one."""

from collections.abc import Mapping
from urllib.parse import unquote

import pytest

from obsdeploy.checks import redis
from obsdeploy.checks.model import Finding, Outcome, Status
from obsdeploy.checks.redisasked import unmasked
from obsdeploy.checks.runner import attempt, explained
from obsdeploy.errors import EnvironmentProblem
from tests.unit.checks.fakes import Stack, sample

(CHECK,) = redis.CHECKS
REDIS, REDISS = "dial redis: unknown network redis", "dial rediss: unknown network rediss"
NOAUTH = "NOAUTH Authentication required."
HUNG_UP = "set tcp 10.0.0.5:43056: use of closed network connection"
REFUSED = "dial tcp 10.0.0.5:6379: connect: connection refused"
ADDRESS = "redis.shop.svc:6379"
PLAIN, LOCKED = f"tcp://{ADDRESS}", f"rediss://{ADDRESS}/0"


@pytest.mark.parametrize(
    ("error", "answers", "reason"),
    [
        (REDIS, {PLAIN: REFUSED}, f"nothing listens there: Redis is down, or at another port ({REFUSED})"),
        (REDIS, {PLAIN: "dial tcp: lookup redis.shop.svc: no such host"}, "its name does not resolve (dial tcp: lookup"),
        (REDIS, {PLAIN: "dial tcp 10.0.0.5:6379: i/o timeout"}, "no answer: a network policy or firewall drops the packets"),
        (REDIS, {PLAIN: NOAUTH}, "the password is wrong"),
        (REDIS, {PLAIN: ""}, "it wants no password, and is given one: leave passwordSecret out"),
        (REDIS, {PLAIN: HUNG_UP}, "it takes connections and does not answer: Redis hangs, or wants TLS"),
        (REDISS, {PLAIN: REFUSED}, "nothing listens there: "),
        (REDISS, {PLAIN: ""}, "it does not speak TLS at this port: tls in obsdeploy.yaml"),
        (REDISS, {PLAIN: NOAUTH}, "it does not speak TLS at this port: tls in obsdeploy.yaml"),
        (
            REDISS,
            {PLAIN: HUNG_UP, LOCKED: REDISS},
            "TLS fails: its certificate is of an authority that the exporter does not know",
        ),
        (REDISS, {PLAIN: HUNG_UP, LOCKED: NOAUTH}, "the password is wrong"),
        (REDISS, {PLAIN: HUNG_UP, LOCKED: ""}, "it wants no password, and is given one"),
    ],
)
async def test_what_the_exporter_keeps_to_itself_is_found_out(error: str, answers: Mapping[str, str], reason: str) -> None:
    """What redis_exporter 1.86 answered to each, with real Redis servers behind it."""

    async def ask(target: str) -> str:
        return answers[target]

    assert (await unmasked(ask, ADDRESS, error)).startswith(reason)


def dead(stack: Stack, error: str) -> None:
    stack.prometheus.vectors["redis_up"] = [sample(0, instance="carts")]
    stack.prometheus.vectors["redis_exporter_last_scrape_error > 0"] = [sample(1, instance="carts", err=error)]


async def outcome(stack: Stack) -> Outcome:
    context = stack.context  # one for both, as in a run: the explanation goes by what the attempt found
    return await explained(CHECK, context, await attempt(CHECK, context))


def only(found: Outcome) -> Finding:
    (finding,) = found.findings
    return finding


def page(error: str) -> str:
    escaped = error.replace("\\", "\\\\").replace('"', '\\"')
    return f'# HELP redis_up\nredis_exporter_last_scrape_error{{err="{escaped}"}} 1\nredis_up 0\n'


async def test_a_final_failure_says_what_the_exporter_met(stack: Stack) -> None:
    dead(stack, REDIS)
    stack.kube.services[f"scrape?target={PLAIN.replace(':', '%3A').replace('/', '%2F')}"] = page(NOAUTH)
    found = await outcome(stack)
    assert (found.status, found.summary) == (Status.FAILED, "Redis carts is dead")
    assert only(found).summary == f"Redis at {ADDRESS} does not answer: the password is wrong"


async def test_a_quoted_error_is_read_whole(stack: Stack) -> None:
    dead(stack, REDIS)
    stack.kube.services = {f"scrape?target={PLAIN.replace(':', '%3A').replace('/', '%2F')}": page('ERR "odd" \\ reply')}
    assert unquote(next(iter(stack.kube.services))) == f"scrape?target={PLAIN}"
    assert only(await outcome(stack)).summary.endswith('ERR "odd" \\ reply')


async def test_a_reason_that_the_exporter_names_is_not_asked_for_again(stack: Stack) -> None:
    dead(stack, NOAUTH)
    assert "it wants a password: passwordSecret" in only(await outcome(stack)).summary


async def test_an_exporter_that_can_not_be_asked_leaves_what_is_known(stack: Stack) -> None:
    dead(stack, REDIS)
    stack.kube.broken["scrape"] = EnvironmentProblem("a permission is missing: get services/proxy", hint="Ask for it.")
    assert "no connection or no log-in" in only(await outcome(stack)).summary
