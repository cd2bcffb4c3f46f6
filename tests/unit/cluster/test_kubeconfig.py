"""Reading kubeconfigs: the login that kubectl would use, and a clear word where there is none."""

import base64
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml
from cryptography.hazmat.primitives import serialization

from obsdeploy.cluster.kubeconfig import read_login
from obsdeploy.errors import EnvironmentProblem


def write(path: Path, *, user: dict[str, Any] | None = None, current: str = "one", cluster: dict[str, Any] | None = None) -> Path:
    document = {
        "current-context": current,
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in ("one", "two")],
        "clusters": [
            {"name": name, "cluster": {"server": f"https://{name}:6443/", **(cluster or {})}} for name in ("one", "two")
        ],
        "users": [{"name": name, "user": user or {"token": f"token-{name}"}} for name in ("one", "two")],
    }
    path.write_text(yaml.safe_dump(document))
    return path


def test_the_current_context_counts_unless_one_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "config", current="two")
    assert read_login(path, None).server == "https://two:6443"
    assert read_login(path, "one").headers() == {"Authorization": "Bearer token-one"}


def test_files_are_found_as_kubectl_finds_them_and_the_first_word_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    (home / ".kube").mkdir(parents=True)
    write(home / ".kube" / "config")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    assert read_login(None, None).context == "one"
    first, second = write(tmp_path / "a", current="two"), write(tmp_path / "b", user={"token": "later"})
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'missing'}:{first}:{second}")
    assert read_login(None, None).headers() == {"Authorization": "Bearer token-two"}


def test_tokens_and_certificates_may_be_in_files_beside_the_kubeconfig(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from a file\n")
    assert read_login(write(tmp_path / "config", user={"tokenFile": "token"}), None).headers() == {
        "Authorization": "Bearer from a file"
    }


def test_a_password_is_sent_as_basic(tmp_path: Path) -> None:
    login = read_login(write(tmp_path / "config", user={"username": "me", "password": "pw"}), None)
    assert login.headers() == {"Authorization": "Basic " + base64.b64encode(b"me:pw").decode()}


@pytest.mark.parametrize(("user", "dynamic"), [({"exec": {}}, True), ({"auth-provider": {}}, True), ({"token": "t"}, False)])
def test_logins_by_plugin_are_told_from_those_that_are_written_down(tmp_path: Path, user: dict[str, Any], dynamic: bool) -> None:
    assert read_login(write(tmp_path / "config", user=user), None).dynamic is dynamic


def test_verification_of_the_server_can_be_switched_off(tmp_path: Path) -> None:
    assert not read_login(write(tmp_path / "config", cluster={"insecure-skip-tls-verify": True}), None).tls().check_hostname
    assert read_login(write(tmp_path / "config"), None).tls().check_hostname


@pytest.mark.parametrize(
    ("text", "context", "said"),
    [
        (None, None, "does not exist"),
        ("{}", None, "has no current context"),
        ("contexts: [{name: a, context: {cluster: b}}]\nclusters: []\nusers: []", "a", "cluster 'b'"),
        ("contexts: [{name: a}, {name: b}]", "c", "there is no context 'c' in the kubeconfig (there is: a, b)"),
        ("- a list", None, "is no kubeconfig"),
        ("{unbalanced", None, "can't be read as a kubeconfig"),
        ("expires: 2024-13-45", None, "can't be read as a kubeconfig"),
    ],
)
def test_what_is_no_login_is_an_environment_problem(tmp_path: Path, text: str | None, context: str | None, said: str) -> None:
    path = tmp_path / "config"
    if text is not None:
        path.write_text(text)
    with pytest.raises(EnvironmentProblem) as problem:
        read_login(path, context)
    assert said in problem.value.message
    assert "--context" in problem.value.hint


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ({"client-certificate-data": "bm9uZQ==", "client-key-data": "bm9uZQ=="}, "are no pair of a certificate and its key"),
        ({"client-certificate": "locked.pem", "client-key": "locked.pem"}, "are no pair of a certificate and its key"),
        ({"client-certificate-data": "a", "client-key-data": "a"}, "client-certificate-data is not base64"),
        ({"client-certificate": 5, "client-key": 5}, "client-certificate is no path"),
    ],
)
def test_what_is_no_certificate_is_said_and_no_password_is_asked_for(tmp_path: Path, user: dict[str, Any], said: str) -> None:
    authority = trustme.CA()
    key = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
    secret = serialization.BestAvailableEncryption(b"hush")
    locked = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret)
    (tmp_path / "locked.pem").write_bytes(authority.cert_pem.bytes() + locked)
    with pytest.raises(EnvironmentProblem, match=said):
        read_login(write(tmp_path / "config", user=user), None).tls()
