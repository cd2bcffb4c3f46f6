"""Redis panels that more than one dashboard shows. `matchers` chooses the instances."""

from dashboards.common.panel import Panel, lines
from dashboards.common.query import Query, rate
from dashboards.common.sources import REDIS_EXPORTER
from obsdeploy.checks.released import Expect


def clients(panel_id: int, matchers: str = "") -> Panel:
    """Connected clients by instance."""
    return Panel(
        panel_id,
        "Connected clients",
        "Connections that applications hold. A step up that stays is a connection leak; zero means that nobody reaches this "
        "Redis.",
        lines(unit="short", decimals=0),
        [Query(f"sum by (instance) (redis_connected_clients{matchers})", "{{instance}}")],
        Expect.DATA,
        needs=REDIS_EXPORTER,
    )


def memory(panel_id: int, matchers: str = "") -> Panel:
    """Memory used by instance."""
    return Panel(
        panel_id,
        "Memory usage",
        "Memory that Redis uses for its data. Near its maxmemory it evicts keys or refuses writes: see the Redis dashboard.",
        lines(unit="bytes"),
        [Query(f"sum by (instance) (redis_memory_used_bytes{matchers})", "{{instance}}")],
        Expect.DATA,
        needs=REDIS_EXPORTER,
    )


def commands(panel_id: int, matchers: str = "") -> Panel:
    """Commands executed by instance."""
    counter = rate(f"redis_commands_processed_total{matchers}")
    return Panel(
        panel_id,
        "Command execution rate",
        "Commands per second. It follows the request rate; a rise without more requests is a loop or a missing cache.",
        lines(unit="ops"),
        [Query(f"sum by (instance) ({counter})", "{{instance}}")],
        Expect.DATA,
        needs=REDIS_EXPORTER,
    )


def hit_ratio(panel_id: int, matchers: str = "") -> Panel:
    """Share of lookups that found their key, by instance."""
    return Panel(
        panel_id,
        "Hit ratio",
        "Share of key lookups that found something; a gap means that there were none. A fall means keys expire or are evicted "
        "before they are read, or that code asks for keys nobody writes.",
        lines(unit="percentunit", maximum=1, empty="no lookups"),
        [Query(hit_ratio_of(matchers, "sum by (instance)"), "{{instance}}")],
        Expect.ZERO_OK,
        needs=REDIS_EXPORTER,
    )


def hit_ratio_of(matchers: str, aggregate: str) -> str:
    """Return hits over lookups, absent where nothing was looked up."""
    hits = rate(f"redis_keyspace_hits_total{matchers}")
    misses = rate(f"redis_keyspace_misses_total{matchers}")
    return f"{aggregate} ({hits}) / ({aggregate} ({hits} + {misses}) > 0)"
