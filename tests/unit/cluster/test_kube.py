"""The Kubernetes client: what it sends, and what a bad answer becomes."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import yaml

from obsdeploy.cluster.kube import Kube, KubeProblem
from obsdeploy.cluster.kubeconfig import Login
from obsdeploy.cluster.resources import path_of

LOGIN = Login("lab", "https://lab:6443", {}, {}, Path())
Handler = Callable[[httpx.Request], httpx.Response]


def kube(handler: Handler) -> Kube:
    return Kube(LOGIN, httpx.AsyncClient(base_url=LOGIN.server, transport=httpx.MockTransport(handler)))


def answering(status: int, body: object) -> Handler:
    return lambda request: httpx.Response(status, json=body)


@pytest.mark.parametrize(
    ("resource", "namespace", "name", "path"),
    [
        ("pods", "shop", "a", "/api/v1/namespaces/shop/pods/a"),
        ("nodes", None, None, "/api/v1/nodes"),
        ("deployments", "shop", None, "/apis/apps/v1/namespaces/shop/deployments"),
        ("clusterroles", None, "a", "/apis/rbac.authorization.k8s.io/v1/clusterroles/a"),
    ],
)
def test_every_resource_has_its_path(resource: str, namespace: str | None, name: str | None, path: str) -> None:
    assert path_of(resource, namespace, name) == path


async def test_lists_go_by_selectors_and_may_ask_for_metadata_alone() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"items": [{"metadata": {"name": "a"}}]})

    client = kube(handler)
    assert await client.list("pods", "shop", labels="app=a", fields="status.phase=Running") == [{"metadata": {"name": "a"}}]
    await client.list("secrets", "shop", bare=True)
    assert dict(seen[0].url.params) == {"labelSelector": "app=a", "fieldSelector": "status.phase=Running"}
    assert "PartialObjectMetadataList" in seen[1].headers["accept"]


async def test_what_is_not_there_is_none_and_deleting_it_is_false() -> None:
    client = kube(answering(404, {"message": "not found"}))
    assert await client.read("pods", "a", "shop") is None
    assert await client.delete("pods", "a", "shop") is False
    assert await client.logs("shop", "a") == ""


async def test_patches_are_merge_patches() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.method == "PATCH"
        assert request.headers["content-type"] == "application/merge-patch+json"
        return httpx.Response(200, content=request.content)

    assert await kube(handler).patch("pods", "a", {"metadata": {"annotations": {"x": "y"}}}, "shop") == {
        "metadata": {"annotations": {"x": "y"}}
    }


async def test_logs_of_the_container_before_this_one() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/api/v1/namespaces/shop/pods/a/log"
        assert dict(request.url.params) == {"tailLines": "5", "container": "app", "previous": "true"}
        return httpx.Response(200, text="last words\n")

    assert await kube(handler).logs("shop", "a", "app", previous=True, lines=5) == "last words\n"


async def test_a_service_is_asked_through_the_api_server() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/api/v1/namespaces/monitoring/services/alertmanager:9093/proxy/api/v2/alerts"
        return httpx.Response(200, text=json.dumps([1, 2]))

    assert await kube(handler).service("monitoring", "alertmanager:9093", "/api/v2/alerts") == [1, 2]


async def test_permissions_are_asked_for_by_group_and_subresource() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        wanted = json.loads(request.content)["spec"]["resourceAttributes"]
        assert wanted == {
            "verb": "create",
            "resource": "deployments",
            "subresource": "scale",
            "group": "apps",
            "namespace": "shop",
        }
        return httpx.Response(201, json={"status": {"allowed": True}})

    assert await kube(handler).allowed("create", "deployments/scale", "shop") is True


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, {"message": "Unauthorized"}, "refuses the credentials of context lab (401): have they expired?"),
        (
            403,
            {"message": 'pods is forbidden: User "me" cannot list'},
            'a permission is missing: pods is forbidden: User "me" cannot list',
        ),
        (409, {"message": "already exists"}, "already exists"),
        (503, {"message": "the server is shutting down"}, "the API server answers 503: the server is shutting down"),
    ],
)
async def test_a_bad_answer_says_what_it_was_and_what_to_do(status: int, body: object, said: str) -> None:
    with pytest.raises(KubeProblem) as problem:
        await kube(answering(status, body)).list("pods", "shop")
    assert said in problem.value.message
    assert problem.value.status == status
    assert "kubectl --context lab" in problem.value.hint
    assert problem.value.exit_code == 3


async def test_no_answer_names_the_server_and_the_context() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    with pytest.raises(KubeProblem, match=r"https://lab:6443 of context lab does not answer: connection refused"):
        await kube(handler).get("/version")


def plugin(folder: Path) -> Path:
    """A kubeconfig whose log-in is a program, which gives another token each time."""
    script = folder / "login"
    credential = '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"token-\'$N\'"}}'
    script.write_text(f"#!/bin/sh\ncd {folder}; echo x >> calls; N=$(wc -l < calls | tr -d ' ')\necho '{credential}'\n")
    script.chmod(0o755)
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(script), "interactiveMode": "Never"}}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "a",
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
        "clusters": [{"name": "a", "cluster": {"server": "http://127.0.0.1:1"}}],
        "users": [{"name": "a", "user": user}],
    }
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path


async def test_a_plugin_logs_in_and_is_asked_again_when_its_token_has_expired(tmp_path: Path) -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(401 if seen[-1] == "Bearer token-1" else 200, json={"gitVersion": "v1"})

    async with await Kube.connect(plugin(tmp_path)) as client:
        client._http._transport = httpx.MockTransport(handler)
        client._http._mounts = {}
        assert await client.get("/version") == {"gitVersion": "v1"}
    assert seen == ["Bearer token-1", "Bearer token-2"]


async def test_a_plugin_that_fails_is_named(tmp_path: Path) -> None:
    path = plugin(tmp_path)
    (tmp_path / "login").unlink()
    with pytest.raises(KubeProblem, match="logging in to context a failed"):
        await Kube.connect(path)
