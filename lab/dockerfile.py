"""The few instructions of a Dockerfile's last stage that say how its container runs."""

import json
import re
import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class RunInstructions:
    """`user` is without its group; `env` are NAME=value; commands are in exec form."""

    env: tuple[str, ...]
    user: str
    ports: tuple[int, ...]
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    workdir: str


def run_instructions(text: str) -> RunInstructions:
    """Read a Dockerfile. Raises ValueError for commands in shell form, which need a shell in the image."""
    joined = re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n", "", text))
    stage: list[tuple[str, str]] = []
    for line in joined.splitlines():
        word, _, rest = line.strip().partition(" ")
        if word.upper() == "FROM":
            stage = []
        elif word:
            stage.append((word.upper(), rest.strip()))
    last = dict(stage)
    return RunInstructions(
        env=tuple(pair for word, rest in stage if word == "ENV" for pair in shlex.split(rest)),
        user=last.get("USER", "").partition(":")[0],
        ports=tuple(int(port.partition("/")[0]) for word, rest in stage if word == "EXPOSE" for port in rest.split()),
        entrypoint=_exec_form(last.get("ENTRYPOINT")),
        command=_exec_form(last.get("CMD")),
        workdir=last.get("WORKDIR", "/"),
    )


def _exec_form(text: str | None) -> tuple[str, ...]:
    if text is None:
        return ()
    try:
        return tuple(json.loads(text))
    except json.JSONDecodeError:
        raise ValueError(f"the lab reads commands in exec form only, not: {text}") from None
