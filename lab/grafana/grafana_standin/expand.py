"""Grafana's two ways to put outside values into configuration: `$__provider{argument}` and environment variables."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_PROVIDER = re.compile(r"\$__(env|file)\{([^}]*)\}")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_ESCAPED_DOLLAR = "\0"


def _provided(match: re.Match[str], env: Mapping[str, str]) -> str:
    kind, argument = match.group(1), match.group(2).strip()
    if kind == "file":
        return Path(argument).read_text().strip()
    return env.get(argument, "")


def expand_setting(value: str, env: Mapping[str, str]) -> str:
    """Expand `$__env{X}`, `$__file{/path}` and `${X}` in a value of grafana.ini. An unreadable file raises OSError."""
    value = _PROVIDER.sub(lambda match: _provided(match, env), value)
    return re.sub(r"\$\{(\w+)\}", lambda match: env.get(match.group(1), ""), value)


def expand_provisioned(value: Any, env: Mapping[str, str]) -> Any:
    """Expand every string inside a provisioning document: as `expand_setting`, and `$X`; `$$` stands for a dollar sign."""
    if isinstance(value, dict):
        return {key: expand_provisioned(item, env) for key, item in value.items()}
    if isinstance(value, list):
        return [expand_provisioned(item, env) for item in value]
    if not isinstance(value, str):
        return value
    text = value.replace("$$", _ESCAPED_DOLLAR)
    text = _PROVIDER.sub(lambda match: _provided(match, env), text)
    text = _VARIABLE.sub(lambda match: env.get(match.group(1) or match.group(2), ""), text)
    return text.replace(_ESCAPED_DOLLAR, "$")
