"""Puts charts, values and the demo's code into the wheel, where `obsdeploy.assets` looks for them."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ASSETS = ("charts", "values", "examples/saga")


class AssetsHook(BuildHookInterface):  # type: ignore[type-arg]
    """Force-includes the assets, except in an editable install, which reads them from the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add each asset folder under `obsdeploy/_assets` of a standard wheel."""
        if version == "standard":
            build_data["force_include"].update({path: f"obsdeploy/_assets/{path}" for path in ASSETS})
