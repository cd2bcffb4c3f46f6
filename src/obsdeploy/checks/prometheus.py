"""Category prometheus: it runs, on a configuration that it likes, and scrapes what it should, once, in time."""

from __future__ import annotations

import contextlib
from collections import Counter

from obsdeploy import fastyaml
from obsdeploy.checks.context import Context, Json
from obsdeploy.checks.model import Check, Finding, Hint, Outcome, Severity, Status, failed, passed, skipped, warned
from obsdeploy.checks.targets import Target, doubles, namespaces, read_targets, service_addresses
from obsdeploy.checks.times import ago, epoch, seconds
from obsdeploy.errors import ObsdeployError

SERIES_BUDGET, WITH_TELEMETRY = 6000, 7500
"""Head series that a lean release may cost, and one with Kafka or logs."""

NEW = 20.0
"""Seconds in which a target that has just been found is scraped for the first time."""


async def ready(context: Context) -> Outcome:
    """Whether Prometheus answers and is ready to be queried."""
    prometheus = await context.prometheus()
    if not await prometheus.ready():
        hint = Hint(
            "It may be replaying its write-ahead log.",
            f"kubectl -n {context.namespace} logs deploy/prometheus-server -c prometheus-server",
        )
        return failed("Prometheus answers, but is not ready", hint=hint)
    built = await prometheus.get("status/buildinfo")
    return passed(f"version {built['version']}")


async def config(context: Context) -> Outcome:
    """Whether the last reload of the configuration worked."""
    info = await (await context.prometheus()).get("status/runtimeinfo")
    loaded = ago(epoch(info["lastConfigTime"]), await now(context))
    if info["reloadConfigSuccess"]:
        return passed(f"loaded {loaded}")
    command = f"kubectl -n {context.namespace} logs deploy/prometheus-server -c prometheus-server --since=1h | grep -i error"
    hint = Hint("It goes on with the last configuration that it could read, and says in its log what is wrong.", command)
    return failed("the last reload of the configuration failed", f"what runs was loaded {loaded}", hint=hint)


async def targets(context: Context) -> Outcome:
    """Whether every job that the release promises has its targets, and all of them are up."""
    released, found = await context.released(), await active_targets(context)
    count = Counter(target.job for target in found)
    findings = []
    for job, wanted in sorted(released.jobs.items()):
        if count[job] < wanted.min:
            said = f"{count[job]} of at least {wanted.min} targets" + (f": {wanted.reason}" if wanted.reason else "")
            findings.append(Finding(f"job {job}", Status.FAILED, said, _discovery_hint(context)))
        elif count[job]:
            up = sum(t.health == "up" for t in found if t.job == job)
            findings.append(Finding(f"job {job}", Status.PASSED, f"{up} of {count[job]} up"))
    findings += [Finding(t.name, Status.FAILED, t.explained, Hint("Ask it yourself.", t.url)) for t in found if t.health != "up"]
    findings += [
        Finding(f"job {job}", Status.WARNED, "a job that this release does not know")
        for job in sorted(count.keys() - released.jobs.keys())
    ]
    bad = [one for one in findings if one.status is Status.FAILED]
    if bad:
        down = sum(t.health != "up" for t in found)
        said = f"{down} of {len(found)} targets are down" if down else f"{len(bad)} jobs lack targets"
        new = all(t.health in {"up", "unknown"} for t in found)
        return failed(
            said,
            hint=Hint("Targets and their errors: page Status → Targets of Prometheus."),
            findings=tuple(findings),
            temporary=new,
        )
    if any(one.status is Status.WARNED for one in findings):
        return warned("all targets are up, and some are of unknown jobs", hint=_discovery_hint(context), findings=tuple(findings))
    return passed(f"{len(found)} of {len(found)} up, in {len(count)} jobs", findings=tuple(findings))


async def interval(context: Context) -> Outcome:
    """Whether everything is scraped and evaluated at the released interval; a job of the user's may say otherwise."""
    released = await context.released()
    loaded = fastyaml.load((await (await context.prometheus()).get("status/config"))["yaml"])
    wrong = [
        f"global {key}: {value}, not {released.interval:g}s"
        for key in ("scrape_interval", "evaluation_interval")
        if (value := (loaded.get("global") or {}).get(key, "1m")) and seconds(value) != released.interval
    ]
    own = {job["job_name"]: job["scrape_interval"] for job in loaded.get("scrape_configs") or [] if "scrape_interval" in job}
    for target in await active_targets(context):
        wanted = seconds(own[target.job]) if target.job in own else released.interval
        if target.interval != wanted:
            wrong.append(f"{target.name}: every {target.interval:g} s")
    if wrong:
        hint = Hint("Set scrapeInterval in obsdeploy.yaml and run `obsdeploy up`, rather than change it in the cluster.")
        return failed(f"not everything is scraped every {released.interval:g} s", *wrong, hint=hint)
    return passed(f"every {released.interval:g} s")


