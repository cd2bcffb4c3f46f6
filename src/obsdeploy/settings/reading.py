"""YAML that people write: whatever is wrong with it has a line, and no message repeats a value, which may be a secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml
from yaml.reader import Reader

from obsdeploy import yamltext
from obsdeploy.errors import UsageProblem

_NONE = "what looks like a date or a number is none"
_UNKNOWN = ("could not determine a constructor for the tag", "found undefined alias", "found undefined tag")


@dataclass(eq=False)
class Unreadable(Exception):
    """Text that is not the YAML of settings: at which line, why, and what to do about it."""

    line: int
    why: str
    hint: str


class _Loader(yamltext.Loader):  # type: ignore[misc, valid-type]  # which of PyYAML's two it is, shows when this runs
    """The safe loader, whose every refusal has a place: PyYAML's own trips over `2024-13-45` and `!!int x`."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            found = super().construct_object(node, deep)
        except yaml.YAMLError:
            raise
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise yaml.constructor.ConstructorError(None, None, _NONE, node.start_mark) from error
        if isinstance(found, bytes):
            raise yaml.constructor.ConstructorError(None, None, "binary data is no setting", node.start_mark)
        return found


def document(text: str) -> tuple[yaml.Node | None, Any]:
    """Return the one document's node, and its data; None for both where there is none. Raises Unreadable."""
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return None, None
            _refuse_loops(node, ())
            return node, loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.reader.ReaderError as error:
        raise _character(text) from error
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark.line + 1) if error.problem_mark else 1
        raise Unreadable(line, *_why(error)) from error
    except UnicodeEncodeError as error:  # what a terminal sent that is not UTF-8
        raise _character(text) from error
    except RecursionError as error:
        raise Unreadable(1, "it is nested too deeply", "No setting goes deeper than a few levels.") from error


def value(text: str, place: str) -> Any:
    """Return what a value of --set or of a variable says. Raises UsageProblem that names `place`, never the value."""
    try:
        return document(text)[1]
    except Unreadable as error:
        hint = "Give a plain word, a number, or YAML such as [a, b]; quote text that begins with a sign, as YAML does: '\"@x\"'."
        raise UsageProblem(f"{place}: its value is not YAML: {error.why}", hint=hint) from None


def _refuse_loops(node: yaml.Node, above: tuple[int, ...]) -> None:
    if id(node) in above:
        said = "an alias stands inside of what it stands for"
        raise yaml.composer.ComposerError(None, None, said, node.start_mark)
    if not isinstance(node, yaml.CollectionNode):
        return
    within = (*above, id(node))
    for item in node.value:
        for inner in item if isinstance(item, tuple) else (item,):
            _refuse_loops(inner, within)


def _why(error: yaml.MarkedYAMLError) -> tuple[str, str]:
    problem = error.problem or "it can't be understood"
    if problem == _NONE:
        return problem, "Quote it if it is text."
    if problem == "found unhashable key":
        return (
            "a map or a list stands where a key belongs",
            "Quote text with braces or brackets; templates are not filled in here.",
        )
    if problem.startswith(_UNKNOWN):
        return "a tag or an alias that is not known", "Quote text that begins with ! & or *."
    return problem, "Check the indentation and quotes there."


def _character(text: str) -> Unreadable:
    wrong = Reader.NON_PRINTABLE.search(text)
    line = text.count("\n", 0, wrong.start()) + 1 if wrong else 1
    named = f" (#x{ord(wrong[0]):02x})" if wrong else ""
    return Unreadable(line, f"a character that no text has{named}", "Remove it, and save the file as UTF-8.")
