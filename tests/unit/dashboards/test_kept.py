"""The keep-lists of `metrics: lean` against everything that reads a metric."""

import re
from pathlib import Path

import pytest

from dashboards import reads
from dashboards.reads import Read
from obsdeploy.promql import Selector
from obsdeploy.yamltext import parse

VALUES = Path(__file__).parents[3] / "values"
KEEP: dict[str, list[str]] = parse((VALUES / "keep.yaml").read_text())
DROP: dict[str, list[str]] = parse((VALUES / "drop.yaml").read_text())
READS = reads.all_reads()


def kept(read: Read) -> bool:
    """Whether a target's series that this selector reads reach Prometheus' storage."""
    name = read.selector.metric or ""
    if name in reads.application_metrics():
        return not any(re.fullmatch(pattern, name) for pattern in DROP["applications"])
    jobs = [read.job] if read.job else list(KEEP)
    return any(re.fullmatch(pattern, name) for job in jobs for pattern in KEEP.get(job, []))


def test_every_metric_that_is_read_is_kept() -> None:
    lost = sorted({f"{read.selector.metric} ({read.where})" for read in READS if not kept(read)})

    assert lost == []


@pytest.mark.parametrize("job", KEEP)
def test_every_metric_that_is_kept_is_read(job: str) -> None:
    names = {read.selector.metric or "" for read in READS if read.job in {None, job}}
    unread = [pattern for pattern in KEEP[job] if not any(re.fullmatch(pattern, name) for name in names)]

    assert unread == []


def test_every_selector_names_its_metric() -> None:
    """Otherwise nobody could tell what it reads."""
    assert [read.where for read in READS if read.selector.metric is None] == []


def test_a_read_that_nothing_keeps_would_be_found() -> None:
    assert not kept(Read("somewhere", Selector("node_vmstat_pgfault")))


def test_queries_in_code_are_among_the_reads() -> None:
    assert {"redis_up", "kube_node_info"} <= {read.selector.metric for read in READS if read.where.startswith("checks/")}
