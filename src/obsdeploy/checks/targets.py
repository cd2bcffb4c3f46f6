"""Scrape targets as Prometheus reports them: which are down and why, which are scraped twice."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from obsdeploy.checks.times import epoch, seconds

EXPLANATIONS: Sequence[tuple[str, str]] = (
    ("connection refused", "nothing listens on that port: the process is down, or listens on another port or on 127.0.0.1 only"),
    ("no such host", "the name does not resolve: no such Service, or it has another name or namespace"),
    ("server misbehaving", "the cluster's DNS could not be asked"),
    ("context deadline exceeded", "no answer within the scrape timeout: overloaded, hung, or a network policy drops the packets"),
    ("i/o timeout", "no answer: a network policy or firewall drops the packets, or the pod's node is away"),
    ("network is unreachable", "there is no way to that address: a Service without a pod behind it, or a missing route"),
    ("no route to host", "the address is gone: the pod has been deleted or moved"),
    ("x509", "its certificate is not trusted or has another name: see tls_config of the job"),
    ("server gave HTTP response to HTTPS client", "it speaks plain HTTP: the scheme (annotation prometheus.io/scheme) is wrong"),
    ("malformed HTTP response", "it does not speak HTTP there: the port or the scheme is wrong"),
    ("HTTP status 401", "it wants credentials that this job does not send"),
    ("HTTP status 403", "it refuses these credentials: the service account lacks a permission"),
    ("HTTP status 404", "it serves no metrics at that path: see the annotation prometheus.io/path"),
    ("HTTP status 5", "it fails to produce its metrics: see its log"),
    ("unsupported Content-Type", "that is no metrics page: the port or the path is wrong"),
    ("expected a valid start token", "that is no metrics page: the port or the path is wrong"),
    ("EOF", "it closed the connection: it is starting, stopping or crashing"),
    ("sample limit", "it serves more samples than its limit allows"),
)


@dataclass(frozen=True)
class Target:
    """One active target. `last` is its last scrape in epoch seconds, 0 for never; `interval` is in seconds."""

    job: str
    url: str
    health: str
    error: str
    last: float
    interval: float
    labels: Mapping[str, str]
    discovered: Mapping[str, str]

    @property
    def name(self) -> str:
        """Job and what people know it by: the service's pod, the instance, else the address."""
        who = self.labels.get("pod") or self.labels.get("instance") or urlsplit(self.url).netloc
        return f"{self.job} {who}"

    @property
    def explained(self) -> str:
        """The last error, with what it means."""
        if self.health == "unknown" or not self.error:
            return "not scraped yet" if self.health == "unknown" else "down, and Prometheus names no error"
        meaning = next((text for sign, text in EXPLANATIONS if sign in self.error), "")
        return f"{shortened(self.error)} ({meaning})" if meaning else shortened(self.error)


def read_targets(data: Any) -> list[Target]:
    """Decode the answer of `/api/v1/targets`."""
    return [
        Target(
            job=one["scrapePool"],
            url=one["scrapeUrl"],
            health=one["health"],
            error=one.get("lastError") or "",
            last=epoch(one.get("lastScrape") or ""),
            interval=seconds(one["scrapeInterval"]),
            labels=one.get("labels") or {},
            discovered=one.get("discoveredLabels") or {},
        )
        for one in data["activeTargets"]
    ]


def shortened(error: str) -> str:
    """Take the URL, which is said elsewhere, out of an error of Go's HTTP client."""
    return re.sub(r'^Get "[^"]*": ', "", error)


def doubles(targets: Iterable[Target], addresses: Mapping[str, str]) -> list[tuple[str, list[Target]]]:
    """Group targets that read the same page of the same process: `(page, targets)` for each page read more than once.

    `addresses` maps a host (or host:port) as targets name it to the pod's address; parameters make another page, as one
    exporter serves many instances.
    """
    pages: dict[str, list[Target]] = defaultdict(list)
    for target in targets:
        url = urlsplit(target.url)
        host = addresses.get(url.netloc, url.netloc)
        pages[f"{host}{url.path}" + (f"?{url.query}" if url.query else "")].append(target)
    return [(page, group) for page, group in sorted(pages.items()) if len(group) > 1]


def namespaces(targets: Iterable[Target]) -> set[str]:
    """Return the namespaces of the Services that targets are addressed by: `name.namespace.svc` and longer."""
    hosts = (urlsplit(target.url).netloc.partition(":")[0].split(".") for target in targets)
    return {host[1] for host in hosts if len(host) > 2 and host[2] == "svc"}  # noqa: PLR2004


def service_addresses(targets: Iterable[Target], slices: Iterable[Any], services: Iterable[Any]) -> dict[str, str]:
    """Map the Service addresses that targets use (`name.namespace.svc:port`) to the address of the pod behind them.

    A Service in front of several pods is left out: which of them answers is not known.
    """
    ports = {(s["metadata"]["namespace"], s["metadata"]["name"]): s["spec"].get("ports") or [] for s in services}
    behind: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for one in slices:
        meta = one["metadata"]
        service = (meta.get("labels") or {}).get("kubernetes.io/service-name", "")
        for port in one.get("ports") or []:
            for endpoint in one.get("endpoints") or []:
                key = (meta["namespace"], service, port.get("name") or "")
                behind[key] |= {f"{address}:{port['port']}" for address in endpoint["addresses"]}
    found: dict[str, str] = {}
    for netloc in {urlsplit(t.url).netloc for t in targets}:
        host, _, number = netloc.partition(":")
        name, namespace = (*host.split("."), "", "")[:2]
        port_name = next(
            (p.get("name") or "" for p in ports.get((namespace, name), []) if str(p["port"]) == (number or "80")), None
        )
        there = behind.get((namespace, name, port_name), set()) if port_name is not None else set()
        if len(there) == 1:
            found[netloc] = next(iter(there))
    return found
