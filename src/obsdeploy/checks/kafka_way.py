"""The way to Kafka's brokers as the exporter has it: through nc in its container, with its own credentials."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Mapping
from typing import Any

from obsdeploy import secrecy
from obsdeploy.checks.context import Context, Json
from obsdeploy.errors import EnvironmentProblem, StackUnhealthy
from obsdeploy.kafka.access import Access, Sasl, Tls
from obsdeploy.kafka.channel import Dial, Pipe
from obsdeploy.kafka.survey import Survey, survey

DEPLOYMENT = "kafka-exporter"
_LABELS = "app.kubernetes.io/name=prometheus-kafka-exporter"
_CONNECT_SECONDS = "5"
# One nc says why it failed only when told to be wordy, the other knows no such option: its own usage tells which it is.
_NC = (
    f'if nc 2>&1 </dev/null | grep -q -e \'-v\'; then exec nc -v -v -w {_CONNECT_SECONDS} "$1" "$2"; fi; '
    f'exec nc -w {_CONNECT_SECONDS} "$1" "$2"'
)


async def survey_from(context: Context, kafka: Mapping[str, Any]) -> Survey:
    """Visit every broker of the released `kafka` block from the exporter's container.

    Raises StackUnhealthy where the exporter does not run, EnvironmentProblem where its Secrets are missing or commands in its
    pod are not allowed.
    """
    access = await _access(context, kafka)
    pod = await running_pod(context)
    return await survey(_dial(context, pod), tuple(kafka["brokers"]), access)


async def running_pod(context: Context) -> Json:
    """The newest pod of the exporter that runs. Raises StackUnhealthy where none does."""
    pods = await context.kube.list("pods", context.namespace, labels=_LABELS)
    running = [pod for pod in pods if _runs(pod)]
    if not running:
        raise StackUnhealthy(
            f"no pod of Deployment {DEPLOYMENT} runs, so nobody can look from there",
            hint=f"See why: kubectl -n {context.namespace} describe deploy/{DEPLOYMENT}",
        )
    return max(running, key=lambda pod: str(pod["metadata"].get("creationTimestamp") or ""))


def _runs(pod: Json) -> bool:
    containers = (pod.get("status") or {}).get("containerStatuses") or []
    return not pod["metadata"].get("deletionTimestamp") and any("running" in (one.get("state") or {}) for one in containers)


def _dial(context: Context, pod: Json) -> Dial:
    name, container = pod["metadata"]["name"], pod["spec"]["containers"][0]["name"]

    async def dial(host: str, port: int) -> Pipe:
        return await context.kube.attach(context.namespace, name, container, ["sh", "-c", _NC, "nc", host, str(port)])

    return dial


async def _access(context: Context, kafka: Mapping[str, Any]) -> Access:
    sasl, tls = kafka.get("sasl"), kafka["tls"]
    return Access(await _tls(context, tls) if tls["enabled"] else None, await _sasl(context, sasl) if sasl else None)


async def _sasl(context: Context, sasl: Mapping[str, Any]) -> Sasl:
    ref = sasl["passwordSecret"]
    password = (await _secret(context, ref["name"])).get(ref["key"])
    if password is None:
        raise _missing(context, f"key {ref['key']} of Secret {ref['name']}", ref["name"])
    return Sasl(sasl["mechanism"].upper(), sasl["username"], secrecy.remember(password))


async def _tls(context: Context, tls: Mapping[str, Any]) -> Tls:
    held = await _secret(context, tls["secret"]) if tls["secret"] else {}
    if tls["secret"] and tls["ca"] not in held:
        raise _missing(context, f"key {tls['ca']} of Secret {tls['secret']}", tls["secret"])
    key = held.get(tls["key"], "")
    found = Tls(
        ca=held.get(tls["ca"], ""),
        cert=held.get(tls["cert"], ""),
        key=secrecy.remember(key) if key else "",
        server_name=tls["serverName"] or "",
        verify=tls["verify"],
    )
    try:
        found.context()
    except (ssl.SSLError, ValueError, TypeError) as error:
        raise EnvironmentProblem(
            f"Secret {tls['secret']} holds no usable certificates: {getattr(error, 'reason', None) or error}",
            hint=f"It needs PEM text: the authority under {tls['ca']}, a client's certificate and key (without a password) under "
            f"{tls['cert']} and {tls['key']}.",
        ) from error
    return found


async def _secret(context: Context, name: str) -> dict[str, str]:
    found = await context.kube.read("secrets", name, context.namespace)
    if found is None:
        raise _missing(context, f"Secret {name}", name)
    return {key: base64.b64decode(value).decode(errors="replace") for key, value in (found.get("data") or {}).items()}


def _missing(context: Context, what: str, name: str) -> EnvironmentProblem:
    return EnvironmentProblem(
        f"the settings of kafka name {what}, which is not in namespace {context.namespace}",
        hint=f"See what is there: kubectl -n {context.namespace} describe secret {name}",
    )
