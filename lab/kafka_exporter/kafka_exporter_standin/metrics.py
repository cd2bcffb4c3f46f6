"""The real exporter's metrics, by its names and labels."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock

from prometheus_client.core import GaugeMetricFamily

from .cluster import Cluster, Partition

Offsets = Mapping[tuple[str, int], int]


class Collector:
    """Asks the cluster anew with every scrape."""

    def __init__(self, cluster: Cluster, labels: Mapping[str, str]) -> None:
        self._cluster = cluster
        self._labels = labels
        self._turn = Lock()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """All families of one scrape; scrapes take turns."""
        with self._turn:
            return self._collected()

    def _collected(self) -> Iterable[GaugeMetricFamily]:
        families = Families(self._labels)
        self._cluster.refresh()
        brokers = self._cluster.brokers()
        families.add("kafka_brokers", len(brokers))
        for broker in brokers:
            families.add("kafka_broker_info", 1, id=str(broker.node_id), address=f"{broker.host}:{broker.port}")
        if brokers:
            self._topics(families)
        return families.all()

    def _topics(self, families: "Families") -> None:
        partitions = self._cluster.partitions()
        count: dict[str, int] = defaultdict(int)
        for one in partitions:
            count[one.topic] += 1
            _describe(families, one)
        for topic, number in count.items():
            families.add("kafka_topic_partitions", number, topic=topic)
        newest = self._cluster.offsets(partitions, newest=True) if partitions else {}
        oldest = self._cluster.offsets(partitions, newest=False) if newest else {}
        for name, offsets in (("current", newest), ("oldest", oldest)):
            for (topic, partition), offset in offsets.items():
                families.add(f"kafka_topic_partition_{name}_offset", offset, topic=topic, partition=str(partition))
        # Where no broker gave an offset, asking each for its groups would only take another while.
        for group, members, committed in self._cluster.groups(partitions) if newest else ():
            families.add("kafka_consumergroup_members", members, consumergroup=group)
            _group(families, group, committed, newest)


class Families:
    """Families by name, made as samples come."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = labels
        self._made: dict[str, GaugeMetricFamily] = {}

    def add(self, name: str, value: float, **labels: str) -> None:
        """One sample."""
        family = self._made.setdefault(name, GaugeMetricFamily(name, f"STAND-IN for {name}.", labels=[*labels, *self._labels]))
        family.add_metric([*labels.values(), *self._labels.values()], value)

    def all(self) -> Sequence[GaugeMetricFamily]:
        """Those that have samples."""
        return list(self._made.values())


def _describe(families: Families, one: Partition) -> None:
    where = {"topic": one.topic, "partition": str(one.number)}
    families.add("kafka_topic_partition_leader", one.leader, **where)
    families.add("kafka_topic_partition_replicas", len(one.replicas), **where)
    families.add("kafka_topic_partition_in_sync_replica", len(one.in_sync), **where)
    families.add("kafka_topic_partition_leader_is_preferred", float(one.replicas[:1] == (one.leader,)), **where)
    families.add("kafka_topic_partition_under_replicated_partition", float(len(one.in_sync) < len(one.replicas)), **where)


def _group(families: Families, group: str, committed: Offsets, newest: Offsets) -> None:
    by_topic: dict[str, dict[int, int]] = defaultdict(dict)
    for (topic, partition), offset in committed.items():
        by_topic[topic][partition] = offset
    for topic, offsets in by_topic.items():
        if all(offset < 0 for offset in offsets.values()):
            continue  # not a topic of this group's
        known = {partition: offset for partition, offset in offsets.items() if offset >= 0}
        lags = {partition: newest.get((topic, partition), offset) - offset for partition, offset in known.items()}
        for partition, offset in offsets.items():
            where = {"consumergroup": group, "topic": topic, "partition": str(partition)}
            families.add("kafka_consumergroup_current_offset", offset, **where)
            families.add("kafka_consumergroup_lag", lags.get(partition, -1), **where)
        families.add("kafka_consumergroup_current_offset_sum", sum(known.values()), consumergroup=group, topic=topic)
        families.add("kafka_consumergroup_lag_sum", sum(lags.values()), consumergroup=group, topic=topic)
