"""Draws a terminal's text with its colours as SVG: tmux capture-pane -ep | python scripts/picture.py TITLE FILE.svg."""

import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 80
FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def main() -> None:
    """Read the captured screen from standard input, write the picture."""
    title, target = sys.argv[1:]
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(sys.stdin.read().rstrip()))
    # Without rich's web fonts: a picture must not make its reader's browser ask anybody for anything.
    Path(target).write_text(FONT_FACE.sub("", console.export_svg(title=title)))


if __name__ == "__main__":
    main()
