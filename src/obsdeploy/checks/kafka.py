"""Does the Kafka exporter see its cluster, and if not, why: every broker is tried from where the exporter runs."""

from __future__ import annotations

from obsdeploy.checks.context import Context, Json
from obsdeploy.checks.kafka_way import DEPLOYMENT, survey_from
from obsdeploy.checks.model import Check, Finding, Hint, Outcome, Status, failed, passed, skipped
from obsdeploy.checks.prometheus import NEW
from obsdeploy.checks.rollout import unasked
from obsdeploy.errors import ObsdeployError, StackUnhealthy
from obsdeploy.kafka.survey import Survey, fix, meaning
from obsdeploy.kafka.visit import Visited
from obsdeploy.kafka.wire import Broker

WHY = "obsdeploy doctor kafka"
WAITS = "the exporter waits: no broker has answered it"


async def brokers(context: Context) -> Outcome:
    """Whether the exporter has an answer from its brokers: names of topics alone are none, it takes their offsets.

    Only this release's exporter is believed: while it waits for a broker, an older one still answers in its place.
    """
    if reason := (await context.released()).missing("kafka"):
        return skipped(reason)
    try:
        young = await unasked(context, DEPLOYMENT, "kafka")
    except StackUnhealthy:
        return _blind(WAITS)
    if not await (await context.prometheus()).query('up{job="kafka"} == 1'):
        return _blind(WAITS)
    if young:
        said = "Prometheus has not asked this release's exporter since it got ready"
        return failed(said, hint=Hint("It asks once in each scrape interval."), temporary=True)
    return await _sight(context)


async def _sight(context: Context) -> Outcome:
    prometheus = await context.prometheus()
    known = _number(await prometheus.query("sum(kafka_brokers)"))
    topics = _number(await prometheus.query("count(kafka_topic_partitions)"))
    partitions = _number(await prometheus.query("sum(kafka_topic_partitions)"))
    reached = _number(await prometheus.query("count(kafka_topic_partition_current_offset)"))
    if not known:
        return _blind("no broker answers the exporter")
    if topics and not reached:
        return _blind(f"the exporter is told of {known} brokers and {topics} topics, and reaches none of these brokers")
    if reached < partitions:
        return _blind(f"the exporter has offsets of only {reached} of {partitions} partitions")
    if not topics:
        return await examined(context)
    return passed(f"{known} {'broker answers' if known == 1 else 'brokers answer'}; {topics} topics")


def _blind(summary: str) -> Outcome:
    return failed(summary, hint=Hint("Ask why, from where the exporter runs.", WHY))


def _number(vector: list[Json]) -> int:
    return int(float(vector[0]["value"][1])) if vector else 0


async def explained(context: Context, outcome: Outcome) -> Outcome:
    """The failure, with what a client in the exporter's place meets."""
    try:
        found = await examined(context)
    except ObsdeployError as problem:
        return failed(outcome.summary, f"why could not be found out: {problem.message}", hint=Hint(problem.hint or "", WHY))
    if found.status is Status.PASSED:
        hint = Hint("The brokers answer a client in its place: see what the exporter itself says.", _log(context))
        return failed(outcome.summary, hint=hint, findings=found.findings)
    return failed(f"{outcome.summary}: {found.summary}", hint=found.hint or Hint("", WHY), findings=found.findings)


async def examined(context: Context) -> Outcome:
    """What a client in the exporter's place meets at every broker, with the first trouble as summary and its fix as hint.

    Raises ObsdeployError where nobody can look from there.
    """
    released = await context.released()
    if released.kafka is None:
        return skipped(released.missing("kafka") or "this release says of no broker")
    survey = await survey_from(context, released.kafka)
    findings = (
        *(_finding(f"bootstrap {one.address}", one, advertised=False) for one in survey.bootstrap),
        *(_finding(_advertised(broker), one, advertised=True) for broker, one in survey.advertised),
    )
    if survey.well:
        count = len(survey.advertised)
        return passed(
            f"{count} {'broker answers' if count == 1 else 'brokers answer'} where the exporter runs", findings=findings
        )
    return _trouble(survey, findings)


def _trouble(survey: Survey, findings: tuple[Finding, ...]) -> Outcome:
    lost = [(broker, one) for broker, one in survey.advertised if one.trouble]
    if lost:
        broker, visited = lost[0]
        summary = f"the bootstrap address answers, but broker {broker.id} advertises {broker.address}: {meaning(visited)}"
        return failed(summary, hint=Hint(fix(visited, advertised=True)), findings=findings)
    troubled = [one for one in survey.bootstrap if one.trouble]
    if not troubled:
        hint = Hint("See the brokers' log: a cluster without a registered broker is still starting, or has lost its controller.")
        return failed("the cluster names no broker", hint=hint, findings=findings)
    return failed(
        f"{troubled[0].address}: {meaning(troubled[0])}", hint=Hint(fix(troubled[0], advertised=False)), findings=findings
    )


def _finding(subject: str, visited: Visited, *, advertised: bool) -> Finding:
    status = Status.FAILED if visited.trouble else Status.PASSED
    hint = Hint(fix(visited, advertised=advertised)) if visited.trouble else None
    return Finding(subject, status, meaning(visited), hint)


def _advertised(broker: Broker) -> str:
    return f"broker {broker.id}, which advertises {broker.address}"


def _log(context: Context) -> str:
    return f"kubectl -n {context.namespace} logs deploy/kafka-exporter --tail=20"


CHECKS = (
    Check(
        "exporters.kafka",
        "Kafka's brokers answer their exporter",
        brokers,
        deadline=NEW,
        needs=("prometheus.ready",),
        explain=explained,
    ),
)
EXAMINATION = Check("exporters.kafka", "A Kafka client where the exporter runs reaches every broker", examined)
