"""Two columns: what, and how it stands."""

import textwrap
from collections.abc import Iterable

from obsdeploy.cli.terminal import WIDTH


def rows(pairs: Iterable[tuple[str, str]]) -> str:
    """Lay out pairs; long texts go on below themselves, but for a single word that is too long (a path, a command)."""
    pairs = list(pairs)
    indent = max((len(label) for label, _ in pairs), default=0) + 2
    lines = []
    for label, text in pairs:
        wrapped = textwrap.wrap(text, WIDTH - indent, break_long_words=False, break_on_hyphens=False, drop_whitespace=True)
        first, *rest = wrapped or [""]
        lead = " " * (len(text) - len(text.lstrip())) if text.strip() else ""
        lines.append(f"{label:<{indent}}{lead if not first.startswith(' ') else ''}{first}".rstrip())
        lines += [" " * indent + lead + line for line in rest]
    return "\n".join(lines) + "\n"
