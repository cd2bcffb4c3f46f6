"""The dashboards: loaded from the providers' folders, reloaded when their files change, kept in the store."""

import asyncio
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .logs import logger
from .provisioning import Provider
from .store import Store, StoredDashboard

log = logger("provisioning.dashboard")


@dataclass(frozen=True)
class Dashboard:
    """A dashboard as people get it."""

    stored: StoredDashboard
    model: dict[str, Any]

    @property
    def title(self) -> str:
        """Its title."""
        return str(self.model["title"])

    @property
    def slug(self) -> str:
        """The title as it stands in addresses."""
        words = "".join(c if c.isalnum() else " " for c in self.title.lower()).split()
        return "-".join(words)

    @property
    def url(self) -> str:
        """Where its page is."""
        return f"/d/{self.stored.uid}/{self.slug}"


class _Unusable(Exception):
    pass


def _read(path: Path) -> tuple[dict[str, Any], str]:
    """A file's dashboard and its checksum."""
    try:
        raw = path.read_bytes()
        model = json.loads(raw)
    except (OSError, ValueError) as problem:
        raise _Unusable(str(problem)) from problem
    if not isinstance(model, dict):
        raise _Unusable("a dashboard must be a JSON object")
    if "elements" in model or "spec" in model:
        raise _Unusable("file provisioning takes classic dashboards only; this one has schema v2 or is a resource")
    if not model.get("title"):
        raise _Unusable("Dashboard title cannot be empty")
    return model, hashlib.sha256(raw).hexdigest()


def _files(provider: Provider) -> Iterator[Path]:
    """The provider's JSON files. Hidden folders are left out: a ConfigMap's volume keeps its copies in `..data`."""
    folders = [provider.path]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            if path.name.startswith("."):
                continue
            if path.is_dir():
                folders.append(path)
            elif path.suffix == ".json":
                yield path


def _complain(path: Path, problem: Exception) -> None:
    log.error("failed to load dashboard from ", extra={"type": "file", "file": path, "error": problem})


def _folder(provider: Provider, path: Path) -> tuple[str, str]:
    title = provider.folder
    if provider.folders_from_files and path.parent != provider.path:
        title = path.parent.name
    if title in {"", "General"}:
        return "", ""
    own = provider.folder_uid if title == provider.folder else ""
    return title, own or "f" + hashlib.sha256(title.encode()).hexdigest()[:13]


class Library:
    """All dashboards by uid."""

    def __init__(self, store: Store, providers: tuple[Provider, ...]) -> None:
        self._store = store
        self.providers = providers
        self._seen: dict[Path, tuple[int, int]] = {}
        self._complaints: dict[Path, str] = {}
        self._dashboards = {row.uid: Dashboard(row, json.loads(row.data)) for row in store.dashboards()}
        for provider in providers:
            self.scan(provider)

    def all(self) -> list[Dashboard]:
        """Every dashboard, by folder and title."""
        return sorted(self._dashboards.values(), key=lambda dashboard: (dashboard.stored.folder.lower(), dashboard.title.lower()))

    def get(self, uid: str) -> Dashboard | None:
        """The dashboard of that uid."""
        return self._dashboards.get(uid)

    def scan(self, provider: Provider) -> None:
        """Bring the store up to the provider's files. A file that can't be used is logged once; what it held before stays."""
        try:
            files = list(_files(provider))
        except OSError as problem:
            log.warning("Cannot read directory", extra={"name_": provider.name, "path": provider.path, "error": problem})
            return
        for path in files:
            try:
                self._load(provider, path)
            except _Unusable as problem:
                if self._complaints.get(path) != str(problem):
                    self._complaints[path] = str(problem)
                    _complain(path, problem)
        self._forget_missing(provider, {str(path.relative_to(provider.path)) for path in files})

    def _load(self, provider: Provider, path: Path) -> None:
        try:
            stat = path.stat()
        except OSError as problem:
            raise _Unusable(str(problem)) from problem
        signature = (stat.st_mtime_ns, stat.st_size)
        if self._seen.get(path) == signature:
            return
        model, checksum = _read(path)
        external_id = str(path.relative_to(provider.path))
        uid = str(model.get("uid") or hashlib.sha256(f"{provider.name}/{external_id}".encode()).hexdigest()[:14])
        old = self._dashboards.get(uid)
        if old and (old.stored.provider, old.stored.external_id) != (provider.name, external_id) and self._still_there(old):
            raise _Unusable(f"the same UID is used more than once: {uid} is also in {old.stored.external_id}")
        self._complaints.pop(path, None)
        self._seen[path] = signature
        folder, folder_uid = _folder(provider, path)
        if old and (old.stored.checksum, old.stored.folder, old.stored.external_id) == (checksum, folder, external_id):
            return
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        row = self._store.save_dashboard(
            uid=uid,
            data=json.dumps(model),
            checksum=checksum,
            now=now,
            provider=provider.name,
            external_id=external_id,
            folder=folder,
            folder_uid=folder_uid,
        )
        self._dashboards[uid] = Dashboard(row, model)
        log.info("saved provisioned dashboard", extra={"uid": uid, "version": row.version, "file": path})

    def _still_there(self, dashboard: Dashboard) -> bool:
        stored = dashboard.stored
        return any(p.name == stored.provider and (p.path / stored.external_id).exists() for p in self.providers)

    def _forget_missing(self, provider: Provider, present: set[str]) -> None:
        own = [dashboard for dashboard in self._dashboards.values() if dashboard.stored.provider == provider.name]
        gone = [dashboard for dashboard in own if dashboard.stored.external_id not in present]
        for dashboard in gone:
            self._seen.pop(provider.path / dashboard.stored.external_id, None)
            if not provider.disable_deletion:
                log.info("deleted provisioned dashboard", extra={"uid": dashboard.stored.uid})
                self._store.delete_dashboard(dashboard.stored.uid)
                del self._dashboards[dashboard.stored.uid]

    async def watch(self, provider: Provider) -> None:
        """Scan again every `provider.seconds`, until cancelled."""
        while True:
            await asyncio.sleep(provider.seconds)
            self.scan(provider)
