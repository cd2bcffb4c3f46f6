"""The official client, and the only importer of `kubernetes`: for log-ins by plugin and for port-forwards.

Its import alone takes most of a second, so nothing here is loaded before it is needed.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from obsdeploy.cluster.answers import KubeProblem


class Official:
    """A client that has logged in as the kubeconfig says, by whatever plugin. Methods block: call them in a thread."""

    def __init__(self, kubeconfig: Path | None, context: str) -> None:
        """Load the configuration and run the plugin. Raises KubeProblem where that fails."""
        from kubernetes import config

        try:
            self._client: Any = config.new_client_from_config(str(kubeconfig) if kubeconfig else None, context=context)
        except Exception as error:  # plugins fail in ways of their own
            hint = "Log in with the plugin's own tool first."
            raise KubeProblem(f"logging in to context {context} failed: {error}", hint=hint) from error
        self._context = context

    def headers(self) -> dict[str, str]:
        """Return the headers that log in; none where a certificate does. Raises KubeProblem where there is neither."""
        settings = self._client.configuration
        token = settings.get_api_key_with_prefix("BearerToken", alias="authorization")
        # The client only logs that a plugin failed, and goes on as nobody.
        if not token and not settings.cert_file:
            hint = "Run the plugin's own log-in first; which one it is says: kubectl config view --minify"
            raise KubeProblem(f"logging in to context {self._context} failed: its plugin gave no credentials", hint=hint)
        return {"Authorization": token} if token else {}

    def certificate(self) -> tuple[str, str] | None:
        """Return the files of the client certificate and its key, if a plugin gave one."""
        settings = self._client.configuration
        return (settings.cert_file, settings.key_file) if settings.cert_file else None

    def open_port(self, namespace: str, pod: str, port: int) -> socket.socket:
        """Connect to a port inside a pod. Raises KubeProblem where the pod or the API server refuses."""
        from kubernetes.client import CoreV1Api
        from kubernetes.stream import portforward

        try:
            connect = CoreV1Api(self._client).connect_get_namespaced_pod_portforward
            opened: socket.socket = portforward(connect, pod, namespace, ports=str(port)).socket(port)
        except Exception as error:  # the websocket library raises whatever the network does
            hint = f"See whether the pod runs: kubectl -n {namespace} get pod {pod}"
            raise KubeProblem(f"no connection to port {port} of pod {namespace}/{pod}: {error}", hint=hint) from error
        return opened
