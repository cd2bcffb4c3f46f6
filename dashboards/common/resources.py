"""CPU and memory of pods, against what they asked for and may take."""

from grafana_foundation_sdk.builders import table

from dashboards.common.board import Line
from dashboards.common.panel import Panel, lines
from dashboards.common.query import Query
from dashboards.common.sources import KUBE_STATE_METRICS
from dashboards.common.style import at_most
from dashboards.common.tables import Column, columns
from obsdeploy.checks.released import Expect

_PODS = 'namespace=~"$namespace",container!=""'
# The kubelet measures containers in a rhythm of its own, up to half a minute on a busy node: a window of one minute has gaps.
_WINDOW = "2m"
_CPU = f"sum by (pod) (rate(container_cpu_usage_seconds_total{{{_PODS}}}[{_WINDOW}]))"
_MEMORY = f"sum by (pod) (container_memory_working_set_bytes{{{_PODS}}})"


def _granted(kind: str, resource: str) -> str:
    return f'sum by (pod) (kube_pod_container_resource_{kind}{{namespace=~"$namespace",resource="{resource}"}})'


def usage(first_id: int, expect: Expect) -> Line:
    """Return CPU and memory by pod over time; takes two ids."""
    return Line(
        8,
        [
            Panel(
                first_id,
                "CPU by pod",
                "Cores that each pod of the selected namespaces uses. A pod that stays at its limit (below) is throttled and "
                "slow: raise the limit or add replicas.",
                lines(unit="suffix:cores", many=True),
                [Query(_CPU, "{{pod}}")],
                expect,
            ),
            Panel(
                first_id + 1,
                "Memory by pod",
                "Working set of each pod: what counts towards its limit. A line that only climbs is a leak; at the limit the "
                "container is killed and starts again.",
                lines(unit="bytes", many=True),
                [Query(_MEMORY, "{{pod}}")],
                expect,
            ),
        ],
    )


def against_grants(first_id: int, expect: Expect) -> Line:
    """Return CPU and memory by pod, now, beside requests and limits; takes two ids. Pods without limits have blanks there."""
    return Line(
        10,
        [
            Panel(
                first_id,
                "CPU against requests and limits",
                "What each pod uses beside what it asked for and what it may take at most. Far over 100 % of its request it "
                "lives on spare capacity that it may lose; near 100 % of its limit it is throttled.",
                _table("suffix:cores"),
                _queries(_CPU, "cpu"),
                expect,
                needs=KUBE_STATE_METRICS,
            ),
            Panel(
                first_id + 1,
                "Memory against requests and limits",
                "Working set of each pod beside what it asked for and what it may take at most. Over its request it is evicted "
                "first when the node runs out; at 100 % of its limit it is killed.",
                _table("bytes"),
                _queries(_MEMORY, "memory"),
                expect,
                needs=KUBE_STATE_METRICS,
            ),
        ],
    )


def throttling(panel_id: int) -> Panel:
    """Return how often pods were held back at their CPU limit; nothing for those that have none."""
    throttled, periods = (f"rate(container_cpu_cfs_{kind}periods_total{{{_PODS}}}[{_WINDOW}])" for kind in ("throttled_", ""))
    return Panel(
        panel_id,
        "CPU throttling",
        "Share of scheduling periods in which a pod was held back at its CPU limit; empty where no limit is set. Above 25 % it "
        "costs response time: raise the limit.",
        lines(unit="percentunit", maximum=1, limits=at_most(0.25, 0.5), many=True, empty="no pod has a CPU limit"),
        [Query(f"sum by (pod) ({throttled}) / (sum by (pod) ({periods}) > 0)", "{{pod}}")],
        Expect.ZERO_OK,
    )


def restarts(panel_id: int) -> Panel:
    """Return which pods' containers started again."""
    counter = 'kube_pod_container_status_restarts_total{namespace=~"$namespace"}'
    return Panel(
        panel_id,
        "Restarts in the last hour",
        "Containers that started again; empty is good. `kubectl logs --previous` shows the last words: runbook PodCrashLooping.",
        lines(unit="short", decimals=0, many=True, empty="none"),
        [Query(f"sum by (pod) (increase({counter}[1h])) > 0", "{{pod}}")],
        Expect.ZERO_OK,
        needs=KUBE_STATE_METRICS,
    )


def _queries(used: str, resource: str) -> list[Query]:
    requests, limits = _granted("requests", resource), _granted("limits", resource)
    return [
        Query(used, "used", "table"),
        Query(f"{used} / {requests}", "of request", "table"),
        Query(f"{used} / {limits}", "of limit", "table", expect=Expect.OPTIONAL),
    ]


def _table(unit: str) -> table.Panel:
    by_ref = {
        "A": Column("Used", unit),
        # More than it asked for is allowed, and risky; the whole limit is where it is throttled or killed.
        "B": Column("Of request", "percentunit", (1.0, 2.0)),
        "C": Column("Of limit", "percentunit", (0.8, 0.95)),
    }
    return columns(by_ref, key=("pod", "Pod"), width=250, sort="Used")
