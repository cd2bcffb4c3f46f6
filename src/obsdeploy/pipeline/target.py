"""Which cluster a command works on. It is never simply the user's current context."""

from dataclasses import dataclass
from pathlib import Path

from obsdeploy import paths
from obsdeploy.cluster.docker import Docker
from obsdeploy.cluster.kind import Kind
from obsdeploy.cluster.kubeconfig import read_login
from obsdeploy.errors import EnvironmentProblem, UsageProblem
from obsdeploy.settings.model import Settings
from obsdeploy.tools import Toolbox


@dataclass(frozen=True)
class Target:
    """A cluster by kubeconfig (None: kubectl's own default) and context. `own` is the name of our kind cluster, if it is one."""

    context: str
    kubeconfig: Path | None
    own: str | None

    @property
    def kubectl(self) -> str:
        """How a person reaches the same cluster by hand."""
        file = f" --kubeconfig {self.kubeconfig}" if self.kubeconfig else ""
        return f"kubectl{file} --context {self.context}"

    @property
    def key(self) -> str:
        """A name for files that belong to this cluster."""
        return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in self.context)


def choose(settings: Settings) -> Target:
    """Return the cluster that the settings name. Raises UsageProblem where they name none."""
    given = Path(settings.kubeconfig).expanduser() if settings.kubeconfig else None
    if settings.context:
        return Target(settings.context, given, None)
    if not settings.own_cluster:
        raise UsageProblem(
            f"profile {settings.profile} installs into a cluster that exists, and none was named",
            hint="Name it with --context NAME; 'kubectl config get-contexts' lists them. The current one is never just taken.",
        )
    if given:
        raise UsageProblem(
            f"--kubeconfig without --context: profile {settings.profile} uses a kind cluster of its own",
            hint="Add --context NAME to install into a cluster of that file, or leave --kubeconfig out.",
        )
    name = settings.kind.name
    return Target(f"kind-{name}", paths.own_kubeconfig(name), name)


def check_exists(target: Target) -> None:
    """Raise EnvironmentProblem where there is no kubeconfig, no such context in it, or our own cluster was never made."""
    if target.own is not None and target.kubeconfig is not None and not target.kubeconfig.exists():
        raise EnvironmentProblem(
            f"there is no kind cluster of obsdeploy here ({target.own})",
            hint="'obsdeploy up' makes it; --context NAME works on another cluster.",
        )
    read_login(target.kubeconfig, target.context)


def kind_of(target: Target, toolbox: Toolbox) -> Kind:
    """The kind cluster behind a target of our own. Raises EnvironmentProblem where kind or docker is missing."""
    if target.own is None or target.kubeconfig is None:
        raise ValueError("not a cluster of our own")
    docker = Docker(toolbox.find("docker"))
    return Kind(toolbox.find("kind"), docker, target.own, target.kubeconfig)
