"""The files of the node image on top of Debian: Kubernetes' node binaries, kind's own base files, and our few."""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.catalog import LAB
from lab.gomodule import Go, GoComponent
from lab.images import LayerEntry, LayerOptions, write_layer
from lab.steps import Builder
from lab.work import Work

RUNC_WRAPPER = LAB.parent / "scripts" / "host" / "runc-without-sys-resource"
_NODE_BINARIES = {
    "go-kubernetes": ("kubelet", "kubeadm", "kubectl"),
    "go-containerd": ("containerd", "containerd-shim-runc-v2", "ctr"),
}
NODE_BINARY_STEPS = tuple(_NODE_BINARIES)
_FOLDERS = {"go-kubernetes": "usr/bin", "go-containerd": "usr/local/bin"}
_ENABLED = ("kubelet.service", "containerd.service", "undo-mount-hacks.service")
_KIND_BASE_FILES = "images/base/files"
_KIND_STORAGE_SOURCE = "pkg/build/nodeimage/const_storage.go"


def node_files_builder(
    kind: GoComponent, kubernetes_version: str, images: frozenset[str], storage_images: tuple[str, str]
) -> Builder:
    """`images` are those that the node will have, `storage_images` the local-path provisioner's and its helper's."""

    def build(work: Work) -> Mapping[str, str]:
        _check_images(work, kubernetes_version, images)
        root = work.scratch / "root"
        kind_source = Go(work).source(kind)
        shutil.copytree(kind_source / _KIND_BASE_FILES, root)
        _make_plain_modes(root)
        _add_binaries(work, root)
        _add_own_files(root)
        _enable_services(root)
        (root / "kind/version").write_text(kubernetes_version)
        storage = storage_manifest((kind_source / _KIND_STORAGE_SOURCE).read_text(), storage_images)
        (root / "kind/manifests/default-storage.yaml").write_text(storage)
        (root / "etc/containerd/cri-base.json").write_text(json.dumps(_base_spec(work)))
        write_layer(root, work.out / "layer.tar", LayerOptions((LayerEntry("etc/kubernetes/manifests"),)))
        return {"kind base files": kind.version}

    return build


def _check_images(work: Work, version: str, images: frozenset[str]) -> None:
    """Raise ValueError if kubeadm wants an image that the node will not have: it would hang waiting for a pull."""
    kubeadm = work.inputs["go-kubernetes"] / "bin" / "kubeadm"
    wanted = set(work.read([kubeadm, "config", "images", "list", "--kubernetes-version", version]).split())
    if absent := sorted(wanted - images):
        raise ValueError(f"kubeadm {version} wants images that components.toml does not name: {', '.join(absent)}")


def storage_manifest(source: str, images: tuple[str, str]) -> str:
    """kind's manifest of its default storage class, out of its Go source, with other images.

    Raises ValueError if the source is not as expected.
    """
    found = re.search(r"const defaultStorageManifest = `\n(.*?)\n`\n", source, re.DOTALL)
    if not found:
        raise ValueError("kind's source has no default storage manifest where it used to be")
    text = found[1]
    for constant, image in zip(("storageProvisionerImage", "storageHelperImage"), images, strict=True):
        text = text.replace(f"` + {constant} + `", image)
    if "`" in text:
        raise ValueError("kind's storage manifest has parts that the lab does not know")
    return text + "\n"


def _make_plain_modes(root: Path) -> None:
    for path in root.rglob("*"):
        executable = path.is_dir() or path.parent.name == "bin"
        path.chmod(0o755 if executable else 0o644)
    root.chmod(0o755)


def _add_binaries(work: Work, root: Path) -> None:
    for step, names in _NODE_BINARIES.items():
        folder = root / _FOLDERS[step]
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            shutil.copy2(work.inputs[step] / "bin" / name, folder / name)


def _add_own_files(root: Path) -> None:
    own = {
        LAB / "node" / "entrypoint": "usr/local/bin/lab-entrypoint",
        LAB / "node" / "10-lab.conflist": "etc/cni/net.d/10-lab.conflist",
        LAB / "node" / "default-cni.yaml": "kind/manifests/default-cni.yaml",
        RUNC_WRAPPER: "kind/lab/runc-without-sys-resource",
    }
    for source, target in own.items():
        (root / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, root / target)
    (root / "opt/cni").mkdir(parents=True)
    (root / "opt/cni/bin").symlink_to("/usr/lib/cni")


def _enable_services(root: Path) -> None:
    wants = root / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True)
    for service in _ENABLED:
        (wants / service).symlink_to(f"/etc/systemd/system/{service}")
    (root / "etc/systemd/system/systemd-binfmt.service").symlink_to("/dev/null")


def _base_spec(work: Work) -> dict[str, Any]:
    """What every pod's container starts from, as kind makes it."""
    spec: dict[str, Any] = json.loads(work.read([work.inputs["go-containerd"] / "bin" / "ctr", "oci", "spec"]))
    hooks = spec.setdefault("hooks", {}).setdefault("createContainer", [])
    hooks.append({"path": "/kind/bin/mount-product-files.sh"})
    del spec["process"]["rlimits"]
    return spec
