"""Logs: what services say, and whether all of it arrives."""

from dashboards.common import variables
from dashboards.common.board import Board, Line, Row
from dashboards.common.logql import LogQuery, tail, text
from dashboards.common.panel import Panel, lines, total
from dashboards.common.query import Query, rate
from dashboards.common.sources import LOG_COLLECTOR, LOKI
from dashboards.common.style import BAD, at_least, at_most
from obsdeploy.checks.released import Expect

_SELECTED = 'namespace=~"$namespace",service=~"$service"'
_STREAMS = f'{{{_SELECTED},level=~"$level"}}'
_BAD = f'{{{_SELECTED},level=~"error|fatal"}}'
# What is typed is escaped, so that a parenthesis is one and breaks no panel. Of all characters only a backtick can't be in it:
# no other quotes leave alone what Grafana escapes. An empty box finds everything, lines without an id included.
_FOUND = "|~ `(?i)${search:regex}` | saga_id=~`${id:regex}.*` or request_id=~`${id:regex}.*`"
_SENT, _FAILED = "otelcol_exporter_sent_log_records_total", "otelcol_exporter_send_failed_log_records_total"


def _totals() -> Row:
    queue = "sum(otelcol_exporter_queue_size) / sum(otelcol_exporter_queue_capacity)"
    panels = [
        Panel(
            2,
            "Lines",
            "Log lines per second that Loki takes in, of all services.",
            total(unit="suffix:lines/s", decimals=1),
            [Query(f"sum({rate('loki_distributor_lines_received_total')})", "lines")],
            Expect.DATA,
            needs=LOKI,
        ),
        Panel(
            3,
            "Errors",
            "Lines of level error and fatal per second, of the selected services.",
            total(unit="suffix:lines/s", limits=at_most(0.1, 1), empty="none"),
            [LogQuery(f"sum(rate({_BAD}[$__auto]))", "errors")],
            Expect.ZERO_OK,
            needs=LOKI,
        ),
        Panel(
            4,
            "Refused by Loki",
            "Lines in the last 5 minutes that Loki would not have: too old, too long, too many streams. Not 0: see By reason.",
            total(unit="short", limits=at_most(1, 1), decimals=0),
            [Query("sum(increase(loki_discarded_samples_total[5m])) or vector(0)", "refused")],
            Expect.DATA,
            needs=LOKI,
        ),
        Panel(
            5,
            "Queues in use",
            "Share of the collectors' queues on disk that is full: what waits for Loki. At 100 % they stop reading, and lines "
            "wait in the nodes' log files until those are rotated away.",
            total(unit="percentunit", limits=at_most(0.1, 0.75), decimals=0),
            [Query(queue, "in use")],
            Expect.DATA,
            needs=LOG_COLLECTOR,
        ),
        Panel(
            6,
            "Collectors up",
            "Share of nodes whose collector answers. Below 100 %: `obsdeploy verify --only logs` names the node.",
            total(unit="percentunit", limits=at_least(0.9, 1), decimals=0),
            [Query('sum(up{job="log-collector"}) / count(up{job="log-collector"})', "up")],
            Expect.DATA,
            needs=LOG_COLLECTOR,
        ),
        Panel(
            7,
            "Kept on disk",
            "Bytes of lines that Loki took in during the last 24 hours, before compression.",
            total(unit="bytes"),
            [Query("sum(increase(loki_distributor_bytes_received_total[24h]))", "bytes")],
            Expect.DATA,
            needs=LOKI,
        ),
    ]
    return Row(1, "", [Line(4, panels)])


def _services() -> Row:
    panels = [
        Panel(
            11,
            "Lines by service",
            "Lines per second by service, of the levels that are chosen above. A jump: something repeats itself.",
            lines(unit="suffix:lines/s", stacked=True, names_only=True, empty="no lines"),
            [LogQuery(f"sum by (service) (rate({_STREAMS}[$__auto]))", "{{service}}")],
            Expect.ZERO_OK,
            needs=LOKI,
        ),
        Panel(
            12,
            "Errors by service",
            "Lines of level error and fatal per second by service; empty is good. Below are the lines themselves.",
            lines(unit="suffix:lines/s", names_only=True, empty="no errors"),
            [LogQuery(f"sum by (service) (rate({_BAD}[$__auto]))", "{{service}}")],
            Expect.ZERO_OK,
            needs=LOKI,
        ),
    ]
    return Row(10, "By service", [Line(8, panels)])


