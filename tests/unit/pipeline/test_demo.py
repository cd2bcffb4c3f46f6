"""The demo is refused, with the way out, where one of its images could get to no node."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from obsdeploy.errors import EnvironmentProblem
from obsdeploy.pipeline.images import DEMO_IMAGE
from obsdeploy.pipeline.local import demo_can_be_had
from obsdeploy.pipeline.work import Machine
from tests.unit.values.make import settings

ANYTHING: Any = object()
OURS, FOREIGN = Machine(ANYTHING, ANYTHING, ANYTHING), Machine(ANYTHING)
WITH_KAFKA: dict[str, Any] = {"demo__enabled": True, "demo__kafka": True}


def bundle(*missing: str, images: tuple[str, ...] = (DEMO_IMAGE,)) -> Any:
    manifest = SimpleNamespace(missing=missing, images=[SimpleNamespace(ref=ref) for ref in images])
    return SimpleNamespace(folder=Path("/bundles/mine"), manifest=manifest)


def test_a_broker_that_the_bundle_lacks_is_named_before_anything_is_changed() -> None:
    with pytest.raises(EnvironmentProblem, match="the bundle /bundles/mine has no image of Kafka") as problem:
        demo_can_be_had(settings(**WITH_KAFKA), OURS, bundle("loki", "kafka"))
    assert "demo.kafka" in (problem.value.hint or "")


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        (WITH_KAFKA, bundle("loki")),
        (WITH_KAFKA, None),
        ({"demo__enabled": True}, bundle("kafka")),
        ({"demo__kafka": True}, bundle("kafka")),
    ],
    ids=["in the bundle", "from its registry", "not wanted", "no demo"],
)
def test_what_is_not_missed_is_no_obstacle(wanted: dict[str, Any], there: Any) -> None:
    demo_can_be_had(settings(**wanted), OURS, there)


def test_a_cluster_that_is_not_ours_needs_the_image_from_somewhere() -> None:
    with pytest.raises(EnvironmentProblem, match="published nowhere"):
        demo_can_be_had(settings("prod", demo__enabled=True), FOREIGN, None)
    demo_can_be_had(settings("prod", demo__enabled=True, imageRegistry="mirror.example"), FOREIGN, None)
    demo_can_be_had(settings("prod", demo__enabled=True), FOREIGN, bundle())
