"""Figures of the log pipeline on a live stack: 2,000 lines/s for a minute, alone, with Loki killed, with the collector restarted.

python -m bench.logs --kubeconfig FILE [--kubectl FILE] [--seconds 60] [--image IMAGE]
Needs a stack with logs on. Writes from a pod of its own, and counts what came back through the API server.
"""

import argparse
import json
import re
import subprocess
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich.console import Console

from bench.table import Row, as_json, render

SAVED = Path("artifacts/bench-logs.json")
IMAGE = "docker.io/obsdeploy/saga-demo:0.1.0"
PER_SECOND, SECONDS, DELAY = 2000, 60, 5.0
NAMESPACE, WRITERS = "monitoring", "default"
POLL, CATCH_UP = 0.25, 180.0
PAGE = 5000
_OURS = f'{{namespace="{WRITERS}",container="writer"}}'
_LINE = re.compile(r"^(?P<run>\S+) (?P<number>\d+) (?P<at>[\d.]+) ")
# Ten times a second a batch: an application does not write in perfectly even steps either.
_WRITER = """
import sys, time
run, rate, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
begun, number, total = time.time(), 0, int(rate * seconds)
while number < total:
    due = min(total, int((time.time() - begun) * rate))
    while number < due:
        print(run, number, f"{time.time():.3f}", "level=info a line as long as lines of services usually are " + "x" * 80)
        number += 1
    sys.stdout.flush()
    time.sleep(0.05)
time.sleep(3600)
"""


@dataclass(frozen=True)
class Cluster:
    """A cluster, as kubectl reaches it."""

    kubectl: str
    kubeconfig: str

    def run(self, *arguments: str, stdin: str = "") -> str:
        """Output of kubectl; CalledProcessError if it failed."""
        command = [self.kubectl, "--kubeconfig", self.kubeconfig, *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout

    def loki(self, path: str) -> Any:
        """Loki's answer, or None while it has none."""
        service = f"/api/v1/namespaces/{NAMESPACE}/services/loki:3100/proxy/loki/api/v1/{path}"
        try:
            return json.loads(self.run("get", "--raw", service))
        except (subprocess.CalledProcessError, ValueError):
            return None


@dataclass
class Seen:
    """What came back: how often each line did, and of every hundredth how many seconds after it was written it was first seen."""

    count: Counter[int] = field(default_factory=Counter)
    delays: dict[int, float] = field(default_factory=dict)


def measure(cluster: Cluster, image: str, seconds: int, disturb: Callable[[Cluster], None] | None) -> tuple[int, Seen]:
    """Write for `seconds`, disturbing in the middle, and count; returns how many lines were written and what was seen."""
    run = f"bench-{uuid.uuid4().hex[:8]}"
    total, began = PER_SECOND * seconds, time.time()
    cluster.run("apply", "-f", "-", stdin=json.dumps(_pod(run, image, seconds)))
    seen = Seen()
    try:
        cluster.run("wait", "-n", WRITERS, "--for=condition=Ready", f"pod/{run}", "--timeout=60s")
        helper = threading.Timer(seconds / 2, disturb, [cluster]) if disturb else None
        if helper:
            helper.start()
        until = time.time() + seconds + CATCH_UP
        _watch(cluster, run, seen, total, began=began, until=until)
        if helper:
            helper.join()
        # After a restart batches overtake each other: the last line may be there before one that is on its way. And where one
        # never comes, what did come still counts.
        seen.count = _count(cluster, run, began)
        while len(seen.count) < total and time.time() < until:
            time.sleep(POLL)
            seen.count = _count(cluster, run, began)
    finally:
        cluster.run("delete", "pod", "-n", WRITERS, run, "--grace-period=0", "--force")
    return total, seen


def _watch(cluster: Cluster, run: str, seen: Seen, total: int, *, began: float, until: float) -> None:
    """Look again and again for every hundredth line, late ones too, until all of them and the very last are there."""
    hundredth = quote(f'{_OURS} |~ "^{run} [0-9]*00 "')
    last = quote(f'{_OURS} |= "{run} {total - 1} "')
    awaited = len(range(100, total, 100))
    while time.time() < until:
        for line in _matched(cluster.loki(f"query_range?query={hundredth}&{_since(began)}&limit={PAGE}&direction=forward")):
            seen.delays.setdefault(int(line["number"]), time.time() - float(line["at"]))
        if len(seen.delays) >= awaited and _matched(cluster.loki(f"query_range?query={last}&{_since(began)}")):
            return
        time.sleep(POLL)


def _count(cluster: Cluster, run: str, began: float) -> Counter[int]:
    """Count each line by the streams and times under which it is kept: pages overlap, and a line may stand on two of them."""
    selector = quote(f'{_OURS} |= "{run} "')
    start, found = int((began - 60) * 1e9), set[tuple[str, int, int]]()
    while True:
        path = f"query_range?query={selector}&start={start}&end={int((time.time() + 60) * 1e9)}&limit={PAGE}&direction=forward"
        answer = cluster.loki(path)
        streams = answer["data"]["result"] if answer else []
        entries = [
            (json.dumps(one["stream"], sort_keys=True), int(at), line) for one in streams for at, line, *_ in one["values"]
        ]
        found |= {(labels, at, int(match["number"])) for labels, at, text in entries if (match := _LINE.match(text))}
        if len(entries) < PAGE:
            break
        start = max(at for _, at, _ in entries)
    return Counter(number for _, _, number in found)


def _since(began: float) -> str:
    return f"start={int((began - 60) * 1e9)}"


def _matched(answer: Any) -> list[re.Match[str]]:
    result = answer["data"]["result"] if answer else []
    return [match for stream in result for _, line, *_ in stream["values"] if (match := _LINE.match(line))]


def _pod(name: str, image: str, seconds: int) -> Any:
    container = {
        "name": "writer",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-u", "-c", _WRITER, name, str(PER_SECOND), str(seconds)],
    }
    meta = {"name": name, "namespace": WRITERS, "labels": {"app.kubernetes.io/name": "bench-writer"}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"restartPolicy": "Never", "containers": [container]}}


