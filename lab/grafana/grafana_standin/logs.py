"""Log lines in the shape of Grafana's own: logfmt, with logger and level."""

import json
import logging
from datetime import UTC, datetime
from typing import TextIO

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_LEVELS = {"WARNING": "warn", "CRITICAL": "error"}


def _value(value: object) -> str:
    text = str(value)
    plain = text != "" and not any(c in ' ="\\' or not c.isprintable() for c in text)
    return text if plain else json.dumps(text, ensure_ascii=False)


class _Logfmt(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        level = _LEVELS.get(record.levelname, record.levelname.lower())
        pairs = {"logger": record.name, "t": at, "level": level, "msg": record.getMessage()}
        pairs |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            pairs["error"] = self.formatException(record.exc_info)
        return " ".join(f"{key}={_value(value)}" for key, value in pairs.items())


def start_logging(stream: TextIO) -> None:
    """Send log lines to `stream`; the HTTP client's and server's own only from a warning up."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Logfmt())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "uvicorn", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def logger(name: str) -> logging.Logger:
    """A logger under one of Grafana's logger names."""
    return logging.getLogger(name)
