"""Grafana's administrator: a Secret of the CLI's own, made once and never changed by an upgrade."""

import base64
import json
import secrets
from dataclasses import dataclass
from typing import Any

from obsdeploy import secrecy
from obsdeploy.errors import EnvironmentProblem
from obsdeploy.pipeline.outside import ClusterApi
from obsdeploy.settings.model import Settings
from obsdeploy.settings.parts import SecretRef
from obsdeploy.writing import REDIS_SECRET, REDIS_SECRET_KEY, redis_password_refs

KEYS = ("admin-user", "admin-password")
DEFAULT_PASSWORD = "admin"  # noqa: S105  the dev and ci profiles' well-known one
PASSWORD_BYTES = 24
LABELS = {"app.kubernetes.io/managed-by": "obsdeploy", "app.kubernetes.io/part-of": "obs-stack"}


@dataclass(frozen=True)
class Credentials:
    """Where the administrator's name and password are; never what they are, but for the well-known default."""

    secret: str
    created: bool
    default: bool


async def ensure_namespace(kube: ClusterApi, name: str) -> bool:
    """Make a namespace that `down --purge` may remove again; True if it was not there."""
    if await kube.read("namespaces", name) is not None:
        return False
    await kube.create("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": LABELS}})
    return True


async def ensure(kube: ClusterApi, settings: Settings) -> Credentials:
    """See to it that the Secret exists. What is in an existing one stays as it is, whoever made it.

    Raises EnvironmentProblem where a Secret of the user's is missing or lacks a key, or production would get a default password.
    """
    name = settings.admin_secret
    found = await kube.read("secrets", name, settings.namespace)
    if found is not None:
        return _existing(found, settings)
    if settings.grafana.existing_secret:
        raise EnvironmentProblem(
            f"grafana.existingSecret names Secret {name}, which is not in namespace {settings.namespace}",
            hint=f"Make it with the keys {' and '.join(KEYS)}: kubectl -n {settings.namespace} create secret generic {name} "
            "--from-file=admin-user=FILE --from-file=admin-password=FILE",
        )
    default = settings.profile != "prod"
    password = DEFAULT_PASSWORD if default else secrecy.remember(secrets.token_urlsafe(PASSWORD_BYTES))
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "labels": LABELS},
        "stringData": dict(zip(KEYS, (settings.grafana.user, password), strict=True)),
    }
    await kube.create("secrets", body, settings.namespace)
    return Credentials(name, created=True, default=default)


async def ensure_redis_passwords(kube: ClusterApi, settings: Settings) -> None:
    """Write the one Secret that the Redis exporter reads, out of those that the settings name; nothing where none is named."""
    refs = redis_password_refs(settings)
    if not refs:
        return
    passwords = {uri: await _referenced(kube, settings, ref) for uri, ref in refs.items()}
    data = {REDIS_SECRET_KEY: base64.b64encode(json.dumps(passwords).encode()).decode()}
    found = await kube.read("secrets", REDIS_SECRET, settings.namespace)
    if found is None:
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": REDIS_SECRET, "labels": LABELS}, "data": data}
        await kube.create("secrets", body, settings.namespace)
    elif found.get("data") != data:
        await kube.patch("secrets", REDIS_SECRET, {"data": data}, settings.namespace)


async def check_references(kube: ClusterApi, settings: Settings) -> None:
    """Raise EnvironmentProblem where the settings name a Secret that is not there: a pod would wait for it."""
    await _check_kafka(kube, settings)
    remote = [ref for one in settings.remote_write for ref in (one.password_secret, one.token_secret)]
    for ref in (settings.redis_authority, *_of_bucket(settings), *remote):
        if ref is not None:
            await _referenced(kube, settings, ref)


async def _check_kafka(kube: ClusterApi, settings: Settings) -> None:
    kafka = settings.kafka_watched
    if kafka is None:
        return
    if kafka.sasl is not None:
        await _referenced(kube, settings, kafka.sasl.password_secret)
    if kafka.tls.secret is not None:
        await _referenced(kube, settings, SecretRef(name=kafka.tls.secret, key=kafka.tls.ca))


def _of_bucket(settings: Settings) -> tuple[SecretRef | None, ...]:
    storage = settings.logs.storage
    if not settings.logs.enabled or storage.type != "s3" or storage.s3 is None:
        return ()
    return storage.s3.access_key_secret, storage.s3.secret_key_secret


async def _referenced(kube: ClusterApi, settings: Settings, ref: SecretRef) -> str:
    found = await kube.read("secrets", ref.name, settings.namespace)
    encoded = ((found or {}).get("data") or {}).get(ref.key)
    if encoded is None:
        missing = f"Secret {ref.name}" if found is None else f"key {ref.key} of Secret {ref.name}"
        raise EnvironmentProblem(
            f"the settings name {missing}, which is not in namespace {settings.namespace}",
            hint=f"Make it: kubectl -n {settings.namespace} create secret generic {ref.name} --from-file={ref.key}=FILE",
        )
    try:
        return secrecy.remember(base64.b64decode(encoded).decode())
    except UnicodeDecodeError:
        raise EnvironmentProblem(
            f"key {ref.key} of Secret {ref.name} in namespace {settings.namespace} is no text",
            hint="Passwords are text, and certificates PEM: a Java key store or DER has to be converted "
            "(openssl x509 -inform der, keytool -exportcert -rfc).",
        ) from None


def _existing(secret: Any, settings: Settings) -> Credentials:
    name, data = settings.admin_secret, secret.get("data") or {}
    if missing := [key for key in KEYS if not data.get(key)]:
        raise EnvironmentProblem(
            f"Secret {name} in namespace {settings.namespace} has no {' and no '.join(missing)}",
            hint=f"Grafana's administrator needs the keys {' and '.join(KEYS)} in it.",
        )
    default = base64.b64decode(data["admin-password"]).decode(errors="replace") == DEFAULT_PASSWORD
    if default and settings.profile == "prod":
        raise EnvironmentProblem(
            f"Secret {name} in namespace {settings.namespace} holds the default password, and profile prod takes none",
            hint="Change Grafana's password first (kubectl exec deploy/grafana -- grafana cli admin reset-admin-password ...), "
            "then put the same into the Secret; or start afresh: obsdeploy down --purge",
        )
    return Credentials(name, created=False, default=default)
