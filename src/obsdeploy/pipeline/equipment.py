"""What a command works with: the cluster it works on, the bundle if there is one, and the tools."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from obsdeploy import paths
from obsdeploy.pipeline.target import Target, choose
from obsdeploy.settings.model import Settings
from obsdeploy.tools import Toolbox

if TYPE_CHECKING:
    from obsdeploy.bundle import Bundle
    from obsdeploy.helm import Helm

BUNDLED_TOOLS = ("helm", "kind")


@dataclass(frozen=True)
class Equipment:
    """Everything outside the settings that a command needs."""

    target: Target
    toolbox: Toolbox
    bundle: "Bundle | None" = None

    def helm(self) -> "Helm":
        """Helm on the target. Raises EnvironmentProblem where there is none."""
        binary = self.toolbox.find("helm")
        from obsdeploy.helm import Helm

        return Helm(binary, kubeconfig=self.target.kubeconfig, context=self.target.context)


def equip(settings: Settings, bundle: Path | None = None) -> Equipment:
    """Choose the cluster and open the bundle. Raises UsageProblem or EnvironmentProblem for either."""
    target = choose(settings)
    if bundle is None:
        return Equipment(target, Toolbox())
    from obsdeploy.bundle import Bundle

    opened = Bundle.open(bundle, unpack_to=paths.cache_dir() / "bundles")
    there = {name: opened.manifest.tools[name] for name in BUNDLED_TOOLS if name in opened.manifest.tools}
    toolbox = Toolbox({name: opened.file(tool.file) for name, tool in there.items()})
    toolbox.remember()
    return Equipment(target, toolbox, opened)
