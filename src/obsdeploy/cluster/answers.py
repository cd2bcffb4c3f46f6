"""What the API server's answers mean: decoded, or as the problem that a person can act on."""

from __future__ import annotations

from typing import Any

import httpx

from obsdeploy.errors import EnvironmentProblem

Json = Any
NOT_FOUND, CONFLICT, UNAUTHORIZED, FORBIDDEN = 404, 409, 401, 403


class KubeProblem(EnvironmentProblem):
    """The API server gave no good answer. `status` is its HTTP status, 0 where it did not answer at all."""

    def __init__(self, message: str, *, hint: str, status: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.status = status


def decoded(answer: httpx.Response) -> Json:
    """Return JSON, or text where it is none: a Service behind the proxy may call its JSON anything, so the content decides."""
    try:
        return answer.json()
    except ValueError:
        return answer.text


def silence(server: str, context: str, error: httpx.HTTPError) -> KubeProblem:
    """Make the problem of a server that did not answer."""
    return KubeProblem(
        f"the API server {server} of context {context} does not answer: {str(error) or type(error).__name__}",
        hint=f"See whether the cluster runs: kubectl --context {context} get nodes",
    )


def refusal(answer: httpx.Response, context: str) -> KubeProblem:
    """Make the problem of an answer that is no success: credentials, a permission, or the request itself."""
    if answer.status_code == UNAUTHORIZED:
        return KubeProblem(
            f"the API server refuses the credentials of context {context} (401): have they expired?",
            hint=f"Log in again, then see: kubectl --context {context} auth whoami",
            status=UNAUTHORIZED,
        )
    if answer.status_code == FORBIDDEN:
        hint = f"Ask the cluster's administrator for it. What there is: kubectl --context {context} auth can-i --list"
        return KubeProblem(f"a permission is missing: {_said(answer)}", hint=hint, status=FORBIDDEN)
    asked = f"{answer.request.method} {answer.request.url.path}"
    return KubeProblem(
        f"{asked}: the API server answers {answer.status_code}: {_said(answer)}",
        hint=f"See whether the cluster is healthy: kubectl --context {context} get --raw=/readyz?verbose",
        status=answer.status_code,
    )


def _said(answer: httpx.Response) -> str:
    found = decoded(answer)
    return str(found.get("message", found)) if isinstance(found, dict) else str(found).strip()[:300]