async def double(context: Context) -> Outcome:
    """Whether no page is scraped twice, under two jobs or two addresses: every sum over it would be doubled."""
    found = await active_targets(context)
    twice = doubles(found, await _addresses(context, found))
    if not twice:
        return passed(f"{len(found)} targets, {len(found)} pages")
    lines = [f"{page}: by {' and '.join(sorted(t.name for t in group))}" for page, group in twice]
    hint = Hint("Take the annotation prometheus.io/scrape off the pod or the Service, or the job out of scrapeJobs.")
    return failed(f"{len(twice)} metrics pages are scraped more than once", *lines, hint=hint)


async def freshness(context: Context) -> Outcome:
    """Whether every target that is up was scraped within its last two intervals."""
    at = await now(context)
    active = await active_targets(context)
    found = [t for t in active if t.health == "up"]
    late = [f"{t.name}: last scraped {ago(t.last, at)}" for t in found if at - t.last > 2 * t.interval]
    if late:
        hint = Hint("Prometheus can't keep up: see its CPU and memory on the dashboard obs-stack.")
        return failed(f"{len(late)} of {len(found)} targets are scraped late", *late, hint=hint)
    if not found:
        new = any(t.health == "unknown" for t in active)
        return failed("no target is up", hint=Hint("See prometheus.targets."), temporary=new)
    oldest = max(at - t.last for t in found)
    return passed(f"the oldest scrape is {max(oldest, 0):.0f} s old")


async def series(context: Context) -> Outcome:
    """Whether a lean release keeps to its budget of series."""
    released = await context.released()
    if released.metrics != "lean":
        return skipped("metrics: full has no budget")
    more = any(released.missing(job) is None for job in ("kafka", "log-collector"))
    budget = WITH_TELEMETRY if more else SERIES_BUDGET
    found = await (await context.prometheus()).get("status/tsdb")
    count = int(found["headStats"]["numSeries"])
    if count <= budget:
        return passed(f"{count} head series, of {budget} at most")
    most = [f"{one['name']}: {one['value']}" for one in found["seriesCountByMetricName"][:5]]
    hint = Hint("Series of pods that are gone stay in the head for two to three hours. If it stays, see which metrics are many.")
    return warned(f"{count} head series, more than the {budget} of a lean release", *most, hint=hint)


async def active_targets(context: Context) -> list[Target]:
    """Return Prometheus' active targets."""
    return read_targets(await (await context.prometheus()).get("targets", state="active"))


async def now(context: Context) -> float:
    """Return the time by Prometheus' own clock, in epoch seconds: the user's machine may think otherwise."""
    return float((await (await context.prometheus()).query("time()"))[0]["value"][1])


async def loaded_since(context: Context) -> float:
    """Return since when Prometheus runs on what it has loaded, in epoch seconds."""
    info = await (await context.prometheus()).get("status/runtimeinfo")
    return max(epoch(info["lastConfigTime"]), epoch(info["startTime"]))


async def own_pods(context: Context) -> list[Json]:
    """Return the pods that Prometheus runs in."""
    labels = f"app.kubernetes.io/name=prometheus,app.kubernetes.io/instance={context.release}"
    return await context.kube.list("pods", context.namespace, labels=labels)


async def _addresses(context: Context, found: list[Target]) -> dict[str, str]:
    kube, namespace = context.kube, context.namespace
    services: list[Json] = await kube.list("services", namespace)
    slices: list[Json] = await kube.list("endpointslices", namespace)
    for other in sorted(namespaces(found) - {namespace}):
        # A namespace that may not be read, or is none, is left out: what stands there is not known.
        with contextlib.suppress(ObsdeployError):
            services += await kube.list("services", other)
            slices += await kube.list("endpointslices", other)
    addresses = service_addresses(found, slices, services)
    # Prometheus scrapes itself as localhost.
    for pod in await own_pods(context):
        addresses["localhost:9090"] = f"{(pod.get('status') or {}).get('podIP')}:9090"
    return addresses


def _discovery_hint(context: Context) -> Hint:
    command = f"kubectl -n {context.namespace} get configmap prometheus-server -o jsonpath='{{.data.prometheus\\.yml}}'"
    return Hint("See what the job looks for, and what of that exists.", command)


CHECKS = (
    Check("prometheus.ready", "Prometheus answers", ready),
    Check("prometheus.config", "its configuration is in force", config, needs=("prometheus.ready",)),
    Check("prometheus.targets", "every target is up", targets, deadline=NEW, needs=("prometheus.ready",)),
    Check("prometheus.interval", "everything is scraped in the released interval", interval, needs=("prometheus.ready",)),
    Check("prometheus.double", "nothing is scraped twice", double, needs=("prometheus.ready",)),
    Check("prometheus.freshness", "scrapes are in time", freshness, deadline=NEW, needs=("prometheus.ready",)),
    Check("prometheus.series", "series keep to their budget", series, severity=Severity.WARNING, needs=("prometheus.ready",)),
)
