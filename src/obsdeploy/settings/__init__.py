"""Settings: what a person decides about the stack, typed, validated and frozen."""

from obsdeploy.settings.load import load
from obsdeploy.settings.model import Settings

__all__ = ["Settings", "load"]
