"""The block `logs`: what it refuses, naming the key and the way out."""

from typing import Any

import pytest

from obsdeploy.errors import UsageProblem
from obsdeploy.values import render
from tests.unit.values.make import settings

BUCKET = {"bucket": "logs", "region": "here-1"}
ID, KEY = {"name": "s3", "key": "id"}, {"name": "s3", "key": "secret"}


def logs(**block: Any) -> dict[str, Any]:
    """Values for the log collection that a block asks for."""
    values = render(settings(logs={"enabled": True, **block}))
    return {"loki": values["loki"], "collector": values["opentelemetry-collector"]}


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ({"retention": {"size": "10GB"}}, "retention.size 10GB fills the volume of 10Gi"),
        ({"retention": {"time": "12h"}}, "retention.time 12h is less than a day"),
        ({"retention": {"time": "a week"}}, "'a week' is not a duration"),
        ({"retention": {"size": "9Gi"}}, "'9Gi' is not a size"),
        ({"storage": {"volume": "500Mi"}}, "storage.volume 500Mi is less than 1Gi"),
        ({"storage": {"volume": "many"}}, "'many' is not a Kubernetes quantity"),
        ({"storage": {"type": "s3"}}, "storage.s3 is missing"),
        ({"storage": {"s3": BUCKET}}, "storage.s3 names a bucket, but storage.type is filesystem"),
        ({"storage": {"type": "s3", "s3": {"bucket": "logs"}}}, "endpoint or region is missing"),
        ({"storage": {"type": "s3", "s3": BUCKET | {"accessKeySecret": ID}}}, "accessKeySecret and secretKeySecret go together"),
        ({"storage": {"type": "s3", "s3": BUCKET | {"bucket": "No Bucket"}}}, "logs.storage.s3.bucket"),
        ({"storage": {"type": "s3", "s3": BUCKET | {"endpoint": "http://user:pw@minio"}}}, "logs.storage.s3.endpoint"),
        ({"storage": {"type": "s3", "s3": BUCKET | {"secretKey": "hunter2"}}}, "logs.storage.s3.secretKey"),
        ({"storage": {"type": "tape"}}, "logs.storage.type"),
        ({"retentionn": {}}, "unknown key logs.retentionn"),
    ],
)
def test_what_can_not_work_is_refused_before_anything_is_touched(block: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageProblem) as problem:
        logs(**block)
    assert said in problem.value.message
    assert "hunter2" not in problem.value.message
    assert "user:pw" not in problem.value.message


def test_a_bucket_is_no_limit_to_what_is_kept() -> None:
    block = {"retention": {"size": "500GB"}, "storage": {"type": "s3", "s3": BUCKET}}
    assert logs(**block)["loki"]["loki"]["structuredConfig"]["limits_config"]["retention_period"] == "7d"


@pytest.mark.parametrize(
    ("block", "most"),
    [
        ({"storage": {"volume": "20Gi"}}, 18 * 1024**3),
        ({"retention": {"size": "5GB"}}, 5 * 1024**3),
        ({"storage": {"type": "s3", "s3": BUCKET}}, None),
        ({"retention": {"size": "500GB"}, "storage": {"type": "s3", "s3": BUCKET}}, 500 * 1024**3),
    ],
    ids=["on the volume", "a size", "in a bucket", "a size in a bucket"],
)
def test_the_volume_bounds_only_what_is_on_it(block: dict[str, Any], most: int | None) -> None:
    assert settings(logs={"enabled": True, **block}).logs.most_bytes == most


def test_loki_answers_over_all_the_time_that_it_keeps() -> None:
    # 0 is no bound; by its own default Loki answers 400 beyond 30 days, to logs.volume as well.
    limits = logs(retention={"time": "90d"})["loki"]["loki"]["structuredConfig"]["limits_config"]
    assert (limits["retention_period"], limits["max_query_length"]) == ("90d", "0s")


def test_keys_of_a_bucket_go_from_their_secret_into_the_environment_and_nowhere_else() -> None:
    s3 = BUCKET | {"endpoint": "http://minio:9000", "accessKeySecret": ID, "secretKeySecret": KEY}
    loki = logs(storage={"type": "s3", "s3": s3})["loki"]
    assert loki["loki"]["structuredConfig"]["common"]["storage"]["s3"] == {
        "bucketnames": "logs",
        "endpoint": "http://minio:9000",
        "insecure": True,
        "region": "here-1",
        "s3forcepathstyle": False,
        "access_key_id": "${S3_ACCESS_KEY}",
        "secret_access_key": "${S3_SECRET_KEY}",
    }
    refs = {one["name"]: one["valueFrom"]["secretKeyRef"] for one in loki["singleBinary"]["extraEnv"]}
    assert refs == {"S3_ACCESS_KEY": ID, "S3_SECRET_KEY": KEY}


def test_labels_are_few_and_the_collector_makes_no_other() -> None:
    both = logs()
    labels = both["loki"]["loki"]["structuredConfig"]["limits_config"]["otlp_config"]["resource_attributes"]
    assert labels["ignore_defaults"] is True
    (indexed,) = labels["attributes_config"]
    assert indexed == {"action": "index_label", "attributes": ["namespace", "service", "container", "level"]}


def test_the_collector_may_look_at_pods_and_has_no_capability() -> None:
    collector = logs()["collector"]
    assert collector["clusterRole"]["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}]
    assert collector["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    writable = [one["mountPath"] for one in collector["extraVolumeMounts"] if not one.get("readOnly")]
    assert writable == ["/var/lib/collector"]


def test_nothing_is_given_up_while_loki_is_away() -> None:
    exporter = logs()["collector"]["alternateConfig"]["exporters"]["otlp_http"]
    assert exporter["retry_on_failure"]["max_elapsed_time"] == "0s"
    queue = exporter["sending_queue"]
    assert (queue["storage"], queue["block_on_overflow"]) == ("file_storage", True)


def test_logs_are_off_until_asked_for() -> None:
    values = render(settings())
    assert values["loki"] == {"enabled": False}
    assert values["opentelemetry-collector"] == {"enabled": False}
    assert [one["uid"] for one in values["grafana"]["datasources"]["datasources.yaml"]["datasources"]] == ["prometheus"]
