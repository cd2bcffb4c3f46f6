"""Where results of steps live: one folder each, `<step>-<key>`, put there whole or not at all."""

import fcntl
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from platformdirs import user_cache_path

CACHE_VARIABLE = "OBSDEPLOY_LAB_CACHE"
_RECORD = "built.json"
_TEMPORARY = "tmp"
_SPARE_RESULTS = 2
_KEY = re.compile("[0-9a-f]{12}")


@dataclass(frozen=True)
class Built:
    """What `built.json` tells of a result: how long it took in seconds, the versions made, when (UTC, ISO 8601)."""

    seconds: float
    versions: Mapping[str, str]
    date: str


class Cache:
    """The folder of all results, logs and the caches that steps share."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def of_user(cls) -> "Cache":
        """The user's own cache, or the folder that OBSDEPLOY_LAB_CACHE names."""
        named = os.environ.get(CACHE_VARIABLE)
        return cls(Path(named).absolute() if named else user_cache_path("obsdeploy") / "lab")

    def path(self, step: str, key: str) -> Path:
        """Where the result of a step is, or would be."""
        return self.root / f"{step}-{key}"

    def log(self, step: str) -> Path:
        """The log of a step's last run."""
        return self.root / "logs" / f"{step}.log"

    def built(self, step: str, key: str) -> Built | None:
        """What is known of a result; None if it has not been built."""
        try:
            record = json.loads((self.path(step, key) / _RECORD).read_text())
        except (FileNotFoundError, NotADirectoryError):
            return None
        return Built(**record)

    @contextmanager
    def locked(self, when_waiting: Callable[[], None]) -> Iterator[None]:
        """Keep other builds out; what an earlier one left half done is removed. `when_waiting` tells that one is under way."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                when_waiting()
                fcntl.flock(lock, fcntl.LOCK_EX)
            shutil.rmtree(self.root / _TEMPORARY, ignore_errors=True)
            yield

    def keys(self, step: str) -> list[str]:
        """The keys of all results of a step, oldest first."""
        named = [path.name.removeprefix(f"{step}-") for path in self.root.glob(f"{step}-*")]
        return sorted(filter(_KEY.fullmatch, named), key=lambda key: self.path(step, key).stat().st_mtime)

    def prune(self, step: str, key: str) -> list[str]:
        """Remove a step's results but this one and the latest few others; returns the keys of those removed."""
        others = [other for other in self.keys(step) if other != key]
        removed = others[:-_SPARE_RESULTS]
        for other in removed:
            shutil.rmtree(self.path(step, other))
        return removed

    def temporary(self, step: str) -> Path:
        """A new empty folder on the same file system, to build in."""
        parent = self.root / _TEMPORARY
        parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f"{step}-", dir=parent))

    def publish(self, step: str, key: str, folder: Path, seconds: float, versions: Mapping[str, str]) -> Built:
        """Make `folder` the result of a step, in one rename."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        record = Built(seconds=round(seconds, 1), versions=dict(versions), date=now)
        (folder / _RECORD).write_text(json.dumps(asdict(record), indent=2) + "\n")
        folder.chmod(0o755)
        target = self.path(step, key)
        if target.exists():  # without a record, or built by somebody else meanwhile: this one is as good
            shutil.rmtree(target)
        folder.rename(target)
        return record
