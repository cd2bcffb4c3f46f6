"""Service detail: which endpoint, which status, which step of the saga."""

from dashboards.common import http, resources, sagas, variables
from dashboards.common.board import Board, Line, Row
from dashboards.common.panel import Panel, distribution, lines, total
from dashboards.common.query import Query, quantiles
from dashboards.common.sources import DEMO
from dashboards.common.style import OUTCOMES, QUANTILES, STATUS_CLASSES, at_least, at_most
from obsdeploy.checks.released import Expect


def _totals() -> Row:
    panels = [
        Panel(
            2,
            "Requests",
            "Requests per second that the selected services answer, health checks left out.",
            total(unit="reqps", decimals=1),
            [Query(http.REQUEST_RATE, "requests")],
            Expect.TRAFFIC,
        ),
        Panel(
            3,
            "Error rate",
            "Share of requests answered with 5xx. From 1 %: see which endpoint below, then that service's logs.",
            total(unit="percentunit", limits=at_most(0.01, 0.05), decimals=1, empty="none"),
            [Query(http.ERROR_RATIO, "errors")],
            Expect.ZERO_OK,
        ),
        Panel(
            4,
            "p95",
            "95 % of the slowest selected service's requests are faster than this.",
            total(unit="s", limits=at_most(0.5, 1)),
            [Query(http.SLOWEST_P95, "p95")],
            Expect.TRAFFIC,
        ),
        Panel(
            5,
            "Instances up",
            "Share of instances that answer Prometheus. Below 100 %: `kubectl get pods`, then the pod's last log lines.",
            total(unit="percentunit", limits=at_least(0.9, 1), decimals=0),
            [Query(http.TARGETS_UP, "up")],
            Expect.TRAFFIC,
        ),
    ]
    return Row(1, "", [Line(4, panels)])


def _traffic() -> Row:
    status = Panel(
        12,
        "Requests by status",
        "Answers by class, stacked. 4xx are the callers' mistakes (or a changed contract), 5xx this service's own.",
        lines(unit="reqps", stacked=True, colors=STATUS_CLASSES),
        [Query(http.requests_by("status_class"), "{{status_class}}")],
        Expect.TRAFFIC,
    )
    endpoints = Panel(
        11,
        "Request rate by endpoint",
        "Requests per second by endpoint. One endpoint far over its usual level: a caller that retries or loops.",
        lines(unit="reqps", many=True),
        [Query(http.requests_by("method", "endpoint"), "{{method}} {{endpoint}}")],
        Expect.TRAFFIC,
    )
    errors = Panel(
        13,
        "Errors by endpoint",
        "Answers with 5xx per second by endpoint; empty or zero is good. Search the service's logs for the endpoint at that "
        "time.",
        lines(unit="reqps", many=True, empty="no errors"),
        [Query(http.errors_by_endpoint(), "{{method}} {{endpoint}}")],
        Expect.ZERO_OK,
    )
    return Row(10, "Traffic and errors", [Line(8, [status, endpoints], widths=(8, 16)), Line(6, [errors])])


def _durations() -> Row:
    percentiles = Panel(
        21,
        "Response-time percentiles",
        "Half of the requests are faster than p50, all but 1 in 100 faster than p99. Far apart: two kinds of request, see the "
        "endpoints beside.",
        lines(unit="s", colors=QUANTILES),
        http.percentiles(),
        Expect.TRAFFIC,
    )
    endpoints = Panel(
        22,
        "p95 by endpoint",
        "95 % of an endpoint's requests are faster than this; dashed at 0.5 s and 1 s. The slow one is where to look for a "
        "query, a lock or a slow dependency.",
        lines(unit="s", limits=at_most(0.5, 1), many=True),
        [Query(http.p95_by_endpoint(), "{{method}} {{endpoint}}")],
        Expect.TRAFFIC,
    )
    heatmap = Panel(
        23,
        "Request-duration distribution",
        "How many requests per second took how long. A new upper band is what percentiles hide.",
        distribution(unit="s", cell="reqps"),
        [Query(http.HISTOGRAM, "{{le}}", "heatmap")],
        Expect.TRAFFIC,
    )
    return Row(20, "Durations", [Line(8, [percentiles, endpoints], widths=(8, 16)), Line(8, [heatmap])])


def _saga() -> Row:
    panels = [
        Panel(
            31,
            "Sagas by outcome",
            "Sagas finished per minute by outcome. Compensated ones were undone cleanly; failed ones could not be and need a "
            "person: the coordinator's log names them.",
            lines(unit="suffix:/min", stacked=True, colors=OUTCOMES),
            [Query(sagas.FINISHED_BY_OUTCOME, "{{outcome}}")],
            Expect.TRAFFIC,
            needs=DEMO,
        ),
        Panel(
            32,
            "Compensations by step",
            "Steps undone per minute. Every step before the one that failed is undone: the last step in the saga's order that "
            "shows here comes just before the one that fails.",
            lines(unit="suffix:/min", names_only=True),
            [Query(sagas.COMPENSATIONS_BY_STEP, "{{step}}")],
            Expect.TRAFFIC,
            needs=DEMO,
        ),
        Panel(
            33,
            "Saga duration",
            "From start to end of a saga, all steps and retries included. Far over the sum of its steps: retries, or a "
            "coordinator that was away.",
            lines(unit="s", colors=QUANTILES),
            quantiles(sagas.DURATION_BUCKETS),
            Expect.TRAFFIC,
            needs=DEMO,
        ),
    ]
    return Row(30, "Sagas in the selected namespaces", [Line(8, panels)])


def _resources() -> Row:
    held_back = Line(7, [resources.throttling(43), resources.restarts(44)])
    return Row(40, "Pods in the selected namespaces", [resources.usage(41, Expect.TRAFFIC), held_back])


BOARD = Board(
    uid="obs-service",
    title="Service detail",
    about="One service (or several) by endpoint, status and time taken, and the sagas that it takes part in.",
    variables=variables.applications(),
    rows=[_totals(), _traffic(), _durations(), _saga(), _resources()],
)
