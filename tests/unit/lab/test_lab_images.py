"""Images are docker archives that any engine reads, and the same content always gives the same image."""

import hashlib
import json
import tarfile
from pathlib import Path

import pytest

from lab.dockerfile import run_instructions
from lab.images import ImageConfig, LayerEntry, LayerOptions, write_image, write_layer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "content"
    (made / "usr/bin").mkdir(parents=True)
    (made / "usr/bin/tool").write_text("#!/bin/sh\n")
    (made / "usr/bin/tool").chmod(0o755)
    (made / "usr/bin/link").symlink_to("tool")
    return made


def _members(layer: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(layer) as tar:
        return {member.name: member for member in tar.getmembers()}


def test_a_layer_keeps_modes_and_links_and_belongs_to_root(folder: Path, tmp_path: Path) -> None:
    write_layer(folder, tmp_path / "layer.tar")
    members = _members(tmp_path / "layer.tar")
    assert members["usr/bin/tool"].mode == 0o755
    assert members["usr/bin/link"].linkname == "tool"
    assert {(member.uid, member.gid) for member in members.values()} == {(0, 0)}


def test_a_layer_has_empty_folders_that_belong_to_others(folder: Path, tmp_path: Path) -> None:
    write_layer(folder, tmp_path / "layer.tar", LayerOptions((LayerEntry("prometheus", owner=65534),)))
    made = _members(tmp_path / "layer.tar")["prometheus"]
    assert (made.isdir(), made.uid, made.gid) == (True, 65534, 65534)


def test_the_same_content_gives_the_same_layer_whenever_it_was_written(folder: Path, tmp_path: Path) -> None:
    write_layer(folder, tmp_path / "one.tar")
    (folder / "usr/bin/tool").touch()
    write_layer(folder, tmp_path / "two.tar")
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


def test_an_image_names_its_layers_by_their_digests(folder: Path, tmp_path: Path) -> None:
    layer = tmp_path / "layer.tar"
    write_layer(folder, layer)
    digest = hashlib.sha256(layer.read_bytes()).hexdigest()
    refs = ["quay.io/a/b:v1", "quay.io/a/b:v2"]
    write_image(tmp_path / "image.tar", refs, [layer], ImageConfig(entrypoint=("/bin/tool",), user="65534", ports=(9090,)))
    with tarfile.open(tmp_path / "image.tar") as tar:
        read = {member.name: tar.extractfile(member).read() for member in tar.getmembers()}  # type: ignore[union-attr]
    (manifest,) = json.loads(read["manifest.json"])
    assert manifest["RepoTags"] == refs
    assert [hashlib.sha256(read[name]).hexdigest() for name in manifest["Layers"]] == [digest]
    config = json.loads(read[manifest["Config"]])
    assert manifest["Config"] == f"{hashlib.sha256(read[manifest['Config']]).hexdigest()}.json"
    assert config["rootfs"]["diff_ids"] == [f"sha256:{digest}"]
    assert (config["config"]["Entrypoint"], config["config"]["User"]) == (["/bin/tool"], "65534")
    assert config["config"]["ExposedPorts"] == {"9090/tcp": {}}


DOCKERFILE = """# comment
FROM golang AS build
ENV LOST=1
USER root
FROM python:3.13-slim
ENV A=1 \\
    B="two words"
RUN pip install . \\
 && rm -r /src
USER 10001:10001
EXPOSE 8000 9464/tcp
ENTRYPOINT ["python", "-m", "saga"]
CMD ["order"]
"""


def test_a_dockerfile_says_how_its_last_stage_runs() -> None:
    runs = run_instructions(DOCKERFILE)
    assert runs.env == ("A=1", "B=two words")
    assert (runs.user, runs.ports) == ("10001", (8000, 9464))
    assert (runs.entrypoint, runs.command) == (("python", "-m", "saga"), ("order",))


def test_a_command_in_shell_form_is_refused() -> None:
    with pytest.raises(ValueError, match="exec form only, not: python -m saga"):
        run_instructions("FROM x\nENTRYPOINT python -m saga\n")
