"""The OCI runtime for machines without CAP_SYS_RESOURCE takes that out of what runc is asked for, and nothing else."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

WRAPPER = Path(__file__).parents[3] / "scripts" / "host" / "runc-without-sys-resource"
WANTED = "CAP_SYS_RESOURCE"


@pytest.fixture
def runc(tmp_path: Path) -> Path:
    fake = tmp_path / "runc"
    fake.write_text(f'#!/bin/sh\necho "$*" >"{tmp_path}/called"\n')
    fake.chmod(0o755)
    return fake


def _capabilities(*names: str) -> dict[str, list[str]]:
    return {kind: list(names) for kind in ("bounding", "effective", "permitted")}


def _write(path: Path, content: object, *, indent: int | None = None) -> None:
    separators = None if indent else (",", ":")
    path.write_text(json.dumps(content, indent=indent, separators=separators))


def _run(runc: Path, *arguments: str, cwd: Path) -> str:
    subprocess.run([WRAPPER, *arguments], env={"OBSDEPLOY_RUNC": str(runc), "PATH": "/usr/bin:/bin"}, cwd=cwd, check=True)
    return (runc.parent / "called").read_text().strip()


def _read(path: Path) -> Any:
    return json.loads(path.read_text())


@pytest.mark.parametrize("names", [(WANTED,), (WANTED, "CAP_KILL"), ("CAP_KILL", WANTED), ("CAP_CHOWN", WANTED, "CAP_KILL"), ()])
@pytest.mark.parametrize("indent", [None, 2])
def test_creating_a_container_asks_for_all_but_one(
    runc: Path, tmp_path: Path, names: tuple[str, ...], indent: int | None
) -> None:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    config = {"process": {"capabilities": _capabilities(*names), "args": ["echo", 'say "CAP_SYS_RESOURCE, please"']}}
    _write(bundle / "config.json", config, indent=indent)
    arguments = ("--root", "/run/runc", "create", "--bundle", str(bundle), "--pid-file", "pid", "id")
    assert _run(runc, *arguments, cwd=tmp_path) == " ".join(arguments)
    written = _read(bundle / "config.json")
    assert written["process"]["capabilities"] == _capabilities(*(name for name in names if name != WANTED))
    assert written["process"]["args"] == config["process"]["args"]


def test_running_a_command_in_a_container_asks_for_all_but_one(runc: Path, tmp_path: Path) -> None:
    _write(tmp_path / "process.json", {"capabilities": _capabilities("CAP_KILL", WANTED)})
    _run(runc, "exec", f"--process={tmp_path / 'process.json'}", "id", cwd=tmp_path)
    assert _read(tmp_path / "process.json") == {"capabilities": _capabilities("CAP_KILL")}


def test_other_commands_pass_untouched(runc: Path, tmp_path: Path) -> None:
    _write(tmp_path / "config.json", {"process": {"capabilities": _capabilities(WANTED)}})
    assert _run(runc, "state", "id", cwd=tmp_path) == "state id"
    assert _read(tmp_path / "config.json")["process"]["capabilities"] == _capabilities(WANTED)
