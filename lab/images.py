"""Container images as docker archives, written without a container engine.

An image is a list of layer tars, bottom first, and a configuration. Layers are stored as they are, uncompressed:
images that share a layer share its digest, and a node unpacks them fast.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_EPOCH = "1970-01-01T00:00:00Z"
_BLOCK = 1 << 20


@dataclass(frozen=True)
class ImageConfig:
    """How an image's container runs. `user` is a numeric id or empty for root."""

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    user: str = ""
    workdir: str = "/"
    env: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    stop_signal: str = ""

    def as_docker(self) -> dict[str, Any]:
        """The `config` part of an image's configuration file."""
        return {
            "Entrypoint": list(self.entrypoint) or None,
            "Cmd": list(self.command) or None,
            "User": self.user,
            "WorkingDir": self.workdir,
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", *self.env],
            "ExposedPorts": {f"{port}/tcp": {} for port in self.ports} or None,
            "StopSignal": self.stop_signal,
        }


@dataclass(frozen=True)
class LayerEntry:
    """A file or folder of a layer that belongs to somebody else than root, or needs another mode."""

    path: str
    owner: int = 0
    mode: int | None = None


@dataclass(frozen=True)
class LayerOptions:
    """What a layer made of a folder changes: owners and modes by path (folders are created if missing)."""

    entries: tuple[LayerEntry, ...] = field(default=())


def write_layer(folder: Path, target: Path, options: LayerOptions | None = None) -> None:
    """Make a layer tar of a folder; the same content always gives the same bytes."""
    entries = {entry.path.strip("/"): entry for entry in (options or LayerOptions()).entries}
    for name in entries:
        (folder / name).mkdir(parents=True, exist_ok=True)
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as tar:
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            info = tar.gettarinfo(path, name)
            info.mtime, info.uname, info.gname = 0, "", ""
            entry = entries.get(name, LayerEntry(name))
            info.uid = info.gid = entry.owner
            if entry.mode is not None:
                info.mode = entry.mode
            if info.isreg():
                with path.open("rb") as content:
                    tar.addfile(info, content)
            else:
                tar.addfile(info)


def write_image(target: Path, refs: Sequence[str], layers: Sequence[Path], config: ImageConfig) -> None:
    """Write a docker archive with one image under all of `refs`."""
    digests = [file_digest(layer) for layer in layers]
    described = {
        "architecture": "amd64",
        "os": "linux",
        "created": _EPOCH,
        "config": config.as_docker(),
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
        "history": [{"created": _EPOCH, "created_by": f"obsdeploy lab: {layer.parent.name}"} for layer in layers],
    }
    text = json.dumps(described, sort_keys=True).encode()
    config_name = f"{hashlib.sha256(text).hexdigest()}.json"
    names = [f"{digest}/layer.tar" for digest in digests]
    manifest = [{"Config": config_name, "RepoTags": list(refs), "Layers": names}]
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as tar:
        _add_bytes(tar, config_name, text)
        for layer, name in zip(layers, names, strict=True):
            info = tarfile.TarInfo(name)
            info.size = layer.stat().st_size
            with layer.open("rb") as content:
                tar.addfile(info, content)
        _add_bytes(tar, "manifest.json", json.dumps(manifest).encode())


def file_digest(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while block := content.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))
