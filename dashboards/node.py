"""Node: does a machine under the cluster run out of something."""

from collections.abc import Sequence
from dataclasses import replace

from dashboards.common import variables
from dashboards.common.board import Board, Line, Row
from dashboards.common.panel import Panel, lines, total
from dashboards.common.query import Query, rate
from dashboards.common.sources import NODE_EXPORTER
from dashboards.common.style import at_least, at_most
from obsdeploy.checks.released import Expect

_NODE = 'node=~"$node"'
# The files and the folder that kind mounts into its node are no file systems of their own.
_MOUNTED = "/etc/(hostname|hosts|resolv[.]conf)|/usr/lib/modules"
_DISK = f'{_NODE},fstype!~"tmpfs|overlay|squashfs|iso9660|erofs",mountpoint!~"{_MOUNTED}"'
_BUSY = rate(f'node_cpu_seconds_total{{{_NODE},mode!="idle",mode!="iowait",mode!="steal"}}')
_WORK = rate(f'node_cpu_seconds_total{{{_NODE},mode!="idle"}}')
_CORES = f'node_cpu_seconds_total{{{_NODE},mode="idle"}}'
_FREE = f"node_filesystem_avail_bytes{{{_DISK}}} / node_filesystem_size_bytes{{{_DISK}}}"
_MEMORY = f"1 - node_memory_MemAvailable_bytes{{{_NODE}}} / node_memory_MemTotal_bytes{{{_NODE}}}"


def _row(row_id: int, title: str, height: int, panels: Sequence[Panel]) -> Row:
    return Row(row_id, title, [Line(height, [replace(one, needs=NODE_EXPORTER) for one in panels])])


def _totals() -> Row:
    panels = [
        Panel(
            2,
            "Nodes measured",
            "Share of nodes whose exporter answers. Below 100 %: `obsdeploy verify --only exporters.node` names the node.",
            total(unit="percentunit", limits=at_least(0.9, 1), decimals=0),
            [Query('sum(up{job="node-exporter"}) / count(up{job="node-exporter"})', "up")],
            Expect.DATA,
        ),
        Panel(
            3,
            "Busiest node",
            "Share of its cores that the busiest selected node uses. At 100 % everything on it waits.",
            total(unit="percentunit", limits=at_most(0.8, 0.95), decimals=0),
            [Query(f"max(sum by (node) ({_BUSY}) / count by (node) ({_CORES}))", "busy")],
            Expect.DATA,
        ),
        Panel(
            4,
            "Fullest memory",
            "Share of memory that is not available on the selected node that has least. Near 100 % pods are evicted.",
            total(unit="percentunit", limits=at_most(0.85, 0.95), decimals=0),
            [Query(f"max({_MEMORY})", "used")],
            Expect.DATA,
        ),
        Panel(
            5,
            "Fullest file system",
            "Used share of the fullest file system. At 85 % the kubelet starts to evict pods and delete images.",
            total(unit="percentunit", limits=at_most(0.75, 0.85), decimals=0),
            [Query(f"max(1 - {_FREE})", "used")],
            Expect.DATA,
        ),
    ]
    return _row(1, "", 4, panels)


def _processor() -> Row:
    panels = [
        Panel(
            11,
            "CPU by mode",
            "Cores that the selected nodes spend in each mode, idle left out. Much iowait: disks; much steal: the host is "
            "overbooked; much softirq: network.",
            lines(unit="suffix:cores", stacked=True),
            [Query(f"sum by (mode) ({_WORK})", "{{mode}}")],
            Expect.DATA,
        ),
        Panel(
            12,
            "Load per core",
            "Processes that run or wait, per core, averaged over 5 minutes. Above 1 something waits for a core or a disk.",
            lines(unit="short", limits=at_most(1, 2)),
            [Query(f"node_load5{{{_NODE}}} / on (node) group_left count by (node) ({_CORES})", "{{node}}")],
            Expect.DATA,
        ),
        _pressure(
            13,
            "CPU pressure",
            "Share of time in which some process waited for a core; empty where the kernel does not measure pressure (PSI). "
            "Above 25 %: fewer pods here, or more cores.",
            "node_pressure_cpu_waiting_seconds_total",
        ),
    ]
    return _row(10, "Processor", 8, panels)


