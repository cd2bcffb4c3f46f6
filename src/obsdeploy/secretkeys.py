"""Which keys hold secrets: by their own names, and by where they stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
# The last word of a key decides: under `adminPassword` stands a secret, under `passwordFile` only where one is.
_SECRETS = {"passphrase", "pass", "credentials", "credential", "authorization"}
_PAIRS = {
    "key": {
        "api",
        "access",
        "private",
        "service",
        "routing",
        "license",
        "secret",
        "signing",
        "encryption",
        "account",
        "application",
    },
    "secret": {"client", "app", "shared", "consumer", "webhook", "api"},
    "url": {"api", "webhook"},
    "id": {"token"},
}
# Grafana's bottoken, Redis' requirepass.
_ENDINGS = ("password", "passwd", "token", "apikey", "secretkey", "privatekey", "accesskey", "clientsecret", "requirepass")
# As Alertmanager and ini files write it (smtp_auth_secret, user_key) it is a secret, as Helm writes it (existingSecret, userKey)
# the place of one; but for what comes after one of the harmless words.
_SNAKE = re.compile(r"_(?:key|secret)$", re.IGNORECASE)
_HARMLESS = {
    *("public", "partition", "primary", "foreign", "sort", "label", "group", "cache", "attribute", "match", "metadata"),
    *("password", "token", "key", "existing", "pull", "tls", "ssl", "cert", "client"),
}
_LABELS = {"labels", "annotations", "matchlabels", "podlabels", "podannotations", "externallabels"}
_IN_HEADERS = {"key", "secret", "auth", "cookie", "signature", "session"}
_ALL_SECRET = {"securejsondata", "securesettings"}
_FLAG = re.compile(r"--?(?P<name>[A-Za-z][\w.-]*)")

Leaf = Callable[[Any, str], Any]


@dataclass(frozen=True)
class _Cover:
    """What stands here is the secret of `key`; `deep`: whatever is below it as well."""

    key: str
    deep: bool = False


def is_secret(key: str) -> bool:
    """Whether what stands under a key of this name is a secret itself, and not only the place of one."""
    words = _words(key)
    before = words[-2] if len(words) > 1 else ""
    return _by_words(words) or bool(before and before not in _HARMLESS and _SNAKE.search(key))


def is_secret_header(name: str) -> bool:
    """The same for a header, or a parameter of a URL, where nobody names the place of a secret."""
    return is_secret(name) or any(word in _IN_HEADERS for word in _words(name)[-1:])


def is_secret_flag(word: str) -> bool:
    """Whether a command line's next word is a secret: `--password`."""
    match = _FLAG.fullmatch(word)
    return match is not None and is_secret(match["name"])


def walked(data: Any, leaf: Leaf, path: tuple[str, ...] = (), cover: _Cover | None = None) -> Any:
    """Return a copy of `data` with leaf(value, key) in the place of each value; `key` is the secret's, or empty."""
    if isinstance(data, Mapping):
        below = {key: cover if cover and cover.deep else _cover(data, str(key), path) for key in data}
        return {key: walked(value, leaf, (*path, str(key)), below[key]) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [walked(item, leaf, path, cover or flagged) for item, flagged in _after_flags(data)]
    return leaf(data, cover.key if cover else "")


def _words(key: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(key)]


def _by_words(words: list[str]) -> bool:
    if not words:
        return False
    before = words[-2] if len(words) > 1 else ""
    return words[-1].endswith(_ENDINGS) or words[-1] in _SECRETS or words == ["secret"] or before in _PAIRS.get(words[-1], ())


def _flat(key: str) -> str:
    return key.replace("_", "").lower()


def _cover(siblings: Mapping[Any, Any], key: str, path: tuple[str, ...]) -> _Cover | None:
    above = [_flat(one) for one in path[-2:]]
    if _flat(key) in _ALL_SECRET or (siblings.get("kind") == "Secret" and key in {"data", "stringData"}):
        return _Cover(key, deep=True)
    if key == "value" and set(siblings) == {"name", "value"}:
        name = str(siblings["name"])
        return _Cover(name) if _secret_in(name, above) else None
    return _Cover(key) if _secret_in(key, above) or _by_place(key, path, above) else None


def _secret_in(name: str, above: list[str]) -> bool:
    if above[-1:] == ["tls"] and name == "secret":  # Kafka's, which names a Secret
        return False
    if above and above[-1] in _LABELS:
        return _by_words(_words(name))
    return is_secret_header(name) if above and above[-1].endswith("headers") else is_secret(name)


def _by_place(key: str, path: tuple[str, ...], above: list[str]) -> bool:
    """Addresses that let whoever knows them write, and headers as Prometheus has them: {X-Key: {secrets: [...]}}."""
    if key == "url":
        return above[-1:] == ["webhookconfigs"] or (above[-1:] == ["settings"] and "receivers" in path)
    if len(above) > 1 and above[0].endswith("headers"):
        return key == "secrets" or (key == "values" and is_secret_header(path[-1]))
    return False


def _after_flags(items: list[Any] | tuple[Any, ...]) -> Iterator[tuple[Any, _Cover | None]]:
    before = ""
    for item in items:
        told = isinstance(item, str) and not item.startswith("-") and is_secret_flag(before)
        yield item, _Cover(before.lstrip("-")) if told else None
        before = item if isinstance(item, str) else ""
