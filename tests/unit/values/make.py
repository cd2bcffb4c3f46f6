"""Settings for tests: without this machine's environment or files."""

from pathlib import Path
from typing import Any

from obsdeploy.settings import Settings, load


def settings(profile: str = "dev", **overrides: Any) -> Settings:
    """Settings of a profile; `overrides` by dotted key with `__`."""
    dotted = {key.replace("__", "."): value for key, value in overrides.items()}
    return load(profile=profile, env={}, overrides=dotted, cwd=Path("/nonexistent"))