def kill_loki(cluster: Cluster) -> None:
    """Take Loki away, at once, for a minute."""
    cluster.run("scale", "-n", NAMESPACE, "statefulset/loki", "--replicas=0")
    cluster.run("delete", "pod", "-n", NAMESPACE, "loki-0", "--grace-period=0", "--force", "--ignore-not-found")
    time.sleep(60)
    cluster.run("scale", "-n", NAMESPACE, "statefulset/loki", "--replicas=1")


def restart_collector(cluster: Cluster) -> None:
    """Restart it as an upgrade does."""
    cluster.run("rollout", "restart", "-n", NAMESPACE, "daemonset/log-collector-agent")


def rows(cluster: Cluster, image: str, seconds: int) -> list[Row]:
    """All figures."""
    found: list[Row] = []
    disturbances: Sequence[tuple[str, Callable[[Cluster], None] | None]] = (
        ("", None),
        (", Loki killed for 60 s", kill_loki),
        (", collector restarted", restart_collector),
    )
    for what, disturb in disturbances:
        total, seen = measure(cluster, image, seconds, disturb)
        name = f"{PER_SECOND:,} lines/s for {seconds} s{what}"
        found.append(Row.at_most(f"{name}: lost", total - len(seen.count), "lines", limit=0))
        twice = sum(count - 1 for count in seen.count.values())
        found.append(Row.at_most(f"{name}: twice", twice, "lines", limit=0))
        if disturb is None:
            delays = sorted(seen.delays.values())
            found.append(Row.at_most(f"{name}: delay, p99", delays[int(len(delays) * 0.99)], "s", limit=DELAY))
    return found


def main() -> None:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(prog="python -m bench.logs", description=__doc__)
    parser.add_argument("--kubeconfig", required=True)
    parser.add_argument("--kubectl", default="kubectl")
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--image", default=IMAGE, help="any with python3")
    given = parser.parse_args()
    measured = rows(Cluster(given.kubectl, given.kubeconfig), given.image, given.seconds)
    Console(width=130).print(render(measured))
    SAVED.parent.mkdir(exist_ok=True)
    SAVED.write_text(json.dumps(as_json(measured), indent=2) + "\n")


if __name__ == "__main__":
    main()
