"""The module that the lab writes around another one repeats its replaces as a module proxy can serve them."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lab.gomodule import GoComponent, go_builder, is_new_enough, module_file
from lab.work import Children, CommandError, Work

KUBERNETES = GoComponent(
    "kubernetes", "k8s.io/kubernetes", "v1.36.3", ("k8s.io/kubernetes/cmd/kubelet",), local_replaces="v0.36.3"
)
UPSTREAM: Mapping[str, Any] = {
    "Go": "1.26.0",
    "Replace": [
        {"Old": {"Path": "k8s.io/api"}, "New": {"Path": "./staging/src/k8s.io/api"}},
        {"Old": {"Path": "github.com/fork/me", "Version": "v1.0.0"}, "New": {"Path": "example.org/fork", "Version": "v1.2.3"}},
    ],
}


def test_it_requires_the_component_at_its_version() -> None:
    text = module_file(KUBERNETES, UPSTREAM)
    assert "module obsdeploy.lab/kubernetes\n" in text
    assert "\ngo 1.26.0\n" in text
    assert "\nrequire k8s.io/kubernetes v1.36.3\n" in text


def test_a_replace_by_a_folder_becomes_the_published_module() -> None:
    assert "\nreplace k8s.io/api => k8s.io/api v0.36.3\n" in module_file(KUBERNETES, UPSTREAM)


def test_a_replace_by_a_folder_goes_where_nothing_is_published() -> None:
    loki = GoComponent("loki", "github.com/grafana/loki/v3", "v3.7.8", ("github.com/grafana/loki/v3/cmd/loki",))
    assert "k8s.io/api" not in module_file(loki, UPSTREAM)


@pytest.mark.parametrize("component", [KUBERNETES, GoComponent("other", "example.org/other", "v1.0.0", ())])
def test_a_replace_by_a_module_is_kept_with_both_versions(component: GoComponent) -> None:
    assert "\nreplace github.com/fork/me v1.0.0 => example.org/fork v1.2.3\n" in module_file(component, UPSTREAM)


def test_further_modules_are_required_too() -> None:
    component = GoComponent(
        "reloader", "example.org/operator", "v0.93.1", (), requires={"example.org/operator/pkg/client": "v0.93.1"}
    )
    assert "\nrequire example.org/operator/pkg/client v0.93.1\n" in module_file(component, {"Go": "1.26.0"})


@pytest.mark.parametrize(
    ("answer", "enough"),
    [
        ("go version go1.26.8 linux/amd64", True),
        ("go version go1.27rc1 linux/amd64", True),
        ("go version go2.0 linux/amd64", True),
        ("go version go1.9.4 linux/amd64", False),
        ("go version go1.25.1 linux/amd64", False),
        ("", False),
    ],
)
def test_a_toolchain_is_new_enough_by_number_not_by_text(answer: str, enough: bool) -> None:
    assert is_new_enough(answer, "1.26") is enough


FAKE_GO = """#!/bin/sh
echo "$GOTOOLCHAIN $CGO_ENABLED $*" >>"$CALLS"
case "$1 $2" in
    "mod download") echo '{"GoMod": "upstream.mod", "Dir": "upstream"}' ;;
    "mod edit") cat "$UPSTREAM" ;;
    build*) cp go.mod "$CALLS.mod" ;;
esac
"""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    (tmp_path / "tools").mkdir()
    go = tmp_path / "tools" / "go"
    go.write_text(FAKE_GO)
    go.chmod(0o755)
    (tmp_path / "upstream.json").write_text(json.dumps(UPSTREAM))
    monkeypatch.setenv("PATH", f"{go.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("UPSTREAM", str(tmp_path / "upstream.json"))
    for folder in ("out", "scratch"):
        (tmp_path / folder).mkdir()
    return Work(tmp_path / "out", tmp_path / "scratch", tmp_path, {}, "key", (tmp_path / "log").open("w"), Children())


def test_commands_are_built_static_reproducible_and_with_their_version(work: Work, tmp_path: Path) -> None:
    helm = GoComponent(
        "helm", "helm.sh/helm/v4", "v4.3.1", ("helm.sh/helm/v4/cmd/helm",), ldflags=("-X v={version}",), tags=("a", "b")
    )
    assert go_builder(helm)(work) == {"helm": "v4.3.1"}
    call = (tmp_path / "calls").read_text().splitlines()[-1]
    assert call.startswith("local 0 build -mod=mod -trimpath -buildvcs=false -ldflags -s -w -X v=v4.3.1 -tags a,b -o ")
    assert call.endswith("/out/bin/ helm.sh/helm/v4/cmd/helm")
    assert "require helm.sh/helm/v4 v4.3.1" in (tmp_path / "calls.mod").read_text()


def test_a_single_command_can_be_renamed(work: Work, tmp_path: Path) -> None:
    etcd = GoComponent("etcd", "go.etcd.io/etcd/server/v3", "v3.6.16", ("go.etcd.io/etcd/server/v3",), binary="etcd")
    go_builder(etcd)(work)
    assert (tmp_path / "calls").read_text().endswith("/out/bin/etcd go.etcd.io/etcd/server/v3\n")


def test_a_module_that_is_not_served_is_an_error(work: Work, tmp_path: Path) -> None:
    (tmp_path / "tools" / "go").write_text("#!/bin/sh\necho 'module not found' >&2\nexit 1\n")
    with pytest.raises(CommandError, match="go ended with 1"):
        go_builder(KUBERNETES)(work)
