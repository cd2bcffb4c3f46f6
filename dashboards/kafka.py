"""Kafka: are the brokers there, is every partition replicated, and do the consumer groups keep up."""

from dashboards.common import variables
from dashboards.common.board import Board, Line, Row
from dashboards.common.panel import Builder, Panel, lines, total
from dashboards.common.query import Query, rate
from dashboards.common.sources import KAFKA_EXPORTER
from dashboards.common.style import BAD, at_least, at_most, steps
from obsdeploy.checks.released import Expect

# Kafka's own topics, such as that of committed offsets, are nobody's messages.
TOPIC = '{topic=~"$topic"}'
GROUP = '{consumergroup=~"$consumergroup",topic=~"$topic"}'
# The exporter calls an offset a gauge, and of a rate of those Prometheus warns on every page.
_WRITTEN = f"clamp_min(deriv(kafka_topic_partition_current_offset{TOPIC}[$__rate_interval]), 0)"
LAG = f"sum by (consumergroup, topic) (kafka_consumergroup_lag_sum{GROUP})"
LEGEND = "{{consumergroup}} · {{topic}}"


def _panel(panel_id: int, title: str, about: str, builder: Builder, *queries: Query, expect: Expect = Expect.ZERO_OK) -> Panel:
    # A cluster without topics, or groups, is as healthy as any other: only its brokers have to be there.
    return Panel(panel_id, title, about, builder, queries, expect, needs=KAFKA_EXPORTER)


def _totals() -> Row:
    panels = [
        _panel(
            2,
            "Brokers",
            "Brokers that the cluster names. 0: none answers the exporter; runbook KafkaUnreachable.",
            total(unit="short", limits=at_least(1, 1), decimals=0),
            Query("sum(kafka_brokers)", "brokers"),
            expect=Expect.DATA,
        ),
        _panel(
            3,
            "Topics",
            "The selected topics; Kafka's own, whose names begin with __, are not among them.",
            total(unit="short", decimals=0, empty="none"),
            Query(f"count(kafka_topic_partitions{TOPIC})", "topics"),
        ),
        _panel(
            4,
            "Partitions",
            "Partitions of the selected topics.",
            total(unit="short", decimals=0, empty="none"),
            Query(f"sum(kafka_topic_partitions{TOPIC})", "partitions"),
        ),
        _panel(
            5,
            "Messages",
            "Messages per second written to the selected topics.",
            total(unit="suffix:msg/s", decimals=1, empty="none"),
            Query(f"sum({_WRITTEN})", "messages"),
        ),
        _panel(
            6,
            "Replicas behind",
            "Partitions, Kafka's own included, with fewer replicas in sync than they should have: one more broker lost may lose "
            "data. Runbook KafkaUnderReplicated.",
            total(unit="short", limits=steps((1, BAD)), decimals=0, empty="none"),
            Query("sum(kafka_topic_partition_under_replicated_partition)", "under-replicated"),
        ),
        _panel(
            7,
            "Largest lag",
            "Messages that wait for the group that is furthest behind.",
            total(unit="short", limits=at_most(1000, 10000), decimals=0, empty="no groups"),
            Query(f"max({LAG})", "lag"),
        ),
    ]
    return Row(1, "", [Line(4, panels)])


def _topics() -> Row:
    written = _panel(
        11,
        "Messages by topic",
        "Messages per second written to each topic; the ten busiest.",
        lines(unit="suffix:msg/s", many=True, empty="no topics"),
        Query(f"topk(10, sum by (topic) ({_WRITTEN}))", "{{topic}}"),
    )
    lacking = _panel(
        12,
        "Under-replicated partitions by topic",
        "Which topics lack replicas; empty is good.",
        lines(unit="short", decimals=0, empty="none"),
        Query("sum by (topic) (kafka_topic_partition_under_replicated_partition) > 0", "{{topic}}"),
    )
    return Row(10, "Topics", [Line(8, [written, lacking])])


def _groups() -> Row:
    consumed = f"sum by (consumergroup, topic) ({rate(f'kafka_consumergroup_current_offset_sum{GROUP}')})"
    lag = _panel(
        21,
        "Lag",
        "Messages written and not yet consumed, by group and topic. Climbing: the group is too slow, or stands still.",
        lines(unit="short", decimals=0, many=True, empty="no groups"),
        Query(LAG, LEGEND),
    )
    drain = _panel(
        22,
        "Time to drain",
        "How long the group would take for what waits at its present pace, were nothing new to come. Climbing: it falls behind; "
        "no value while something waits: it consumes nothing.",
        lines(unit="s", many=True, empty="nothing waits"),
        Query(f"({LAG} > 0) / ({consumed} > 0) or {LAG} == 0", LEGEND),
    )
    pace = _panel(
        23,
        "Consumed",
        "Messages per second that each group consumes of each topic.",
        lines(unit="suffix:msg/s", many=True, empty="no groups"),
        Query(consumed, LEGEND),
    )
    members = _panel(
        24,
        "Members",
        "Consumers in each group. 0: nobody consumes for it, and its lag grows.",
        lines(unit="short", decimals=0, many=True, empty="no groups"),
        Query('sum by (consumergroup) (kafka_consumergroup_members{consumergroup=~"$consumergroup"})', "{{consumergroup}}"),
    )
    return Row(20, "Consumer groups", [Line(9, [lag, drain]), Line(8, [pace, members])])


BOARD = Board(
    uid="obs-kafka",
    title="Kafka",
    about="Are the brokers there, is every partition replicated, and do the consumer groups keep up?",
    variables=[
        variables.datasource(),
        variables.label("topic", "Topic", 'kafka_topic_partitions{topic!~"__.*"}'),
        variables.label("consumergroup", "Consumer group", "kafka_consumergroup_members"),
    ],
    rows=[_totals(), _topics(), _groups()],
)
