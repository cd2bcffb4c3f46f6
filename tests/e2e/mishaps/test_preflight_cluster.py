"""What a real cluster refuses, or lacks: exit code 3, named, and nothing touched."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.e2e.machine import Done, Machine

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def up_elsewhere(stack: Machine, kubeconfig: Path, *more: str) -> Done:
    """`up` into another namespace of the same cluster, as into one that exists."""
    where = ("--kubeconfig", str(kubeconfig), "--context", stack.context, "--namespace", "elsewhere")
    return stack.run("up", *where, *more, *stack.charts_and_images)


def as_user(stack: Machine, path: Path, token: str) -> Path:
    """A kubeconfig for our cluster with a token instead of the administrator's certificate."""
    config = yaml.safe_load(stack.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": token}
    path.write_text(yaml.safe_dump(config))
    return path


def test_credentials_that_the_cluster_does_not_take(stack: Machine, tmp_path: Path) -> None:
    done = up_elsewhere(stack, as_user(stack, tmp_path / "k", "expired"))
    assert done.returncode == 3
    assert f"the API server refuses the credentials of context {stack.context} (401)" in done.stderr
    assert "expired" not in done.stderr.replace("have they expired?", "")  # the token itself is told nowhere


def test_a_permission_that_is_missing_is_named(stack: Machine, tmp_path: Path) -> None:
    stack.kubectl("create", "serviceaccount", "reader", "-n", "default")
    stack.kubectl("create", "clusterrolebinding", "e2e-reader", "--clusterrole=view", "--serviceaccount=default:reader")
    try:
        token = stack.kubectl("create", "token", "reader", "-n", "default").strip()
        done = up_elsewhere(stack, as_user(stack, tmp_path / "k", token))
    finally:
        stack.kubectl("delete", "clusterrolebinding", "e2e-reader")
        stack.kubectl("delete", "serviceaccount", "reader", "-n", "default")
    assert done.returncode == 3
    assert token not in done.stderr
    said = " ".join(done.stderr.split())
    assert "a permission is missing" in said or "missing permissions: " in said
    assert "storageclasses" in said or "create, patch, delete deployments in namespace elsewhere" in said


@pytest.fixture
def no_default_class(stack: Machine) -> Iterator[None]:
    name = next(
        one["metadata"]["name"]
        for one in stack.object("storageclass")["items"]
        if (one["metadata"].get("annotations") or {}).get(DEFAULT_CLASS) == "true"
    )
    stack.kubectl("annotate", "storageclass", name, f"{DEFAULT_CLASS}-")
    yield
    stack.kubectl("annotate", "storageclass", name, f"{DEFAULT_CLASS}=true")


@pytest.mark.usefixtures("no_default_class")
def test_no_default_storage_class(stack: Machine) -> None:
    done = up_elsewhere(stack, stack.kubeconfig)
    assert done.returncode == 3
    assert "the cluster has no default StorageClass" in done.stderr


@pytest.fixture
def foreign(stack: Machine, tmp_path: Path) -> Iterator[None]:
    """A release called obs, of somebody else's chart, in the namespace elsewhere."""
    chart = tmp_path / "theirs"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: theirs\nversion: 1.2.3\n")
    (chart / "templates" / "c.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: theirs}\ndata: {a: b}\n")
    helm(stack, "install", "obs", str(chart), "--namespace", "elsewhere", "--create-namespace")
    yield
    stack.kubectl("delete", "namespace", "elsewhere")


def helm(stack: Machine, *arguments: str) -> str:
    command = [str(stack.tool("helm")), "--kubeconfig", str(stack.kubeconfig), *arguments]
    return str(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)


@pytest.mark.usefixtures("foreign")
def test_a_release_of_our_name_that_is_somebody_elses_is_left_untouched(stack: Machine) -> None:
    done = up_elsewhere(stack, stack.kubeconfig)
    assert done.returncode == 3
    assert "release obs in namespace elsewhere was not installed by obsdeploy (chart theirs 1.2.3, deployed)" in done.stderr
    down = stack.run("down", "--kubeconfig", str(stack.kubeconfig), "--context", stack.context, "--namespace", "elsewhere")
    assert down.returncode == 3
    (history,) = json.loads(helm(stack, "history", "obs", "-n", "elsewhere", "-o", "json"))
    assert (history["revision"], history["status"]) == (1, "deployed")
