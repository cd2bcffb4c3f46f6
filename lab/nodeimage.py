"""The node image: images preloaded into a containerd store, and all layers put together."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from lab.images import ImageConfig, write_image, write_layer
from lab.steps import Builder
from lab.work import CommandError, Work

_STORE = "var/lib/containerd"
_KEPT = ("io.containerd.content.v1.content/blobs", "io.containerd.metadata.v1.bolt")
_START_SECONDS = 30
_CONFIG = """version = 3
disabled_plugins = [
  "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri",
  "io.containerd.nri.v1.nri", "io.containerd.internal.v1.opt",
]
"""
NODE_CONFIG = ImageConfig(
    entrypoint=("/usr/local/bin/lab-entrypoint", "/sbin/init"),
    env=("container=docker",),
    stop_signal="SIGRTMIN+3",
)


def preload_builder(image_steps: Sequence[str], below: str = "") -> Builder:
    """A layer with images in containerd's store, on top of those that the step `below` has preloaded.

    Leaves `layer.tar`, and in `store/` the whole store for a step above.
    """

    def build(work: Work) -> Mapping[str, str]:
        store = work.out / "store"
        if below:
            shutil.copytree(work.inputs[below] / "store", store, copy_function=_link_blobs)
        else:
            store.mkdir()
        with _containerd(work, store) as socket:
            for step in image_steps:
                _import(work, socket, work.inputs[step] / "image.tar")
        _drop_all_but_images(store)
        before = work.inputs[below] / "store" if below else None
        layer = work.scratch / "layer"
        _copy_new(store, before, layer / _STORE)
        write_layer(layer, work.out / "layer.tar")
        return {}

    return build


def node_builder(repository: str, layers: Sequence[str]) -> Builder:
    """The node image itself, `image.tar`, named `repository` and the step's key."""

    def build(work: Work) -> Mapping[str, str]:
        ref = f"{repository}-{work.key}"
        write_image(work.out / "image.tar", [ref], [work.inputs[layer] / "layer.tar" for layer in layers], NODE_CONFIG)
        return {"node image": ref}

    return build


@contextmanager
def _containerd(work: Work, store: Path) -> Iterator[Path]:
    """A containerd of our own on `store`; its socket is in /tmp because a socket's path has to be short."""
    binary = work.inputs["go-containerd"] / "bin" / "containerd"
    config = work.scratch / "containerd.toml"
    config.write_text(_CONFIG)
    with tempfile.TemporaryDirectory(prefix="lab-") as state:
        socket = Path(state) / "c.sock"
        command: list[str | Path] = [binary, "--config", config, "--root", store, "--state", state, "--address", socket]
        work.announce(command)
        with subprocess.Popen(command, stdout=work.log, stderr=subprocess.STDOUT) as daemon:
            try:
                _await(work, daemon, socket)
                yield socket
            finally:
                daemon.terminate()


def _await(work: Work, daemon: subprocess.Popen[bytes], socket: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if daemon.poll() is not None:
            raise CommandError("containerd stopped at once")
        answer = subprocess.run([_ctr(work), "--address", socket, "version"], capture_output=True, check=False)
        if answer.returncode == 0:
            return
        time.sleep(0.1)
    raise CommandError(f"containerd does not answer after {_START_SECONDS} s")


def _import(work: Work, socket: Path, archive: Path) -> None:
    pinned = "--label=io.cri-containerd.pinned=pinned"
    work.run(
        [_ctr(work), "--address", socket, "-n", "k8s.io", "images", "import", pinned, "--all-platforms", "--no-unpack", archive]
    )


def _ctr(work: Work) -> Path:
    return work.inputs["go-containerd"] / "bin" / "ctr"


def _link_blobs(source: str, target: str) -> None:
    """Blobs never change, so they are shared; the database does."""
    if "/blobs/" in source:
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def _drop_all_but_images(store: Path) -> None:
    for folder in store.iterdir():
        if not any(kept.startswith(folder.name) for kept in _KEPT):
            shutil.rmtree(folder) if folder.is_dir() else folder.unlink()


def _copy_new(store: Path, before: Path | None, target: Path) -> None:
    for path in sorted(store.rglob("*")):
        relative = path.relative_to(store)
        if not path.is_file() or (before and "blobs" in relative.parts and (before / relative).exists()):
            continue
        (target / relative).parent.mkdir(parents=True, exist_ok=True)
        os.link(path, target / relative)
