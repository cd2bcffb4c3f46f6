"""What needs passwords: remote-write destinations and Redis instances. Only names of Secrets pass through here."""

from typing import Any

from obsdeploy.settings.model import Settings
from obsdeploy.settings.parts import SecretRef
from obsdeploy.settings.remote import RemoteWrite

REDIS_SECRET = "obs-redis-passwords"  # noqa: S105  a name, not a password
REDIS_SECRET_KEY = "passwords.json"  # noqa: S105
SECRETS_DIR = "/etc/obs-secrets"


def redis_password_refs(settings: Settings) -> dict[str, SecretRef]:
    """Where the password of each Redis instance lies, by the URI under which the exporter looks it up.

    The CLI reads those Secrets and writes `REDIS_SECRET`: a JSON object of URI → password under `REDIS_SECRET_KEY`.
    """
    return {one.uri: one.password_secret for one in settings.redis_instances if one.password_secret}


def remote_write(settings: Settings) -> list[dict[str, Any]]:
    """Prometheus' remote_write entries; passwords and tokens as files."""
    return [_entry(one) for one in settings.remote_write]


def secret_mounts(settings: Settings) -> list[dict[str, Any]]:
    """Mounts for the Prometheus server, one per Secret that a destination names."""
    names = {ref.name for one in settings.remote_write for ref in (one.password_secret, one.token_secret) if ref}
    return [
        {"name": f"remote-write-{n}", "mountPath": f"{SECRETS_DIR}/{name}", "subPath": "", "secretName": name, "readOnly": True}
        for n, name in enumerate(sorted(names))
    ]


def _entry(one: RemoteWrite) -> dict[str, Any]:
    entry: dict[str, Any] = {"url": one.url}
    if one.name:
        entry["name"] = one.name
    if one.headers:
        entry["headers"] = dict(one.headers)
    if one.password_secret:
        entry["basic_auth"] = {"username": one.username, "password_file": _file(one.password_secret)}
    if one.token_secret:
        entry["authorization"] = {"credentials_file": _file(one.token_secret)}
    if one.keep:
        entry["write_relabel_configs"] = [{"source_labels": ["__name__"], "regex": one.keep, "action": "keep"}]
    return entry


def _file(ref: SecretRef) -> str:
    return f"{SECRETS_DIR}/{ref.name}/{ref.key}"