def _memory() -> Row:
    panels = [
        Panel(
            21,
            "Memory in use",
            "Share of each node's memory that is not available. Near 100 % pods are evicted or killed.",
            lines(unit="percentunit", maximum=1, limits=at_most(0.85, 0.95)),
            [Query(_MEMORY, "{{node}}")],
            Expect.DATA,
        ),
        Panel(
            22,
            "Memory available",
            "What programs could still get, caches that can be dropped included.",
            lines(unit="bytes"),
            [Query(f"node_memory_MemAvailable_bytes{{{_NODE}}}", "{{node}}")],
            Expect.DATA,
        ),
        _pressure(
            23,
            "Memory pressure",
            "Share of time in which some process waited for memory; empty where the kernel does not measure pressure (PSI). "
            "Not 0: the node reclaims, and everything on it is slow.",
            "node_pressure_memory_waiting_seconds_total",
        ),
    ]
    return _row(20, "Memory", 8, panels)


def _disk() -> Row:
    read, written = (rate(f"node_disk_{kind}_bytes_total{{{_NODE}}}") for kind in ("read", "written"))
    panels = [
        Panel(
            31,
            "File systems in use",
            "Used share of each file system. At 85 % the kubelet starts to evict pods and delete images.",
            lines(unit="percentunit", maximum=1, limits=at_most(0.75, 0.85)),
            [Query(f"max by (node, mountpoint) (1 - {_FREE})", "{{node}} {{mountpoint}}")],
            Expect.DATA,
        ),
        Panel(
            32,
            "Disk throughput",
            "Bytes read and written per second on the selected nodes' disks.",
            lines(unit="Bps"),
            [Query(f"sum by (node) ({read})", "{{node}} read"), Query(f"sum by (node) ({written})", "{{node}} written")],
            Expect.DATA,
        ),
        Panel(
            33,
            "Disk busy",
            "Share of time in which a disk had something to do. A hard disk at 100 % is saturated; an SSD may still have room.",
            lines(unit="percentunit", limits=at_most(0.8, 0.95)),
            [Query(f"max by (node, device) ({rate(f'node_disk_io_time_seconds_total{{{_NODE}}}')})", "{{node}} {{device}}")],
            Expect.DATA,
        ),
        _pressure(
            34,
            "Disk pressure",
            "Share of time in which some process waited for a disk; empty where the kernel does not measure pressure (PSI). "
            "High with little throughput: a slow disk.",
            "node_pressure_io_waiting_seconds_total",
        ),
    ]
    return _row(30, "Disks", 8, panels)


def _network() -> Row:
    received, sent = (rate(f"node_network_{kind}_bytes_total{{{_NODE}}}") for kind in ("receive", "transmit"))
    dropped, errors = ("receive_drop", "transmit_drop"), ("receive_errs", "transmit_errs")
    lost = " + ".join(rate(f"node_network_{kind}_total{{{_NODE}}}") for kind in (*dropped, *errors))
    panels = [
        Panel(
            41,
            "Network throughput",
            "Bytes received and sent per second by the nodes' own interfaces; pods' virtual ones are left out.",
            lines(unit="Bps"),
            [Query(f"sum by (node) ({received})", "{{node}} in"), Query(f"sum by (node) ({sent})", "{{node}} out")],
            Expect.DATA,
        ),
        Panel(
            42,
            "Packets lost",
            "Packets per second that the nodes' interfaces dropped or found faulty. Not 0: a full queue, a bad cable or driver.",
            lines(unit="suffix:packets/s", least=1),
            [Query(f"sum by (node) ({lost})", "{{node}}")],
            Expect.DATA,
        ),
    ]
    return _row(40, "Network", 8, panels)


def _pressure(panel_id: int, title: str, about: str, metric: str) -> Panel:
    panel = lines(unit="percentunit", limits=at_most(0.25, 0.5), empty="not measured")
    return Panel(panel_id, title, about, panel, [Query(rate(f"{metric}{{{_NODE}}}"), "{{node}}")], Expect.OPTIONAL)


BOARD = Board(
    uid="obs-node",
    title="Nodes",
    about="Does a machine under the cluster run out of cores, memory, disk or network?",
    variables=[variables.datasource(), variables.label("node", "Node", 'up{job="node-exporter"}')],
    rows=[_totals(), _processor(), _memory(), _disk(), _network()],
)
