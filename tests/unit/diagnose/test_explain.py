"""Why a panel is empty, end to end: from a dead panel's finding to the sentence that a person reads."""

from typing import Any

import pytest

from obsdeploy.checks.model import Check, Finding, Outcome, Silent, Status
from obsdeploy.checks.panels import check_of
from obsdeploy.checks.runner import run
from tests.unit.checks import healthy
from tests.unit.checks.fakes import Stack, sample
from tests.unit.checks.healthy import CLIENTS, EMPTY, points
from tests.unit.diagnose.test_chain import World

TRAFFIC = 'sum(increase(http_requests_total{handler!=""}[300s])) > 0'
METRIC = "redis_connected_clients"
SELECTOR = 'redis_connected_clients{instance=~"carts"}'


@pytest.fixture
def dead() -> Stack:
    """The panel of the dashboard is empty, and everything else is well."""
    made = healthy.stack()
    made.promise("obs-x", {"2": {"expect": "data"}})
    made.grafana.results[CLIENTS] = EMPTY
    made.prometheus.guess = World({METRIC, SELECTOR}).answer
    made.prometheus.data |= {"label/__name__/values": [METRIC], f"targets/metadata?{METRIC}": []}
    return made


async def explained(stack: Stack) -> Finding:
    check: Check = check_of("obs-x")
    outcome: Outcome = (await run([check], stack.context, Silent())).results[0].outcome
    assert outcome.details == ()
    return outcome.findings[0]


async def test_a_dead_backend(dead: Stack) -> None:
    dead.prometheus.guess = World().answer
    dead.prometheus.vectors["redis_up == 0"] = [sample(0, instance="carts")]
    finding = await explained(dead)
    assert finding.status is Status.FAILED
    assert finding.summary == "query A is empty: Redis carts at redis.shop.svc:6379 does not answer its exporter, which is up"
    assert finding.hint
    assert finding.hint.command == "obsdeploy verify --only exporters.redis"


async def test_a_variable_without_values_is_the_first_link(dead: Stack) -> None:
    dead.prometheus.data["label/instance/values?redis_up"] = []
    dead.grafana.otherwise = EMPTY
    dead.prometheus.guess = World({"redis_up"}).answer
    summary = (await explained(dead)).summary
    assert summary == (
        "query A is empty: the variable $instance has no values (label_values(redis_up, instance) finds none): "
        "no series has the label instance"
    )


async def test_a_variable_without_values_is_traced_to_what_it_reads(dead: Stack) -> None:
    dead.prometheus.data["label/instance/values?redis_up"] = []
    dead.grafana.otherwise = EMPTY
    dead.prometheus.guess = World().answer
    dead.prometheus.data["targets"]["activeTargets"][1] |= {"health": "down", "lastError": "no such host"}
    assert "finds none): redis_up comes from redis carts, which is down: no such host" in (await explained(dead)).summary


def with_query(stack: Stack, expression: str) -> None:
    board: Any = stack.grafana.answers["dashboards/uid/obs-x"]["dashboard"]
    board["panels"][1]["targets"][0]["expr"] = expression
    stack.grafana.otherwise = EMPTY


async def test_a_comparison_that_nothing_passes(dead: Stack) -> None:
    with_query(dead, f"sum({METRIC}) > 100")
    dead.prometheus.vectors |= {
        f"sum({METRIC}) > 100": [],
        f"sum({METRIC})": [sample(3)],
        "100": [sample(100)],
    }
    assert (await explained(dead)).summary == f"query A is empty: nothing of sum({METRIC}) is > 100"


async def test_two_sides_whose_labels_do_not_meet(dead: Stack) -> None:
    other = "redis_memory_used_bytes"
    dead.prometheus.guess = World({METRIC, other}).answer
    with_query(dead, f"{METRIC} / {other}")
    dead.prometheus.vectors |= {
        f"{METRIC} / {other}": [],
        METRIC: [sample(3, __name__=METRIC, instance="carts", pod="a")],
        other: [sample(9, instance="carts")],
    }
    assert (await explained(dead)).summary == (
        "query A is empty: both sides of / have samples, but none with the same labels: "
        "the left has instance, pod, the right has instance"
    )


async def test_the_innermost_operation_is_blamed(dead: Stack) -> None:
    with_query(dead, f"1 - ({METRIC} > 100)")
    dead.prometheus.vectors |= {
        f"1 - ({METRIC} > 100)": [],
        f"{METRIC} > 100": [],
        METRIC: [sample(3)],
        "100": [sample(100)],
    }
    assert (await explained(dead)).summary == f"query A is empty: nothing of {METRIC} is > 100"


async def test_a_function_that_gives_nothing_is_all_that_can_be_said(dead: Stack) -> None:
    assert (await explained(dead)).summary == "query A is empty: each part has samples, but together they give nothing"


async def test_a_division_by_zero(dead: Stack) -> None:
    dead.grafana.results[CLIENTS] = points(None, None)
    summary = (await explained(dead)).summary
    assert summary.startswith("query A gives nothing but NaN: ")
    assert summary.endswith("something is divided by zero")


async def test_a_shop_without_customers(dead: Stack) -> None:
    dead.promise("obs-x", {"2": {"expect": "traffic"}})
    dead.expect(demo=True)
    dead.prometheus.vectors[TRAFFIC] = []
    finding = await explained(dead)
    assert "no service has answered a request in the last five minutes: is the demo's load generator at work?" in finding.summary
    assert finding.hint
    assert finding.hint.command == "kubectl -n saga-demo logs deploy/load-generator --tail=20"


async def test_one_living_alternative_makes_the_others_innocent(dead: Stack) -> None:
    with_query(dead, f"{METRIC} > 5 or redis_gone")
    dead.prometheus.data["targets/metadata?redis_gone"] = []
    dead.prometheus.vectors |= {f"{METRIC} > 5": [], METRIC: [sample(3)], "5": [sample(5)]}
    assert (await explained(dead)).summary == f"query A is empty: nothing of {METRIC} is > 5"


async def test_an_error_of_the_query_speaks_for_itself(dead: Stack) -> None:
    dead.grafana.results[CLIENTS] = {"error": "Data source not found"}
    assert (await explained(dead)).summary == "query A fails: Data source not found"


async def test_panels_that_are_well_are_left_alone(dead: Stack) -> None:
    board: Any = dead.grafana.answers["dashboards/uid/obs-x"]["dashboard"]
    board["panels"].append({"id": 3, "type": "stat", "title": "Up", "targets": [{"refId": "A", "expr": "up"}]})
    dead.grafana.results["up"] = points(1)
    outcome = (await run([check_of("obs-x")], dead.context, Silent())).results[0].outcome
    assert outcome.findings[1] == Finding("3 Up", Status.PASSED, "1 series")
