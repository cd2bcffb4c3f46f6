"""Redis: does it answer, is it full, what is it asked."""

from dashboards.common import caches, variables
from dashboards.common.board import Board, Line, Row
from dashboards.common.panel import Builder, Panel, lines, total
from dashboards.common.query import Query, rate
from dashboards.common.sources import REDIS_EXPORTER
from dashboards.common.style import BAD, GOOD, WARNING, at_least, at_most, steps
from obsdeploy.checks.released import Expect

CHOSEN = '{instance=~"$instance"}'


def _panel(panel_id: int, title: str, about: str, builder: Builder, *queries: Query, expect: Expect = Expect.DATA) -> Panel:
    return Panel(panel_id, title, about, builder, queries, expect, needs=REDIS_EXPORTER)


def _totals() -> Row:
    used, allowed = f"redis_memory_used_bytes{CHOSEN}", f"redis_memory_max_bytes{CHOSEN}"
    memory = f"max({used} / ({allowed} > 0) or {used} * 0)"
    panels = [
        _panel(
            2,
            "Instances up",
            "Share of the selected instances that answer the exporter's PING. Below 100 %: runbook RedisDown.",
            total(unit="percentunit", limits=at_least(0.5, 1), decimals=0),
            Query(f"avg(redis_up{CHOSEN})", "up"),
        ),
        _panel(
            3,
            "Shortest uptime",
            "Time since the youngest instance started. Short although nobody restarted it: it crashed or was killed for its "
            "memory.",
            total(unit="s", limits=steps((300, GOOD), base=WARNING)),
            Query(f"min(redis_uptime_in_seconds{CHOSEN})", "uptime"),
        ),
        _panel(
            4,
            "Clients",
            "Connections to the selected instances.",
            total(unit="short", decimals=0),
            Query(f"sum(redis_connected_clients{CHOSEN})", "clients"),
        ),
        _panel(
            5,
            "Fullest instance",
            "Memory used of maxmemory where one is set, of the fullest instance; 0 % where none is set. Near 100 % keys are "
            "evicted or writes refused, as its policy says: raise maxmemory or let keys expire.",
            total(unit="percentunit", limits=at_most(0.8, 0.95), decimals=0),
            Query(memory, "used"),
        ),
        _panel(
            6,
            "Commands",
            "Commands per second over the selected instances.",
            total(unit="ops", decimals=1),
            Query(f"sum({rate(f'redis_commands_processed_total{CHOSEN}')})", "commands"),
        ),
        _panel(
            7,
            "Lookups that hit",
            "Share of key lookups that found something.",
            total(unit="percentunit", decimals=1, empty="no lookups"),
            Query(caches.hit_ratio_of(CHOSEN, "sum"), "hits"),
            expect=Expect.ZERO_OK,
        ),
    ]
    return Row(1, "", [Line(4, panels)])


def _commands() -> Row:
    called, spent = rate(f"redis_commands_total{CHOSEN}"), rate(f"redis_commands_duration_seconds_total{CHOSEN}")
    by_command = _panel(
        12,
        "Rate by command",
        "The eight most frequent commands. KEYS or SMEMBERS among them block everybody while they run.",
        lines(unit="ops"),
        Query(f"topk(8, sum by (cmd) ({called}))", "{{cmd}}"),
    )
    duration = _panel(
        13,
        "Mean time per command",
        "The eight slowest commands by mean execution time, waiting not included. Milliseconds mean large values or O(n) "
        "commands.",
        lines(unit="s"),
        Query(f"topk(8, sum by (cmd) ({spent}) / (sum by (cmd) ({called}) > 0))", "{{cmd}}"),
    )
    failed = _panel(
        14,
        "Commands that failed",
        "Commands that Redis answered with an error, per second; empty or zero is good.",
        lines(unit="ops", empty="none"),
        Query(f"sum by (cmd) ({rate(f'redis_commands_failed_calls_total{CHOSEN}')}) > 0", "{{cmd}}"),
        expect=Expect.ZERO_OK,
    )
    return Row(10, "Commands", [Line(8, [caches.commands(11, CHOSEN), by_command]), Line(8, [duration, failed])])


def _clients() -> Row:
    blocked = _panel(
        22,
        "Blocked clients",
        "Clients that wait in a blocking call such as BLPOP. Normal for queues' workers, a symptom for anybody else.",
        lines(unit="short", decimals=0),
        Query(f"sum by (instance) (redis_blocked_clients{CHOSEN})", "{{instance}}"),
    )
    rejected = _panel(
        23,
        "Connections",
        "Connections opened and refused per second. Many opened: no pooling. Any refused: maxclients is reached.",
        lines(unit="cps", colors={"refused": BAD}),
        Query(f"sum({rate(f'redis_connections_received_total{CHOSEN}')})", "opened"),
        Query(f"sum({rate(f'redis_rejected_connections_total{CHOSEN}')})", "refused"),
    )
    return Row(20, "Clients", [Line(7, [caches.clients(21, CHOSEN), blocked, rejected])])


def _memory() -> Row:
    used = _panel(
        31,
        "Memory: data and process",
        "What the data takes and what the process holds. The process far above its data: fragmentation, or a peak not yet "
        "given back.",
        lines(unit="bytes"),
        Query(f"sum by (instance) (redis_memory_used_bytes{CHOSEN})", "{{instance}} data"),
        Query(f"sum by (instance) (redis_memory_used_rss_bytes{CHOSEN})", "{{instance}} process"),
    )
    keys = _panel(
        32,
        "Keys",
        "Keys by instance, and those of them that will expire. All keys without expiry and climbing: Redis fills up.",
        lines(unit="short", decimals=0),
        Query(f"sum by (instance) (redis_db_keys{CHOSEN})", "{{instance}} keys"),
        Query(f"sum by (instance) (redis_db_keys_expiring{CHOSEN})", "{{instance}} expiring"),
    )
    gone = _panel(
        33,
        "Keys gone",
        "Keys per second that expired (as planned) and that were evicted (for want of memory: raise maxmemory).",
        lines(unit="ops", colors={"evicted": BAD}),
        Query(f"sum({rate(f'redis_expired_keys_total{CHOSEN}')})", "expired"),
        Query(f"sum({rate(f'redis_evicted_keys_total{CHOSEN}')})", "evicted"),
    )
    return Row(30, "Memory and keys", [Line(8, [used, keys, gone])])


def _lookups() -> Row:
    lookups = _panel(
        42,
        "Lookups",
        "Lookups per second that found their key or not.",
        lines(unit="ops", stacked=True, colors={"found": GOOD, "missing": WARNING}),
        Query(f"sum({rate(f'redis_keyspace_hits_total{CHOSEN}')})", "found"),
        Query(f"sum({rate(f'redis_keyspace_misses_total{CHOSEN}')})", "missing"),
    )
    network = _panel(
        43,
        "Network",
        "Bytes per second read from and written to clients. Written far above read: fetch fields, not whole values.",
        lines(unit="Bps"),
        Query(f"sum({rate(f'redis_net_input_bytes_total{CHOSEN}')})", "read"),
        Query(f"sum({rate(f'redis_net_output_bytes_total{CHOSEN}')})", "written"),
    )
    return Row(40, "Lookups and network", [Line(8, [caches.hit_ratio(41, CHOSEN), lookups, network])])


BOARD = Board(
    uid="obs-redis",
    title="Redis",
    about="Does each Redis answer, is it full, and what is it asked?",
    variables=[variables.datasource(), variables.label("instance", "Instance", "redis_up")],
    rows=[_totals(), _commands(), _clients(), _memory(), _lookups()],
)
