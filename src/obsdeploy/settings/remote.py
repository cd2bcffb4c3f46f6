"""The block `remoteWrite` of obsdeploy.yaml: where else samples go. What Prometheus would crash over is refused here."""

import re
import warnings
from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, WithJsonSchema, field_validator, model_validator

from obsdeploy.settings.parts import Name, Part, SecretRef

_URL = r"^https?://[^\s@]+$"
_TORN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# Python has these, and RE2, which Prometheus reads by, has not.
_NOT_RE2 = re.compile(r"(?<!\\)(\(\?(?:[=!>#]|<[=!]|P=)|\\[1-9])")
_SECRET_HEADERS = {"authorization", "cookie", "x-api-key"}
# Prometheus sets these itself.
_RESERVED_HEADERS = {
    *("host", "content-encoding", "content-length", "content-type", "user-agent", "connection", "keep-alive", "accept-encoding"),
    *("proxy-authenticate", "proxy-authorization", "www-authenticate", "x-prometheus-remote-write-version"),
    *("x-prometheus-remote-read-version", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"),
}


def _destination(text: str) -> str:
    if "@" in text:
        raise ValueError("a URL holds no user or password: name them in username and passwordSecret, or in tokenSecret")
    if not re.fullmatch(_URL, text) or not _has_host(text) or _TORN_ESCAPE.search(text):
        raise ValueError(f"{text!r} is not a URL: write https://host/path or http://host:port/path")
    return text


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, half a bracket
        return False


def _expression(text: str) -> str:
    if found := _NOT_RE2.search(text):
        raise ValueError(f"{text!r} has {found[1]}, which Prometheus' regular expressions (RE2) don't know: name what is sent")
    try:
        with warnings.catch_warnings(action="ignore"):  # [[:alpha:]] is odd to Python, and right in RE2
            re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}; write for example up|service:.+") from error
    return text


class RemoteWrite(Part):
    """Where Prometheus sends samples besides its own store. Passwords and tokens are named, never written."""

    url: Annotated[str, AfterValidator(_destination), WithJsonSchema({"type": "string", "pattern": _URL})]
    name: Name | None = None
    username: str | None = None
    password_secret: SecretRef | None = None
    token_secret: SecretRef | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    keep: (
        Annotated[
            str, AfterValidator(_expression), Field(description="regular expression over metric names; others are not sent")
        ]
        | None
    ) = None

    @field_validator("headers")
    @classmethod
    def _harmless(cls, headers: dict[str, str]) -> dict[str, str]:
        if secret := next((name for name in headers if name.lower() in _SECRET_HEADERS), None):
            raise ValueError(f"header {secret} would put a secret into a ConfigMap: use passwordSecret or tokenSecret")
        if reserved := next((name for name in headers if name.lower() in _RESERVED_HEADERS), None):
            raise ValueError(f"header {reserved} is Prometheus' own, and it refuses to start with another: leave it out")
        return headers

    @model_validator(mode="after")
    def _one_login(self) -> "RemoteWrite":
        if self.password_secret and self.token_secret:
            raise ValueError("passwordSecret and tokenSecret are two ways to log in, and Prometheus takes one: leave one out")
        if self.username is not None and not self.password_secret:
            raise ValueError(
                "username without passwordSecret would not be sent: name the password's Secret, or leave username out"
            )
        return self


def check_destinations(entries: Sequence[RemoteWrite]) -> None:
    """Raise ValueError where two entries have one name, or say the same: Prometheus refuses both."""
    names = [one.name for one in entries if one.name]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"remoteWrite: the name {twice} is there twice: give each destination its own, or none")
    for number, one in enumerate(entries):
        if one in entries[:number]:
            raise ValueError(f"remoteWrite: entries {entries.index(one)} and {number} are the same: leave one out, or name both")
