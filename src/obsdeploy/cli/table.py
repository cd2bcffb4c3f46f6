"""Two columns: what, and how it stands."""

import textwrap
from collections.abc import Iterable

from obsdeploy.cli.terminal import WIDTH

COMMAND = "kubectl "


def rows(pairs: Iterable[tuple[str, str]]) -> str:
    """Lay out pairs in 80 columns; a long text goes on below itself, a command stays whole to be copied."""
    pairs = list(pairs)
    indent = max((len(label) for label, _ in pairs), default=0) + 2
    lines = []
    for label, text in pairs:
        first, *rest = _wrapped(text, WIDTH - indent)
        lines.append(f"{label:<{indent}}{first}".rstrip())
        lines += [" " * indent + line for line in rest]
    return "\n".join(lines) + "\n"


def _wrapped(text: str, width: int) -> list[str]:
    if text.startswith(COMMAND):
        return [text]
    lead = " " * (len(text) - len(text.lstrip()))
    wrapped = textwrap.wrap(
        text.strip(), width, initial_indent=lead, subsequent_indent=lead, break_long_words=False, break_on_hyphens=False
    )
    return wrapped or [""]
