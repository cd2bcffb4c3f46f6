"""The report for people: by category, with a mark for each check and the next step for each that is not well."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from obsdeploy.checks.model import Finding, Hint, Outcome, Report, Result, Status

WIDTH = 80
INDENT = "    "
UNICODE_MARKS = {Status.PASSED: "√", Status.WARNED: "‼", Status.FAILED: "×", Status.SKIPPED: "–"}
ASCII_MARKS = {Status.PASSED: "+", Status.WARNED: "!", Status.FAILED: "x", Status.SKIPPED: "-"}
COLOURS = {Status.PASSED: "32", Status.WARNED: "33", Status.FAILED: "31", Status.SKIPPED: "2"}
MOST_GROUPS = 8
_WORDS = re.compile(r"""(?:[^\s'"]|'[^']*'|"[^"]*")+""")


@dataclass(frozen=True)
class Style:
    """How a report looks; `unicode` false keeps it to ASCII marks for terminals that know no more.

    `kubectl` is how this cluster is reached by hand, where plain `kubectl` would reach another.
    """

    colour: bool = False
    unicode: bool = True
    width: int = WIDTH
    kubectl: str = ""

    def mark(self, status: Status) -> str:
        """Return the status' mark, coloured if this style has colours."""
        mark = (UNICODE_MARKS if self.unicode else ASCII_MARKS)[status]
        return f"\x1b[{COLOURS[status]}m{mark}\x1b[0m" if self.colour else mark


def render(report: Report, style: Style | None = None) -> str:
    """Render the whole report, ending with a newline."""
    style = style or Style()
    lines: list[str] = []
    for category, results in groupby(report.results, key=lambda r: r.check.category):
        lines += [category, "-" * len(category)]
        for result in results:
            lines += render_result(result, style)
        lines.append("")
    if style.kubectl and any(line.lstrip().startswith("$ kubectl") for line in lines):
        lines += ["Commands above are for this cluster after:", *_command(f"alias kubectl='{style.kubectl}'", style, ""), ""]
    lines += _summary(report, style)
    text = "\n".join(lines) + "\n"
    return text if style.unicode else _ascii(text)


def render_result(result: Result, style: Style) -> list[str]:
    """Render one check: a line when it is well, and the next step when it is not."""
    check, outcome = result.check, result.outcome
    reason = "skipped, " if outcome.status is Status.SKIPPED else ""
    lines = _wrapped(f"{check.description}: {reason}{outcome.summary}", style, first="", rest="  ")
    lines[0] = f"{style.mark(outcome.status)} {lines[0]}"
    if outcome.status is Status.SKIPPED:
        return lines
    for detail in outcome.details if outcome.status is not Status.PASSED else ():
        lines += _wrapped(detail, style)
    lines += _findings(outcome, style)
    if outcome.status is not Status.PASSED:
        lines += _hint(outcome.hint, style)
        lines += _wrapped(f"see {outcome.hint.docs if outcome.hint and outcome.hint.docs else check.docs}", style)
    return lines


def _findings(outcome: Outcome, style: Style) -> Iterator[str]:
    """Yield what is not well, findings of one cause together: twenty panels over one dead Redis are one trouble."""
    shown = [f for f in outcome.findings if f.status is not Status.PASSED]
    groups: dict[tuple[Status, str], list[Finding]] = {}
    for finding in shown:
        groups.setdefault((finding.status, _cause(finding.summary)), []).append(finding)
    for (status, summary), members in list(groups.items())[:MOST_GROUPS]:
        names = ", ".join(member.subject for member in members)
        text = f"{names}: {'skipped, ' if status is Status.SKIPPED else ''}{summary}"
        yield from _wrapped(text, style)
        if status is Status.FAILED and (hint := members[0].hint) and hint != outcome.hint:
            yield from _hint(hint, style, INDENT + "  ")
    if len(groups) > MOST_GROUPS:
        yield from _wrapped(f"and {len(groups) - MOST_GROUPS} more; all of them with -o json", style)


def _cause(summary: str) -> str:
    # "query B is empty" and "query A is empty" of one cause are one trouble.
    head, found, tail = summary.partition(" is empty: ")
    return tail if found and head.startswith("query ") else summary


def _hint(hint: Hint | None, style: Style, indent: str = INDENT) -> list[str]:
    if hint is None:
        return []
    lines = _wrapped(hint.text, style, first=indent, rest=indent) if hint.text else []
    return lines + (_command(hint.command, style, indent) if hint.command else [])


def _command(command: str, style: Style, indent: str) -> list[str]:
    """Break a long command where a shell lets it, so that it can be copied and run as it stands."""
    lines, current = [], f"{indent}$"
    for word in _WORDS.findall(command):
        if len(current) + len(word) + 3 > style.width and not current.endswith("$"):
            lines.append(f"{current} \\")
            current = f"{indent}   "
        current = f"{current} {word}"
    return [*lines, current]


def _wrapped(text: str, style: Style, first: str = INDENT, rest: str = INDENT + "  ") -> list[str]:
    width = style.width - (0 if first else 2)  # the mark goes before an unindented first line
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False) or [first]


def _summary(report: Report, style: Style) -> list[str]:
    counted = ", ".join(f"{n} {status.value}" for status in Status if (n := report.count(status)))
    lines = [f"{'All is well' if report.passed else 'Not well'}: {counted or 'nothing was checked'} in {report.seconds:.1f} s"]
    for result in report.failures:
        lines += _failure(result, style)
    return lines


def _failure(result: Result, style: Style) -> Sequence[str]:
    lines = _wrapped(f"{result.check.id}: {result.outcome.summary}", style, first="", rest="  ")
    return [f"{style.mark(Status.FAILED)} {lines[0]}", *lines[1:]]


def _ascii(text: str) -> str:
    plain = {"→": "->", "–": "-", "…": "...", "‼": "!", "×": "x", "√": "+", "“": '"', "”": '"', "’": "'"}
    for mark, instead in plain.items():
        text = text.replace(mark, instead)
    return text.encode("ascii", "replace").decode()
