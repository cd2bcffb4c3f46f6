"""How to reach and log in to a cluster, out of kubeconfig files.

Certificates and tokens that are written down are read here, which takes milliseconds. Log-ins that need code (exec plugins,
auth providers) are left to the official client, whose import alone takes most of a second.
"""

from __future__ import annotations

import base64
import os
import ssl
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from obsdeploy import fastyaml
from obsdeploy.errors import EnvironmentProblem

HOW_TO_CHOOSE = "Name a cluster with --context (and --kubeconfig), or let `obsdeploy up` make one of its own."
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Login:
    """The server of a context and what is needed to log in. `dynamic`: only running a plugin tells."""

    context: str
    server: str
    cluster: Entry
    user: Entry
    folder: Path

    @property
    def dynamic(self) -> bool:
        """Whether the credentials come out of a plugin."""
        return "exec" in self.user or "auth-provider" in self.user

    def headers(self) -> dict[str, str]:
        """Return the headers that log in, if the log-in goes by headers. Raises EnvironmentProblem where they can't be had."""
        if path := self.user.get("tokenFile"):
            return self._bearer(self._read("tokenFile", path).decode(errors="replace").strip())
        if token := self.user.get("token"):
            return self._bearer(str(token))
        if "username" in self.user:
            pair = f"{self.user['username']}:{self.user.get('password', '')}"
            return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        return {}

    def tls(self) -> ssl.SSLContext:
        """Return the TLS context that trusts the cluster's authority and shows the client certificate, if there is one.

        Raises EnvironmentProblem where a file is missing, or what should be a certificate or key is none.
        """
        authority = self._pem(self.cluster, "certificate-authority")
        with self._refusal("certificate-authority is no certificate"):
            context = ssl.create_default_context(cadata=authority.decode() if authority else None)
        if self.cluster.get("insecure-skip-tls-verify"):
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        certificate, key = self._pem(self.user, "client-certificate"), self._pem(self.user, "client-key")
        if certificate and key:
            with self._refusal("client-certificate and client-key are no pair of a certificate and its key"):
                _show_certificate(context, certificate, key)
        return context

    def problem(self, what: str) -> EnvironmentProblem:
        """The problem of a context that can't be used as it is written; `what` never repeats a credential."""
        hint = f"Is that cluster gone? 'kubectl config delete-context {self.context}' forgets it. {HOW_TO_CHOOSE}"
        return EnvironmentProblem(f"context {self.context!r} of the kubeconfig can't be used: {what}", hint=hint)

    def _bearer(self, token: str) -> dict[str, str]:
        if not token.isascii() or not token.isprintable():
            raise self.problem("its token has characters that no token has")
        return {"Authorization": f"Bearer {token}"}

    def _pem(self, entry: Entry, name: str) -> bytes | None:
        if data := entry.get(f"{name}-data"):
            with self._refusal(f"{name}-data is not base64"):
                return base64.b64decode(data)
        return self._read(name, entry[name]) if entry.get(name) else None

    def _read(self, name: str, path: str) -> bytes:
        try:
            return (self.folder / path).read_bytes()
        except OSError as error:
            raise self.problem(f"{name} {self.folder / path}: {error.strerror}") from error
        except (ValueError, TypeError) as error:
            raise self.problem(f"{name} is no path") from error

    @contextmanager
    def _refusal(self, what: str) -> Iterator[None]:
        try:
            yield
        except (ValueError, TypeError, ssl.SSLError) as error:
            raise self.problem(what) from error


def _show_certificate(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    # ssl reads certificates from files alone; this one is private (0600) and gone when the call returns.
    with tempfile.NamedTemporaryFile(prefix="obsdeploy-") as both:
        both.write(certificate.rstrip() + b"\n" + key)
        both.flush()
        # The password is empty, so that a key which has one is refused: OpenSSL would ask for it on the terminal.
        context.load_cert_chain(both.name, password="")


def read_login(kubeconfig: Path | None, context: str | None) -> Login:
    """Find the login of `context` (None: the current one) in `kubeconfig` (None: $KUBECONFIG, else ~/.kube/config).

    Raises EnvironmentProblem where there is no such file or context, or the file is no kubeconfig.
    """
    paths = kubeconfig_paths(kubeconfig)
    documents = [(path, _document(path)) for path in paths if path.is_file()]
    if not documents:
        raise EnvironmentProblem(f"no kubeconfig: {', '.join(map(str, paths))} does not exist", hint=HOW_TO_CHOOSE)
    name = context or next((d["current-context"] for _, d in documents if d.get("current-context")), None)
    if not name:
        raise EnvironmentProblem("the kubeconfig has no current context", hint=HOW_TO_CHOOSE)
    try:
        return _assemble(documents, name)
    except (KeyError, TypeError, AttributeError) as error:
        where = ", ".join(str(path) for path, _ in documents)
        message = f"context {name!r} is not complete in {where}: {error} is missing"
        raise EnvironmentProblem(message, hint=HOW_TO_CHOOSE) from error


def kubeconfig_paths(kubeconfig: Path | None) -> list[Path]:
    """Where kubectl would look: the file given, else each of $KUBECONFIG, else ~/.kube/config."""
    if kubeconfig is not None:
        return [kubeconfig]
    named = [Path(part) for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return named or [Path.home() / ".kube" / "config"]


def _document(path: Path) -> Entry:
    try:
        found = fastyaml.load(path.read_text(encoding="utf-8"))
    # PyYAML trips over dates that are none, and over what contains itself.
    except (OSError, yaml.YAMLError, ValueError, RecursionError) as error:
        raise EnvironmentProblem(f"{path} can't be read as a kubeconfig: {error}", hint=HOW_TO_CHOOSE) from error
    if found is not None and not isinstance(found, dict):
        raise EnvironmentProblem(f"{path} is no kubeconfig", hint=HOW_TO_CHOOSE)
    return found or {}


def _assemble(documents: list[tuple[Path, Entry]], name: str) -> Login:
    contexts = [entry["name"] for _, d in documents for entry in d.get("contexts") or []]
    if name not in contexts:
        known = ", ".join(sorted(contexts)) or "none"
        raise EnvironmentProblem(f"there is no context {name!r} in the kubeconfig (there is: {known})", hint=HOW_TO_CHOOSE)
    context, _ = _named(documents, "contexts", "context", name)
    cluster, _ = _named(documents, "clusters", "cluster", context["cluster"])
    user, folder = _named(documents, "users", "user", context["user"]) if context.get("user") else ({}, Path())
    return Login(name, cluster["server"].rstrip("/"), cluster, user, folder)


def _named(documents: Iterable[tuple[Path, Entry]], section: str, key: str, name: str) -> tuple[Entry, Path]:
    for path, document in documents:
        for entry in document.get(section) or []:
            if entry["name"] == name:
                return entry.get(key) or {}, path.parent
    raise KeyError(f"{key} {name!r}")
