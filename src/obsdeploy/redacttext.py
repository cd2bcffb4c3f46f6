"""Secrets in text covered: in URLs, command lines and private keys, and in files of YAML, JSON or ini inside of a value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from obsdeploy.secretkeys import is_secret, is_secret_flag, is_secret_header, walked
from obsdeploy.yamltext import Loader

COVERED = "<redacted>"
_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s\"'<>]+")
_USER = re.compile(r"(?<=://)[^/?#]+@")
_PARAMETER = re.compile(r"(?P<head>[?&;](?P<name>[\w.-]+)=)(?P<value>[^&;#]+)")
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_FLAG = re.compile(
    r"(?P<head>(?<![\w-])(?P<flag>--?[A-Za-z][\w.-]*)(=|(?<=\w)[ \t]+(?!-)))(?!<redacted>)(?P<value>\"[^\"]*\"|'[^']*'|[^\s\"']+)"
)
_ITEM = re.compile(r"(?P<head>(?P<flag>(?:--?)?[A-Za-z][\w.-]*)=)(?P<value>.+)", re.DOTALL)
_LINE = re.compile(r"(?P<head>(?P<indent>[ \t-]*)(?:export[ \t]+)?[\"']?(?P<key>[\w.-]+)[\"']?[ \t]*[:=][ \t]*)(?P<value>\S.*)")
_ANCHOR = re.compile(r"&\S+\s+")
# Grafana's ${VAR} and $__file{...}, Kubernetes' $(VAR), the shell's $VAR, Helm's {{ .Values.x }}.
_REFERENCE = re.compile(r"[\"']?(\$\{[^{}]*\}|\$__\w+\{[^{}]*\}|\$\(\w+\)|\$[A-Z_][A-Z0-9_]*|\{\{-?\s*[.$][^{}\"]*\}\})[\"']?,?")


class _Scalar(str):
    """A scalar of an embedded file, and where it stands in it."""

    __slots__ = ("node",)
    node: yaml.ScalarNode


def covered(text: str) -> str:
    """Return the text with what is secret in it covered."""
    if "\n" in text or text.lstrip()[:1] in {"{", "["}:
        text = _file(text)
    elif (match := _ITEM.fullmatch(text)) and is_secret(match["flag"].lstrip("-")) and not is_reference(match["value"]):
        return f"{match['head']}{COVERED}"
    text = _PRIVATE_KEY.sub(COVERED, text)
    return _FLAG.sub(_flag, _URL.sub(_url, text))


def is_reference(value: Any) -> bool:
    """Whether a value only says where a secret comes from."""
    return isinstance(value, str) and _REFERENCE.fullmatch(value) is not None


def _url(match: re.Match[str]) -> str:
    return _USER.sub(f"{COVERED}@", _PARAMETER.sub(_parameter, match[0]))


def _parameter(match: re.Match[str]) -> str:
    return f"{match['head']}{COVERED}" if is_secret_header(match["name"]) and not is_reference(match["value"]) else match[0]


def _flag(match: re.Match[str]) -> str:
    if is_secret_flag(match["flag"]):
        return match[0] if is_reference(match["value"]) else f"{match['head']}{COVERED}"
    return match["head"] + _FLAG.sub(_flag, match["value"])  # sh -c 'program --password ...'


def _file(text: str) -> str:
    """Cover what is secret in a file: by its structure where it is YAML or JSON, else line by line."""
    start = len(text) - len(text.lstrip("\ufeff"))  # which PyYAML's marks don't count
    try:
        nodes = [node for node in yaml.compose_all(text[start:], Loader=Loader) if isinstance(node, yaml.CollectionNode)]
    except (yaml.YAMLError, ValueError, RecursionError):
        nodes = []
    if not nodes:
        return "\n".join(_lines(text.split("\n")))
    edits: dict[tuple[int, int], str] = {}

    def leaf(value: Any, key: str) -> None:
        if not isinstance(value, _Scalar):
            return
        place = (value.node.start_mark.index + start, value.node.end_mark.index + start)
        if key and value and not is_reference(value):
            edits[place] = _written(value.node, text[slice(*place)], None)
        elif (new := covered(str(value))) != value:
            edits.setdefault(place, _written(value.node, text[slice(*place)], new))

    for node in nodes:
        walked(_plain(node, ()), leaf)
    for (begin, end), new in sorted(edits.items(), reverse=True):
        text = text[:begin] + new + text[end:]
    return text


def _plain(node: yaml.Node, above: tuple[int, ...]) -> Any:
    """The data of a node, with its scalars' places; what contains itself is left out the second time."""
    if isinstance(node, yaml.ScalarNode):
        if node.tag.rpartition(":")[2] in {"null", "bool"}:
            return None
        scalar = _Scalar(node.value)
        scalar.node = node
        return scalar
    if id(node) in above:
        return None
    within = (*above, id(node))
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, within) for item in node.value]
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key, value = str(key_node.value), _plain(value_node, within)
        found[key] = [found[key], value] if key in found else value  # a key that is there twice hides neither
    return found


def _written(node: yaml.ScalarNode, raw: str, new: str | None) -> str:
    """A scalar's new text, in its own style; None covers it all. An anchor stays: an alias elsewhere may need it."""
    end = raw[len(raw.rstrip()) :]
    anchor = _ANCHOR.match(raw)
    begin = anchor[0] if anchor else ""
    if new is None:
        quote = node.style if node.style in {'"', "'"} else ""
        return f"{begin}{quote}{COVERED}{quote}{end}"
    if node.style in {"|", ">"}:
        lines = raw.split("\n")
        indent = next((line[: len(line) - len(line.lstrip())] for line in lines[1:] if line.strip()), "")
        body = (f"{indent}{line}".rstrip() for line in new.rstrip("\n").split("\n"))
        return "\n".join([lines[0].replace(">", "|"), *body]) + end
    return begin + (new if node.style is None and "\n" not in new else json.dumps(new, ensure_ascii=False)) + end


def _lines(lines: list[str]) -> Iterator[str]:
    """Cover secrets line by line, and what goes on below them: deeper, or up to the end of three quotes."""
    deeper, quoted = -1, False
    for line in lines:
        if quoted:
            quoted = '"""' not in line
            yield COVERED
            continue
        indent = len(line) - len(line.lstrip(" \t"))
        if 0 <= deeper < indent and line.strip():
            yield line[:indent] + COVERED
            continue
        match = _LINE.fullmatch(line)
        secret = match is not None and is_secret(match["key"]) and not is_reference(match["value"].rstrip())
        deeper = len(match["indent"]) if match and secret else -1 if line.strip() else deeper
        quoted = bool(match and secret and match["value"].count('"""') == 1)
        yield f"{match['head']}{COVERED}" if match and secret else line
