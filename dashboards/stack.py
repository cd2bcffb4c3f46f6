"""The stack itself: is what watches everything else well."""

from dashboards import stack_parts as parts
from dashboards.common import resources, variables
from dashboards.common.board import Board, Line, Row
from dashboards.common.panel import Panel, lines, total
from dashboards.common.query import Query, rate
from dashboards.common.style import at_least, at_most
from obsdeploy.checks.released import Expect


def _totals() -> Row:
    panels = [
        Panel(
            2,
            "Targets up",
            "Share of scrape targets that answer. Below 100 %: see Targets down for which, and runbook TargetDown.",
            total(unit="percentunit", limits=at_least(0.9, 1), decimals=0),
            [Query("sum(up) / count(up)", "up")],
            Expect.DATA,
        ),
        Panel(
            3,
            "Head series",
            "Series that Prometheus holds in memory; its memory grows with them. A jump: a label with ever new values, see "
            "Samples by job.",
            total(unit="short"),
            [Query('sum(prometheus_tsdb_head_series{job="prometheus"})', "series")],
            Expect.DATA,
        ),
        Panel(
            4,
            "Ingestion",
            "Samples stored per second. It is series divided by the scrape interval.",
            total(unit="suffix:samples/s", decimals=0),
            [Query(f"sum({rate('prometheus_tsdb_head_samples_appended_total')})", "samples")],
            Expect.DATA,
        ),
        Panel(
            5,
            "Rule failures",
            "Rule evaluations that failed in the last 5 minutes. Not 0: Prometheus' page Rule health names the rule and the "
            "error.",
            total(unit="short", limits=at_most(1, 1), decimals=0),
            [Query("sum(increase(prometheus_rule_evaluation_failures_total[5m]))", "failures")],
            Expect.DATA,
        ),
        Panel(
            6,
            "Alerts firing",
            "Alerts that fire now, the ever-firing Watchdog left out. Each has a runbook of its name.",
            total(unit="short", limits=at_most(1, 5), decimals=0),
            [Query('count(ALERTS{alertstate="firing",alertname!="Watchdog"}) or vector(0)', "alerts")],
            Expect.DATA,
        ),
        Panel(
            7,
            "Memory",
            "Resident memory of Prometheus. Against its limit: see Memory by pod below.",
            total(unit="bytes"),
            [Query('sum(process_resident_memory_bytes{job="prometheus"})', "memory")],
            Expect.DATA,
        ),
    ]
    return Row(1, "", [Line(4, panels)])


def _scraping() -> Row:
    panels = [
        Panel(
            11,
            "Targets down",
            "Targets that don't answer; empty is good. All of a job: its port or permission. One: that pod.",
            lines(unit="short", decimals=0, many=True, empty="all targets are up"),
            [Query("sum by (job, instance) (up == bool 0) > 0", "{{job}} {{instance}}")],
            Expect.ZERO_OK,
        ),
        Panel(
            12,
            "Slowest scrape by job",
            "Time that the slowest target of a job takes to answer. At 10 s Prometheus gives up and the target counts as down.",
            lines(unit="s", limits=at_most(5, 10), names_only=True),
            [Query("max by (job) (scrape_duration_seconds)", "{{job}}")],
            Expect.DATA,
        ),
        Panel(
            13,
            "Samples by job",
            "Samples kept per scrape by job, stacked: where the series come from. A job that climbs has a label with ever new "
            "values.",
            lines(unit="short", stacked=True, names_only=True),
            [Query("sum by (job) (scrape_samples_post_metric_relabeling)", "{{job}}")],
            Expect.DATA,
        ),
    ]
    return Row(10, "Scraping", [Line(8, panels)])


def _prometheus() -> Row:
    last = "max by (rule_group) (prometheus_rule_group_last_duration_seconds)"
    panels = [
        Panel(
            21,
            "Time between scrapes, p99",
            "What 99 % of the intervals between two scrapes stay under, by configured interval. Above it: Prometheus lacks CPU.",
            lines(unit="s"),
            [Query('max by (interval) (prometheus_target_interval_length_seconds{quantile="0.99"})', "every {{interval}}")],
            Expect.DATA,
        ),
        Panel(
            22,
            "Rule evaluation by group",
            "Time that the last evaluation of each group of rules took. Near the interval of 15 s evaluations are skipped.",
            lines(unit="s", limits=at_most(5, 15), names_only=True),
            [
                # A group's label is its file's path and its name.
                Query(f'label_replace({last}, "group", "$1", "rule_group", ".*;(.*)")', "{{group}}")
            ],
            Expect.DATA,
        ),
        Panel(
            23,
            "Data on disk",
            "Stored blocks and write-ahead log. Against the volume: Volumes below. Growth beyond retention: more series than "
            "before.",
            lines(unit="bytes", stacked=True),
            [
                Query("sum(prometheus_tsdb_storage_blocks_bytes)", "blocks"),
                Query("sum(prometheus_tsdb_wal_storage_size_bytes)", "write-ahead log"),
            ],
            Expect.DATA,
        ),
    ]
    return Row(20, "Prometheus", [Line(8, panels)])


def _alerting() -> Row:
    return Row(30, "Alerts and Grafana", [Line(8, [*parts.alerting(31), parts.grafana(34)])])


def _workloads() -> Row:
    return Row(40, "Workloads", [Line(8, parts.workloads(41)), resources.usage(44, Expect.DATA)])


def _nodes() -> Row:
    return Row(50, "Nodes and volumes", [Line(8, [*parts.nodes(51), parts.volumes(54)])])


BOARD = Board(
    uid="obs-stack",
    title="The stack itself",
    about="Does Prometheus see everything, keep up and alert? Do the stack's workloads, nodes and volumes have what they need?",
    variables=[
        variables.datasource(),
        variables.label("namespace", "Namespace", "container_memory_working_set_bytes"),
    ],
    rows=[_totals(), _scraping(), _prometheus(), _alerting(), _workloads(), _nodes()],
)
