"""kubectl's own port-forward, from the tests."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator

import httpx

from tests.e2e.machine import Machine, eventually, free_port


@contextlib.contextmanager
def forwarded(stack: Machine, service: str, port: int, namespace: str, path: str) -> Iterator[str]:
    """Hold `kubectl port-forward svc/SERVICE` and yield the address, once something answers at the path."""
    own = free_port()
    where = ("--kubeconfig", str(stack.kubeconfig), "-n", namespace)
    command = [str(stack.tool("kubectl")), "port-forward", f"svc/{service}", f"{own}:{port}", *where]
    url = f"http://127.0.0.1:{own}"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as forward:
        try:
            eventually(lambda: answers(f"{url}{path}"), 30, f"svc/{service} does not answer on port {port}")
            yield url
        finally:
            forward.terminate()


def answers(url: str) -> bool:
    """Whether anything answers there, be it that one has to log in."""
    try:
        return httpx.get(url, timeout=10).status_code in {200, 401}
    except httpx.HTTPError:
        return False
