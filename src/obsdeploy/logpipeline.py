"""What the log collector does with a line, as its operators and statements. Pure data; docs/logs.md explains each step."""

from typing import Any

QUEUE_BYTES = 256 * 1024**2
"""What the collector keeps on its node's disk while Loki is away, in bytes; then it stops reading files."""

LONGEST_ENTRY = "256KiB"
"""Lines and tracebacks are cut at this length, and go on in the next entry: nothing of them is lost."""

LEVELS = ("debug", "info", "warn", "error", "fatal", "unknown")
"""The values of the label `level`."""

IDS = ("request_id", "saga_id", "trace_id")
"""Fields of JSON lines that become structured metadata: an entry is found by them, but no stream is made for them."""

_LONGEST_ID = 128
# What Kubernetes makes names unique with; its alphabet has no vowels.
_HASHES = "(-[bcdfghjklmnpqrstvwxz2456789]{5,10})?-[bcdfghjklmnpqrstvwxz2456789]{5}$"
# A line as containerd and CRI-O write it to a file, and what the file's path says of the container.
_WRITTEN = r"^(?P<time>\S+) (?P<stream>stdout|stderr) (?P<part>\S*) ?(?P<text>.*)$"
_WRITTEN_AT = "2006-01-02T15:04:05.999999999Z07:00"
_PATH = r"/(?P<namespace>[^_/]+)_(?P<pod>[^_/]+)_(?P<uid>[a-f0-9-]+)/(?P<container>[^._/]+)/\d+\.log(\.[\d-]+)?$"
_STREAM = 'attributes["log.file.path"] + " " + (attributes["stream"] ?? "")'
# Whole in one line, and so never held back to see whether it goes on.
_WHOLE = r"^\s*[{].*[}]\s*$"
# Goes on with the entry before it: indented or blank lines, and those with which Python, Java and Go begin or end a traceback.
_CONTINUES = (
    r"^(\s|$|[})\]]"
    r"|Traceback \(most recent call last\):"
    r"|During handling of the above exception|The above exception was the direct cause"
    r"|Caused by: |Suppressed: |\.\.\. \d+ more"
    r"|([A-Za-z_][\w$]*\.)*[A-Z]\w*(Error|Exception|Interrupt|Exit|Warning|Throwable)(:|$))"
)
_WORDS = "TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|PANIC"
# The first word in a line's beginning that names a level: as a field, in capitals or brackets, or a letter as klog writes it.
_LEVEL_IN_TEXT = (
    rf"^(?:[^\n]{{0,160}}?(?:\b(?:level|lvl|severity)=\"?(?P<field>[A-Za-z]+)|\b(?P<word>{_WORDS})\b"
    rf"|\[(?P<bracket>(?i:{_WORDS}))\])|(?P<klog>[IWEF])\d{{4}} )"
)
_TRACEBACK = r"(?m)^Traceback \(most recent call last\):"
# Numbers are those of pino and bunyan.
_NAMES = {
    "fatal": ("fatal", "critical", "crit", "panic", "alert", "emerg", "emergency", "f", "60"),
    "error": ("error", "err", "severe", "e", "50"),
    "warn": ("warn", "warning", "w", "40"),
    "info": ("info", "information", "informational", "notice", "i", "30"),
    "debug": ("debug", "trace", "verbose", "d", "20", "10"),
}
_COMBINED = {
    "combine_field": "body",
    "source_identifier": 'attributes["source"]',
    "max_log_size": LONGEST_ENTRY,
    "max_sources": 10000,
    "force_flush_period": "1s",
}


