"""Settings from their sources: profile < obsdeploy.yaml < OBSDEPLOY_ variables < command line."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from obsdeploy import assets
from obsdeploy.errors import UsageProblem
from obsdeploy.merge import merged
from obsdeploy.settings import dashboards
from obsdeploy.settings.environ import from_environment
from obsdeploy.settings.layers import Layer, from_file, from_overrides
from obsdeploy.settings.model import Settings
from obsdeploy.settings.parts import Profile
from obsdeploy.settings.problems import problem, where

FILE_NAME = "obsdeploy.yaml"
PROFILES: tuple[str, ...] = get_args(Profile)


def load(
    *,
    profile: str | None = None,
    file: Path | None = None,
    env: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
    cwd: Path | None = None,
) -> Settings:
    """Return validated settings.

    `file`: the settings file; None takes obsdeploy.yaml of `cwd` where there is one. `overrides`: dotted key → value, None
    for an option that was not given. Raises UsageProblem that names the place of whatever is wrong.
    """
    base = cwd or Path.cwd()
    path = file or (base / FILE_NAME if (base / FILE_NAME).is_file() else None)
    settings_file = from_file(path, _shown(path, base)) if path else Layer(FILE_NAME, {})
    environment = from_environment(os.environ if env is None else env)
    flags = from_overrides({"profile": profile, **(overrides or {})})
    given = [settings_file, environment, flags]
    layers = [_profile(given), *given]
    data: dict[str, Any] = {}
    for layer in layers:
        data = merged(data, layer.data)
    return _validated(data, layers, path.parent if path else base)


def _validated(data: dict[str, Any], layers: list[Layer], base: Path) -> Settings:
    if "absent" in data:
        raise UsageProblem(f"{where(('absent',), layers)}: unknown key absent", hint="To leave something out: components.")
    if "dashboards" in data:
        data = {**data, "dashboards": dashboards.read_all(data["dashboards"], base, where(("dashboards",), layers))}
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        raise problem(error, layers) from None


def _profile(given: list[Layer]) -> Layer:
    """Settings of the profile that the most important layer names."""
    name, place = "dev", ""
    for layer in given:
        if layer.data.get("profile") is not None:
            name, place = layer.data["profile"], layer.place(("profile",)) or layer.origin
    if name not in PROFILES:
        near = difflib.get_close_matches(str(name), PROFILES, n=1, cutoff=0.0)
        raise UsageProblem(
            f"{place}: unknown profile {name}; there are {', '.join(PROFILES)}",
            hint=f"Did you mean {near[0]}?" if near else "Use dev.",
        )
    layer = from_file(assets.values_dir() / "profiles" / f"{name}.yaml", f"profile {name}")
    return Layer(layer.origin, {**layer.data, "profile": name}, layer.places)


def _shown(path: Path, base: Path) -> str:
    return str(path.relative_to(base)) if path.is_relative_to(base) else str(path)
