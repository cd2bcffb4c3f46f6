"""Why does Redis not answer its exporter? The exporter is asked again, so that it says what it keeps to itself otherwise."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from obsdeploy.checks.context import Context

Ask = Callable[[str], Awaitable[str]]
"""From a target to the exporter's error with it; empty where it has none."""

_REFUSED = "the password is wrong"
_MASKED, _MASKED_TLS = "unknown network redis", "unknown network rediss"
_MEANINGS = (
    ("WRONGPASS", _REFUSED),
    ("NOAUTH", "it wants a password: passwordSecret in obsdeploy.yaml"),
    ("invalid password", _REFUSED),
    ("no such host", "its name does not resolve"),
    ("connection refused", "nothing listens there: Redis is down, or at another port"),
    (_MASKED, "no connection or no log-in: Redis is down or elsewhere, or its password or certificate is wrong"),
    ("use of closed network connection", "it takes connections and does not answer: Redis hangs, or wants TLS"),
    ("i/o timeout", "no answer: a network policy or firewall drops the packets, or Redis hangs"),
    ("first record does not look like a TLS handshake", "it does not speak TLS: tls in obsdeploy.yaml"),
    ("LOADING", "Redis is still loading its data"),
)
_UNREACHED = ("no such host", "connection refused", "i/o timeout")
_ERROR = re.compile(r'^redis_exporter_last_scrape_error\{err="(?P<error>(?:[^"\\]|\\.)*)"\}', re.MULTILINE)


def meaning(error: str) -> str:
    """The exporter's error with what it means for people; with that alone where the exporter names none."""
    said = next((text for sign, text in _MEANINGS if sign in error), "")
    return f"{said} ({error})" if said else error or "the exporter names no error"


def is_masked(error: str) -> bool:
    """Whether the exporter names no reason: so it does for any trouble on the way to redis:// or rediss://, log-in included.

    It tries again then, with the scheme as a network, and tells how that went (oliver006/redis_exporter, `connectToRedis`).
    """
    return _MASKED in error


async def unmasked(ask: Ask, address: str, error: str) -> str:
    """What is wrong with an instance of which the exporter names no reason.

    tcp:// it takes as a network, so that what it says of it is what it met; and it finds no password for an address with a
    path, so that what it says then is of TLS alone. Raises what `ask` raises.
    """
    plain = await ask(f"tcp://{address}")
    if any(sign in plain for sign in _UNREACHED):
        return meaning(plain)
    if _MASKED_TLS not in error:
        return _of_log_in(plain)
    if not plain or "NOAUTH" in plain:
        return "it does not speak TLS at this port: tls in obsdeploy.yaml"
    secured = await ask(f"rediss://{address}/0")
    if is_masked(secured):
        return (
            "TLS fails: its certificate is of an authority that the exporter does not know (caSecret in obsdeploy.yaml), is for "
            "another name, or has run out; or it wants a client's"
        )
    return _of_log_in(secured)


def _of_log_in(without_password: str) -> str:
    if not without_password:
        return "it wants no password, and is given one: leave passwordSecret out of obsdeploy.yaml"
    return _REFUSED if "NOAUTH" in without_password else meaning(without_password)


def asking(context: Context, service: str) -> Ask:
    """Ask this exporter through the API server. What is returned raises ObsdeployError where there is no answer."""

    async def ask(target: str) -> str:
        page = await context.kube.service(context.namespace, service, f"scrape?target={quote(target, safe='')}")
        found = _ERROR.search(str(page))
        return re.sub(r"\\(.)", r"\1", found["error"]) if found else ""

    return ask
