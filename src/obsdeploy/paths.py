"""Where obsdeploy keeps things between runs: all of it under the user's own data, state and cache folders."""

from pathlib import Path

import platformdirs


def data_dir() -> Path:
    """Kubeconfigs of our own clusters and links to tools."""
    return platformdirs.user_data_path("obsdeploy")


def cache_dir() -> Path:
    """What can be fetched or made again: Helm's repository indexes."""
    return platformdirs.user_cache_path("obsdeploy")


def log_dir() -> Path:
    """Logs of crashes."""
    return platformdirs.user_log_path("obsdeploy")


def tools_dir() -> Path:
    """Links to the tools of the bundle that was used last."""
    return data_dir() / "tools"


def own_kubeconfig(cluster: str) -> Path:
    """The kubeconfig of our own kind cluster; nobody's ~/.kube/config is read or written for it."""
    return data_dir() / f"kind-{cluster}.kubeconfig"


def private_dir(path: Path) -> Path:
    """Create `path` so that only its owner can look inside."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path
