"""Calls to the services that take part in a saga. One call each: when to repeat one is the coordinator's affair."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

import httpx

from saga.headers import ATTEMPT, FAULT
from saga.orchestration.model import Saga
from saga.orchestration.steps import Step

_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


class Verdict(StrEnum):
    """What a call came to."""

    DONE = "done"
    REFUSED = "refused"  # repeating it would change nothing
    UNCLEAR = "unclear"  # no answer, or a failure that may pass; it may have taken effect


@dataclass(frozen=True)
class Reply:
    """A verdict, with the reason if it is not DONE; `effect` is what the service says it did."""

    verdict: Verdict
    reason: str = ""
    effect: str = ""


class Participants:
    """The services by name and base URL, over one client with its time-out."""

    def __init__(self, client: httpx.AsyncClient, urls: Mapping[str, str]) -> None:
        self._client = client
        self._urls = urls

    async def do(self, step: Step, saga: Saga, attempt: int) -> Reply:
        """Ask for a step; attempts count from 1."""
        url = self._urls[step.service] + step.path.format(id=saga.id)
        return await self._call(step.service, self._request(step.method, url, saga, attempt, step.body(saga.purchase)))

    async def undo(self, step: Step, saga: Saga, attempt: int) -> Reply:
        """Ask for a step to be undone."""
        if step.undo_path is None:
            raise ValueError(f"{step.name} is never undone")
        url = self._urls[step.service] + step.undo_path.format(id=saga.id)
        return await self._call(step.service, self._request("DELETE", url, saga, attempt))

    def _request(self, method: str, url: str, saga: Saga, attempt: int, body: object = None) -> httpx.Request:
        return self._client.build_request(method, url, json=body, headers={FAULT: saga.faults, ATTEMPT: str(attempt)})

    async def _call(self, service: str, request: httpx.Request) -> Reply:
        try:
            answer = await self._client.send(request)
        except httpx.HTTPError as error:
            return Reply(Verdict.UNCLEAR, f"{service}: {type(error).__name__} {error}".strip())
        if answer.is_success:
            return Reply(Verdict.DONE, effect=str(_field(answer, "effect")))
        reason = f"{service}: {_field(answer, 'detail') or answer.status_code}"
        refused = answer.is_client_error and answer.status_code not in _PASSING
        return Reply(Verdict.REFUSED if refused else Verdict.UNCLEAR, reason)


def _field(answer: httpx.Response, name: str) -> object:
    try:
        content = answer.json()
    except ValueError:
        return ""
    return content.get(name, "") if isinstance(content, dict) else ""
