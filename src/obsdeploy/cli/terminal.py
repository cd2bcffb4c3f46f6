"""What the terminal can do: width, colour, and letters beyond ASCII."""

import os
import shutil
import sys
import textwrap
from typing import TextIO

CODES = {"red": "31", "green": "32", "yellow": "33", "cyan": "36", "dim": "2", "bold": "1"}
WIDTH = 80


def colored(stream: TextIO) -> bool:
    """Whether colours are wanted: a terminal, and neither NO_COLOR nor TERM=dumb."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def unicode_capable(stream: TextIO) -> bool:
    """Whether the stream's encoding has check marks."""
    try:
        "✓".encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def styled(text: str, color: str, stream: TextIO) -> str:
    """The text in a colour, where the stream wants colours."""
    return f"\x1b[{CODES[color]}m{text}\x1b[0m" if colored(stream) else text


def paragraph(label: str, text: str, *, color: str, stream: TextIO | None = None) -> None:
    """Write a labelled paragraph; on a terminal it is wrapped at its width and indented below the label."""
    out = stream or sys.stderr
    if out.isatty():
        width = max(40, shutil.get_terminal_size((WIDTH, 24)).columns - 1)
        text = textwrap.fill(
            text,
            width,
            initial_indent=" " * len(label),
            subsequent_indent=" " * len(label),
            break_long_words=False,
            break_on_hyphens=False,
        ).lstrip()
    say(styled(label, color, out) + text, out)


def say(text: str, stream: TextIO) -> None:
    """Write a line. Letters that the stream has none for become question marks, never an error."""
    encoding = stream.encoding or "ascii"
    stream.write(text.encode(encoding, errors="replace").decode(encoding) + "\n")
    stream.flush()
