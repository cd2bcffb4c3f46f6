"""How Helm is called: its arguments, its environment, its input; and that being cancelled stops it."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from obsdeploy.errors import EnvironmentProblem
from obsdeploy.helm import Helm

SECRET = "correct-horse-battery"
ANSWER = {"name": "obs", "version": 7, "namespace": "monitoring", "info": {"status": "deployed"}}


def fake(folder: Path, script: str, version: str = "") -> Path:
    """A helm that records its arguments, environment and input, then does as the script says; or says its version."""
    path = folder / "helm"
    asked = f'if [ "$1" = version ]; then printf {version}; exit; fi' if version else ""
    record = f"printf '%s\\n' \"$@\" > {folder}/arguments\nenv > {folder}/environment"
    path.write_text(f"#!/bin/bash\n{asked}\n{record}\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def recorded(folder: Path, what: str) -> list[str]:
    return (folder / what).read_text().splitlines()


async def test_values_go_by_stdin_and_never_as_arguments(tmp_path: Path) -> None:
    binary = fake(tmp_path, f"cat > {tmp_path}/input; echo '{json.dumps(ANSWER)}'", version="v4.3.1")
    helm = Helm(binary, kubeconfig=Path("/k"), context="ours")
    chart = tmp_path / "chart"
    number = await helm.upgrade("obs", chart, {"password": SECRET}, "monitoring", description="by obsdeploy", seconds=30)
    assert number == 7
    assert json.loads((tmp_path / "input").read_text()) == {"password": SECRET}
    arguments = recorded(tmp_path, "arguments")
    assert SECRET not in " ".join(arguments)
    assert arguments[:3] == ["upgrade", "obs", str(chart)]
    assert arguments[-4:] == ["--kubeconfig", "/k", "--kube-context", "ours"]
    assert {"--install", "--history-max"} <= set(arguments)
    assert not {"--wait", "--create-namespace", "--disable-openapi-validation", "--atomic"} & set(arguments)


@pytest.mark.parametrize(("version", "there"), [("v4.3.1", True), ("v3.22.0", False)])
async def test_changes_by_hand_are_overruled_in_each_helms_own_way(tmp_path: Path, version: str, there: bool) -> None:
    helm = Helm(fake(tmp_path, f"echo '{json.dumps(ANSWER)}'", version=version))
    await helm.upgrade("obs", tmp_path, {}, "monitoring", description="by obsdeploy", seconds=30)
    # Helm 3 merges three ways and knows no such options; Helm 4 would refuse at the first conflict.
    assert ({"--server-side=true", "--force-conflicts"} <= set(recorded(tmp_path, "arguments"))) is there


async def test_nothing_of_the_users_own_helm_plays_a_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, value in {"HELM_DRIVER": "sql", "HELM_NAMESPACE": "x", "HELM_KUBETOKEN": SECRET, "HELM_PLUGINS": "/p"}.items():
        monkeypatch.setenv(name, value)
    await Helm(fake(tmp_path, "echo '[]'")).history("obs", "monitoring")
    helms = dict(line.split("=", 1) for line in recorded(tmp_path, "environment") if line.startswith("HELM_"))
    own = tmp_path / "cache" / "obsdeploy" / "helm"
    assert helms == {
        "HELM_CACHE_HOME": str(own / "cache"),
        "HELM_CONFIG_HOME": str(own / "config"),
        "HELM_DATA_HOME": str(own / "data"),
        "HELM_REPOSITORY_CONFIG": str(own / "repositories.yaml"),
        "HELM_REPOSITORY_CACHE": str(own / "repository"),
    }


@pytest.mark.parametrize("version", ["v3.22", "v3.22.0", "v4.3.1", "v3.14.0+g1234567"])
async def test_versions_as_builds_spell_them(tmp_path: Path, version: str) -> None:
    assert await Helm(fake(tmp_path, f"printf {version}")).version() == version


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("v3.9.4", "Helm v3.9.4 can't be used: obsdeploy needs 3.14 or newer, up to 4.x"),
        ("v5.0.0", "Helm v5.0.0 can't be used"),
        ("latest", "is not a Helm that can be worked with: it calls its version 'latest'"),
    ],
)
async def test_versions_that_can_not_be_used(tmp_path: Path, version: str, said: str) -> None:
    with pytest.raises(EnvironmentProblem) as caught:
        await Helm(fake(tmp_path, f"printf {version}")).version()
    assert said in caught.value.message


async def test_history_as_helm_prints_it(tmp_path: Path) -> None:
    entries = [
        {
            "revision": 1,
            "updated": "2026-11-23T00:01:02.123456789Z",
            "status": "superseded",
            "chart": "obs-stack-0.1.0-rc.1",
            "app_version": "1",
            "description": "obsdeploy 0.1.0",
        },
        {"revision": 2, "updated": "", "status": "pending-upgrade", "chart": "odd", "description": "Preparing upgrade"},
    ]
    first, second = await Helm(fake(tmp_path, f"echo '{json.dumps(entries)}'")).history("obs", "monitoring")
    assert (first.number, first.status, first.chart, first.chart_version) == (1, "superseded", "obs-stack", "0.1.0-rc.1")
    assert first.updated is not None
    assert first.updated.isoformat() == "2026-11-23T00:01:02.123456+00:00"
    assert not first.pending
    assert second.pending
    assert second.updated is None


async def test_a_release_that_is_not_there_has_no_history_and_is_uninstalled_already(tmp_path: Path) -> None:
    helm = Helm(fake(tmp_path, "echo 'Error: release: not found' >&2; exit 1"))
    assert await helm.history("obs", "monitoring") == ()
    assert await helm.uninstall("obs", "monitoring", seconds=5) is False


async def test_a_helm_that_can_not_be_started(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="No such file"):
        await Helm(tmp_path / "nowhere").version()


async def test_cancelling_stops_helm_politely_and_its_children_too(tmp_path: Path) -> None:
    script = (
        f"trap 'echo cancelled > {tmp_path}/end; exit 1' TERM\n"
        f"sleep 60 & echo $! > {tmp_path}/child; touch {tmp_path}/started; wait"
    )
    call = asyncio.create_task(Helm(fake(tmp_path, script)).history("obs", "monitoring"))
    while not (tmp_path / "started").exists():  # noqa: ASYNC110  the sign comes from another process
        await asyncio.sleep(0.01)
    call.cancel()
    began = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert time.monotonic() - began < 5
    assert (tmp_path / "end").read_text() == "cancelled\n"
    child = Path("/proc") / (tmp_path / "child").read_text().strip()
    while runs(child):  # signalled with its parent, but it dies in its own time
        assert time.monotonic() - began < 5
        await asyncio.sleep(0.01)


def runs(process: Path) -> bool:
    try:
        return "State:\tZ" not in (process / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
