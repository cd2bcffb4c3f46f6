"""cAdvisor repeats itself: only the rows that dashboards add up may stay."""

from typing import Any

import pytest

from obsdeploy.values import render
from tests.unit.values.make import settings
from tests.unit.values.relabel import relabel

CONTAINER = {"namespace": "shop", "pod": "order-1", "container": "order", "id": "/kubepods/a", "name": "b2a", "image": "shop:1"}
POD = {"namespace": "shop", "pod": "order-1", "container": "", "id": "/kubepods/pod1"}
SLICE = {"namespace": "", "pod": "", "container": "", "id": "/kubepods"}


@pytest.fixture(scope="module")
def rules() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = render(settings())["prometheus"]["scrapeConfigs"]["cadvisor"]["metric_relabel_configs"]
    return found


def test_a_containers_row_stays_without_its_long_names(rules: list[dict[str, Any]]) -> None:
    kept = relabel({"__name__": "container_cpu_usage_seconds_total", **CONTAINER}, rules)
    assert kept is not None
    assert set(kept) == {"__name__", "namespace", "pod", "container", "id"}


@pytest.mark.parametrize("row", [POD, SLICE, {**CONTAINER, "container": "POD"}])
@pytest.mark.parametrize("name", ["container_cpu_usage_seconds_total", "container_memory_working_set_bytes"])
def test_rows_of_pods_slices_and_pauses_go(rules: list[dict[str, Any]], row: dict[str, str], name: str) -> None:
    assert relabel({"__name__": name, **row}, rules) is None


def test_traffic_would_be_kept_by_pod_and_not_for_the_node(rules: list[dict[str, Any]]) -> None:
    traffic = {"__name__": "container_network_receive_bytes_total", "interface": "eth0"}
    beside_the_keep_list = rules[1:]
    assert relabel({**traffic, **POD}, beside_the_keep_list) is not None
    assert relabel({**traffic, **SLICE}, beside_the_keep_list) is None


def test_whatever_is_not_listed_goes(rules: list[dict[str, Any]]) -> None:
    assert relabel({"__name__": "container_tasks_state", **CONTAINER}, rules) is None