def _lines() -> Row:
    newest = Panel(
        21,
        "Newest lines",
        "Lines of the selected services, newest first, kept up to date; search and id above narrow them down.",
        tail(),
        [LogQuery(f"{_STREAMS} {_FOUND}", "lines", "lines")],
        Expect.ZERO_OK,
        needs=LOKI,
    )
    errors = Panel(
        22,
        "Newest errors",
        "Lines of level error and fatal of the selected services, tracebacks in one piece.",
        tail(),
        [LogQuery(f"{_BAD} {_FOUND}", "lines", "lines")],
        Expect.ZERO_OK,
        needs=LOKI,
    )
    return Row(20, "Lines", [Line(16, [newest]), Line(10, [errors])])


def _pipeline() -> Row:
    accepted, refused = "otelcol_receiver_accepted_log_records_total", "otelcol_receiver_refused_log_records_total"
    panels = [
        Panel(
            31,
            "From files to Loki",
            "Lines per second that the collectors read, sent, and failed to send for good. Read without sent: the queue fills.",
            lines(unit="suffix:lines/s", colors={"failed": BAD}),
            [
                Query(f"sum({rate(accepted)})", "read"),
                Query(f"sum({rate(_SENT)})", "sent"),
                Query(f"sum({rate(_FAILED)})", "failed", expect=Expect.OPTIONAL),
                Query(f"sum({rate(refused)})", "held back", expect=Expect.OPTIONAL),
            ],
            Expect.DATA,
            needs=LOG_COLLECTOR,
        ),
        Panel(
            32,
            "Refused by reason",
            "Lines per second that Loki would not have, by reason; empty is good. docs/logs.md says what each one asks for.",
            lines(unit="suffix:lines/s", names_only=True, empty="none"),
            [Query(f"sum by (reason) ({rate('loki_discarded_samples_total')})", "{{reason}}")],
            Expect.OPTIONAL,
            needs=LOKI,
        ),
        Panel(
            33,
            "Streams",
            "Streams that Loki holds open: combinations of namespace, service, container and level. It grows with services, not "
            "with lines.",
            lines(unit="short", decimals=0),
            [Query("sum(loki_ingester_memory_streams)", "streams")],
            Expect.DATA,
            needs=LOKI,
        ),
        Panel(
            34,
            "Memory of Loki",
            "Resident memory of Loki. Near its limit: fewer streams, or a higher limit (values: loki.singleBinary.resources).",
            lines(unit="bytes"),
            [Query('sum(process_resident_memory_bytes{job="loki"})', "Loki")],
            Expect.DATA,
            needs=LOKI,
        ),
    ]
    collector = Panel(
        35,
        "Memory of collectors",
        "Resident memory of each node's collector. Near its limit it holds back what it reads.",
        lines(unit="bytes", names_only=True),
        [Query("max by (node) (otelcol_process_memory_rss_bytes)", "{{node}}")],
        Expect.DATA,
        needs=LOG_COLLECTOR,
    )
    return Row(30, "On their way", [Line(8, panels[:2]), Line(8, [*panels[2:], collector])])


BOARD = Board(
    uid="obs-logs",
    title="Logs",
    about="What services say: rate, errors and lines by service, found by words or by the id of a saga or request.",
    variables=[
        variables.datasource(),
        variables.anything("namespace", "Namespace", "container_memory_working_set_bytes"),
        variables.of_lines("service", "Service", '{namespace=~"$namespace"}'),
        variables.choice("level", "Level", ("debug", "info", "warn", "error", "fatal", "unknown")),
        text("search", "Search", "Text as it stands, in either case; a backtick can't be searched for."),
        text("id", "Saga or request id", "How the id begins; a backtick can't be in it."),
    ],
    rows=[_totals(), _services(), _lines(), _pipeline()],
)