def operators() -> list[dict[str, Any]]:
    """Operators of the file receiver: a container's line → an entry with body, `resource.level` and the ids it names."""
    return [
        # Not the operator `container`, which hands lines on behind the reader's back: an end without notice would lose them.
        {
            "type": "regex_parser",
            "id": "written",
            "regex": _WRITTEN,
            "timestamp": {"parse_from": "attributes.time", "layout_type": "gotime", "layout": _WRITTEN_AT},
        },
        {"type": "move", "from": "attributes.text", "to": "body"},
        {"type": "add", "field": 'attributes["source"]', "value": f"EXPR({_STREAM})"},
        {
            "type": "recombine",
            "id": "parts",
            "combine_with": "",
            "is_last_entry": 'attributes.part != "P"',
            "max_batch_size": 0,
            "max_unmatched_batch_size": 0,
            **_COMBINED,
        },
        {
            "type": "regex_parser",
            "id": "path",
            "parse_from": 'attributes["log.file.path"]',
            "parse_to": "resource",
            "regex": _PATH,
            "cache": {"size": 1000},
        },
        {"type": "move", "from": "resource.uid", "to": 'resource["k8s.pod.uid"]'},
        {
            "type": "recombine",
            "id": "entries",
            "if": f"not (body matches {_quoted(_WHOLE)})",
            "is_first_entry": f"not (body matches {_quoted(_CONTINUES)})",
            "max_batch_size": 1000,
            **_COMBINED,
        },
        {
            "type": "json_parser",
            "if": 'body matches "^\\\\s*[{]"',
            "parse_to": 'attributes["json"]',
            "on_error": "send_quiet",
        },
        {
            "type": "regex_parser",
            "id": "level",
            "if": 'attributes["json"] == nil',
            "regex": _LEVEL_IN_TEXT,
            "parse_to": 'attributes["text"]',
            "on_error": "send_quiet",
        },
        {"type": "add", "field": 'resource["level"]', "value": f"EXPR({_level()})"},
        *(_moved(name) for name in IDS),
        {"type": "retain", "fields": [f'attributes["{name}"]' for name in IDS]},
    ]


def statements() -> list[dict[str, Any]]:
    """Statements of the transform processor: the labels' names, and nothing beyond what is asked for."""
    attributes = "resource.attributes"
    return [
        {
            "context": "resource",
            "error_mode": "ignore",
            "statements": [
                # The same order as Prometheus' job `applications`; then the pod's name, less what makes it unique.
                f'set({attributes}["service"], {attributes}["app.name"])',
                f'set({attributes}["service"], {attributes}["app"]) where {attributes}["service"] == nil',
                f'set({attributes}["service"], {attributes}["pod"]) where {attributes}["service"] == nil',
                f'replace_pattern({attributes}["service"], "{_HASHES}", "")'
                f' where {attributes}["app.name"] == nil and {attributes}["app"] == nil',
                f'replace_pattern({attributes}["service"], "-[0-9]+$", "")'
                f' where {attributes}["app.name"] == nil and {attributes}["app"] == nil',
                f'keep_keys({attributes}, ["namespace", "service", "container", "level", "pod"])',
            ],
        },
        {"context": "scope", "error_mode": "ignore", "statements": ['set(scope.name, "")', 'set(scope.version, "")']},
        {
            "context": "log",
            "error_mode": "ignore",
            "statements": [f"truncate_all(log.attributes, {_LONGEST_ID})", "set(log.observed_time_unix_nano, 0)"],
        },
    ]


def _level() -> str:
    """An expression for the level of an entry, one of `LEVELS`, whatever a line says that it is."""
    in_json = " ?? ".join(f"attributes.json?.{name}" for name in ("level", "severity", "levelname", "lvl"))
    # Of the groups of one match at most one is not empty.
    in_text = " + ".join(f"attributes.text.{name}" for name in ("field", "word", "bracket", "klog"))
    found = f'lower(string({in_json} ?? (attributes.text == nil ? "" : {in_text})))'
    named = "".join(f"said in {list(words)!r} ? {level!r} : " for level, words in _NAMES.items())
    return f"""let said = {found}; {named}(body matches {_quoted(_TRACEBACK)} ? 'error' : 'unknown')"""


def _moved(name: str) -> dict[str, Any]:
    source = f'attributes["json"]["{name}"]'
    # Loki refuses a whole line for an id that is a list or a map of many parts.
    plain = f'type(attributes.json?.{name}) in ["string", "int", "float"]'
    return {"type": "move", "from": source, "to": f'attributes["{name}"]', "if": plain}


def _quoted(pattern: str) -> str:
    return '"' + pattern.replace("\\", "\\\\").replace('"', '\\"') + '"'
