"""Grafana's administrator: made once, never changed, and never a default in production."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from obsdeploy.errors import EnvironmentProblem
from obsdeploy.pipeline import credentials
from obsdeploy.settings.load import load
from obsdeploy.settings.model import Settings
from tests.unit.pipeline.conftest import FakeCluster


def settings(profile: str, **overrides: Any) -> Settings:
    return load(profile=profile, env={}, overrides={key.replace("__", "."): value for key, value in overrides.items()})


def encoded(**data: str) -> dict[str, str]:
    return {key.replace("_", "-"): base64.b64encode(value.encode()).decode() for key, value in data.items()}


@pytest.mark.parametrize("profile", ["dev", "ci"])
async def test_dev_and_ci_get_the_well_known_password(cluster: FakeCluster, profile: str) -> None:
    made = await credentials.ensure(cluster, settings(profile))
    assert made == credentials.Credentials("obs-grafana-admin", created=True, default=True)
    secret = cluster.objects["secrets", "monitoring", "obs-grafana-admin"]
    assert secret["stringData"] == {"admin-user": "admin", "admin-password": "admin"}
    assert secret["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "obsdeploy"


async def test_prod_gets_one_that_nobody_can_guess(cluster: FakeCluster) -> None:
    made = await credentials.ensure(cluster, settings("prod"))
    assert (made.created, made.default) == (True, False)
    first = cluster.objects["secrets", "monitoring", "obs-grafana-admin"]["stringData"]["admin-password"]
    other = FakeCluster()
    await credentials.ensure(other, settings("prod"))
    assert len(first) >= 32
    assert first != other.objects["secrets", "monitoring", "obs-grafana-admin"]["stringData"]["admin-password"]


async def test_what_is_there_stays_as_it_is(cluster: FakeCluster) -> None:
    cluster.put("secrets", "obs-grafana-admin", "monitoring", data=encoded(admin_user="me", admin_password="mine-and-long"))
    made = await credentials.ensure(cluster, settings("prod"))
    assert made == credentials.Credentials("obs-grafana-admin", created=False, default=False)
    assert cluster.calls == []


async def test_prod_refuses_a_default_password_that_was_there_before(cluster: FakeCluster) -> None:
    cluster.put("secrets", "obs-grafana-admin", "monitoring", data=encoded(admin_user="admin", admin_password="admin"))
    with pytest.raises(EnvironmentProblem, match="holds the default password, and profile prod takes none"):
        await credentials.ensure(cluster, settings("prod"))


async def test_a_secret_of_the_users_must_be_there_and_whole(cluster: FakeCluster) -> None:
    own = settings("prod", grafana__existingSecret="mine")
    with pytest.raises(EnvironmentProblem, match="names Secret mine, which is not in namespace monitoring") as caught:
        await credentials.ensure(cluster, own)
    assert "create secret generic mine" in caught.value.hint
    cluster.put("secrets", "mine", "monitoring", data=encoded(admin_user="me"))
    with pytest.raises(EnvironmentProblem, match="Secret mine in namespace monitoring has no admin-password"):
        await credentials.ensure(cluster, own)


REDIS = [{"name": "cache", "address": "cache.shop:6379", "passwordSecret": {"name": "cache-auth", "key": "word"}}]


async def test_redis_passwords_are_gathered_into_the_one_file_that_the_exporter_reads(cluster: FakeCluster) -> None:
    cluster.put("secrets", "cache-auth", "monitoring", data=encoded(word="sesame-open"))
    await credentials.ensure_redis_passwords(cluster, settings("dev", redis=REDIS))
    data = cluster.objects["secrets", "monitoring", "obs-redis-passwords"]["data"]
    assert json.loads(base64.b64decode(data["passwords.json"])) == {"redis://cache.shop:6379": "sesame-open"}


async def test_a_changed_redis_password_is_taken_over_and_an_unchanged_one_is_not_written(cluster: FakeCluster) -> None:
    cluster.put("secrets", "cache-auth", "monitoring", data=encoded(word="sesame-open"))
    await credentials.ensure_redis_passwords(cluster, settings("dev", redis=REDIS))
    await credentials.ensure_redis_passwords(cluster, settings("dev", redis=REDIS))
    assert [call[0] for call in cluster.calls] == ["create"]
    cluster.put("secrets", "cache-auth", "monitoring", data=encoded(word="another"))
    await credentials.ensure_redis_passwords(cluster, settings("dev", redis=REDIS))
    assert [call[0] for call in cluster.calls] == ["create", "patch"]


@pytest.mark.parametrize(
    ("there", "said"), [({}, "Secret cache-auth"), ({"other": "x"}, "key word of Secret cache-auth")], ids=["no Secret", "no key"]
)
async def test_a_missing_redis_password_is_named(cluster: FakeCluster, there: dict[str, str], said: str) -> None:
    if there:
        cluster.put("secrets", "cache-auth", "monitoring", data=encoded(**there))
    with pytest.raises(EnvironmentProblem, match=f"the settings name {said}, which is not in namespace monitoring"):
        await credentials.ensure_redis_passwords(cluster, settings("dev", redis=REDIS))


async def test_a_missing_secret_of_remote_write_is_named_before_a_pod_waits_for_it(cluster: FakeCluster) -> None:
    remote = [{"url": "https://mimir.example/push", "tokenSecret": {"name": "mimir", "key": "token"}}]
    with pytest.raises(EnvironmentProblem, match="the settings name Secret mimir"):
        await credentials.check_references(cluster, settings("prod", remoteWrite=remote))


async def test_a_missing_authority_of_redis_is_named_before_the_exporter_waits_for_it(cluster: FakeCluster) -> None:
    secured = [{"name": "cache", "address": "cache.shop:6379", "tls": True, "caSecret": {"name": "redis-ca", "key": "ca.crt"}}]
    with pytest.raises(EnvironmentProblem, match="the settings name Secret redis-ca"):
        await credentials.check_references(cluster, settings("dev", redis=secured))


async def test_a_missing_secret_of_the_bucket_is_named_before_loki_waits_for_it(cluster: FakeCluster) -> None:
    keys = {name: {"name": "bucket", "key": name} for name in ("accessKeySecret", "secretKeySecret")}
    storage = {"type": "s3", "s3": {"bucket": "my-logs", "region": "eu-1", **keys}}
    cluster.put("secrets", "bucket", "monitoring", data=encoded(accessKeySecret="id"))
    with pytest.raises(EnvironmentProblem, match="the settings name key secretKeySecret of Secret bucket"):
        await credentials.check_references(cluster, settings("dev", logs={"enabled": True, "storage": storage}))
    await credentials.check_references(cluster, settings("dev", logs={"enabled": False, "storage": storage}))


async def test_a_key_store_in_place_of_certificates_is_told(cluster: FakeCluster) -> None:
    cluster.put("secrets", "kafka", "monitoring", data={"ca.crt": base64.b64encode(b"\xfe\xed\xfe\xed").decode()})
    block = {"brokers": ["kafka:9092"], "tls": {"enabled": True, "secret": "kafka"}}
    with pytest.raises(EnvironmentProblem, match=r"key ca\.crt of Secret kafka in namespace monitoring is no text") as caught:
        await credentials.check_references(cluster, settings("dev", kafka=block))
    assert "keytool" in caught.value.hint


async def test_a_namespace_that_is_there_is_not_marked_as_ours(cluster: FakeCluster) -> None:
    cluster.put("namespaces", "monitoring")
    assert await credentials.ensure_namespace(cluster, "monitoring") is False
    assert cluster.calls == []
    assert await credentials.ensure_namespace(cluster, "saga-demo") is True


SASL = {"mechanism": "plain", "username": "obs", "passwordSecret": {"name": "kafka", "key": "password"}}


@pytest.mark.parametrize(
    ("block", "there", "said"),
    [
        ({"sasl": SASL}, {}, "Secret kafka"),
        ({"sasl": SASL}, {"other": "x"}, "key password of Secret kafka"),
        ({"tls": {"enabled": True, "secret": "kafka"}}, {"tls.crt": "x"}, "key ca.crt of Secret kafka"),
    ],
)
async def test_a_missing_secret_of_kafka_is_named_before_a_pod_waits_for_it(
    cluster: FakeCluster, block: dict[str, object], there: dict[str, str], said: str
) -> None:
    data = {key: base64.b64encode(value.encode()).decode() for key, value in there.items()}
    if there:
        cluster.put("secrets", "kafka", "monitoring", data=data)
    with pytest.raises(EnvironmentProblem, match=f"the settings name {said}, which is not in namespace monitoring"):
        await credentials.check_references(cluster, settings("dev", kafka={"brokers": ["kafka:9092"], **block}))
