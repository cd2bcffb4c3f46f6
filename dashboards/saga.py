"""E-commerce saga: is the shop well, and if not, where to look."""

from dashboards.common import caches, http, resources, variables
from dashboards.common.board import Board, Line, Row
from dashboards.common.panel import Panel, distribution, lines, total
from dashboards.common.query import Query
from dashboards.common.sagas import FINISHED_PER_MINUTE, SUCCESS
from dashboards.common.sources import DEMO
from dashboards.common.style import QUANTILES, at_least, at_most
from dashboards.middlewares import REQUESTS
from obsdeploy.checks.released import Expect


def _totals() -> Row:
    panels = [
        Panel(
            2,
            "Requests",
            "Requests per second that the selected services answer, health checks left out. Far from its usual level: look below "
            "for the service that differs.",
            total(unit="reqps", decimals=1),
            [Query(http.REQUEST_RATE, "requests")],
            Expect.TRAFFIC,
        ),
        Panel(
            3,
            "Error rate",
            "Share of requests answered with 5xx. From 1 %: find the service under Service Health Overview and open its details.",
            total(unit="percentunit", limits=at_most(0.01, 0.05), decimals=1, empty="none"),
            [Query(http.ERROR_RATIO, "errors")],
            Expect.ZERO_OK,
        ),
        Panel(
            4,
            "Slowest p95",
            "95 % of the slowest service's requests are faster than this. From 0.5 s: find that service under Service "
            "Performance.",
            total(unit="s", limits=at_most(0.5, 1)),
            [Query(http.SLOWEST_P95, "p95")],
            Expect.TRAFFIC,
        ),
        Panel(
            5,
            "Sagas finished",
            "Orders brought to an end per minute, completed or compensated. Zero under traffic: the coordinator is stuck.",
            total(unit="suffix:/min", decimals=0),
            [Query(FINISHED_PER_MINUTE, "sagas")],
            Expect.TRAFFIC,
            needs=DEMO,
        ),
        Panel(
            6,
            "Saga success",
            "Share of finished sagas that went through without compensation. A fall: see Service detail for the step that fails.",
            total(unit="percentunit", limits=at_least(0.6, 0.75), decimals=1),
            [Query(SUCCESS, "completed")],
            Expect.TRAFFIC,
            needs=DEMO,
        ),
        Panel(
            7,
            "Instances up",
            "Share of the selected services' instances that answer Prometheus. Below 100 %: The stack itself names those that "
            "don't.",
            total(unit="percentunit", limits=at_least(0.9, 1), decimals=0),
            [Query(http.TARGETS_UP, "up")],
            Expect.TRAFFIC,
        ),
    ]
    return Row(1, "", [Line(4, panels)])


def _health() -> Row:
    rate = Panel(
        11,
        "Request rate by service",
        "Requests per second by service. All fall together: the traffic. One alone: that service, or the one that calls it.",
        lines(unit="reqps"),
        [Query(f"sum by (service) ({REQUESTS}{http.SELECTED})", "{{service}}")],
        Expect.TRAFFIC,
        details=True,
    )
    errors = Panel(
        12,
        "Error rate by service",
        "Share of each service's requests answered with 5xx; dashed at 1 % and 5 %. Click a line for the endpoint that fails.",
        lines(unit="percentunit", limits=at_most(0.01, 0.05)),
        [Query(http.errors_by_service(), "{{service}}")],
        Expect.ZERO_OK,
        details=True,
    )
    return Row(10, "Service Health Overview", [Line(8, [rate, errors])])


def _performance() -> Row:
    percentiles = Panel(
        21,
        "Response-time percentiles",
        "Half of all requests are faster than p50, all but 1 in 100 faster than p99. p99 alone up: few slow requests, often one "
        "endpoint. All up: saturation.",
        lines(unit="s", colors=QUANTILES),
        http.percentiles(),
        Expect.TRAFFIC,
    )
    services = Panel(
        22,
        "p95 by service",
        "95 % of a service's requests are faster than this; dashed at 0.5 s and 1 s. Callers include the time of those they "
        "call: the deepest slow service is the cause. Click a line for its endpoints.",
        lines(unit="s", limits=at_most(0.5, 1), names_only=True),
        [Query(http.p95_by_service(), "{{service}}")],
        Expect.TRAFFIC,
        details=True,
    )
    heatmap = Panel(
        23,
        "Request-duration distribution",
        "How many requests per second took how long. Two bands are two kinds of request, or a cache that misses; a new upper "
        "band is what percentiles hide.",
        distribution(unit="s", cell="reqps"),
        [Query(http.HISTOGRAM, "{{le}}", "heatmap")],
        Expect.TRAFFIC,
    )
    return Row(20, "Service Performance", [Line(8, [percentiles, services, heatmap])])


def _redis() -> Row:
    panels = [caches.clients(31), caches.memory(32), caches.commands(33), caches.hit_ratio(34)]
    return Row(30, "Redis", [Line(7, panels)])


def _resources() -> Row:
    # Namespaces are those of applications: where nobody has any, nothing is promised.
    used, granted = resources.usage(41, Expect.TRAFFIC), resources.against_grants(43, Expect.TRAFFIC)
    return Row(40, "System Resources", [used, granted])


BOARD = Board(
    uid="obs-saga",
    title="E-commerce saga",
    about="Is the shop well, and if not, which service, which dependency, which resource?",
    variables=variables.applications(),
    rows=[_totals(), _health(), _performance(), _redis(), _resources()],
)
