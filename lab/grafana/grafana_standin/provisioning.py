"""Provisioning files: data sources and dashboard providers, read exactly where the chart mounts them."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .expand import expand_provisioned


class ProvisioningError(Exception):
    """A provisioning file that Grafana would refuse to start with; the message names the file."""


@dataclass(frozen=True)
class DataSource:
    """A provisioned data source. `json_data` is what people see, `secure` never leaves the server."""

    id: int
    uid: str
    name: str
    type: str
    url: str
    access: str
    is_default: bool
    read_only: bool
    basic_auth: bool
    basic_auth_user: str
    json_data: dict[str, Any] = field(default_factory=dict)
    secure: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Provider:
    """A folder of dashboard files."""

    name: str
    path: Path
    folder: str
    folder_uid: str
    seconds: float
    disable_deletion: bool
    folders_from_files: bool


def _documents(folder: Path, env: Mapping[str, str]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every YAML file below `folder` by name, hidden ones left out; none if the folder is missing."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.suffix not in {".yaml", ".yml"} or path.name.startswith("."):
            continue
        try:
            document = yaml.safe_load(path.read_text())
            expanded = expand_provisioned(document, env)
        except (yaml.YAMLError, OSError, UnicodeDecodeError) as problem:
            raise ProvisioningError(f"{path}: {problem}") from problem
        if isinstance(expanded, dict):
            yield path, expanded
        elif expanded is not None:
            raise ProvisioningError(f"{path}: expected a mapping at the top")


def _entries(path: Path, document: dict[str, Any], key: str) -> list[dict[str, Any]]:
    entries = document.get(key) or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ProvisioningError(f"{path}: {key} must be a list of mappings")
    return entries


def uid_from_name(name: str) -> str:
    """The uid that Grafana gives a provisioned data source that names none."""
    return "P" + hashlib.sha256(name.encode()).hexdigest()[:16].upper()


def load_data_sources(provisioning: Path, env: Mapping[str, str]) -> tuple[DataSource, ...]:
    """Read provisioning/datasources. Raises ProvisioningError for what Grafana refuses to start with."""
    sources: dict[str, DataSource] = {}
    for path, document in _documents(provisioning / "datasources", env):
        for entry in _entries(path, document, "datasources"):
            name, kind = str(entry.get("name") or ""), str(entry.get("type") or "")
            if not name or not kind:
                raise ProvisioningError(f"{path}: a data source needs a name and a type")
            source = DataSource(
                id=len(sources) + 1,
                uid=str(entry.get("uid") or uid_from_name(name)),
                name=name,
                type=kind,
                url=str(entry.get("url") or "").rstrip("/"),
                access=str(entry.get("access") or "proxy"),
                is_default=bool(entry.get("isDefault", False)),
                read_only=not entry.get("editable", False),
                basic_auth=bool(entry.get("basicAuth", False)),
                basic_auth_user=str(entry.get("basicAuthUser") or ""),
                json_data=dict(entry.get("jsonData") or {}),
                secure={key: str(value) for key, value in (entry.get("secureJsonData") or {}).items()},
            )
            if source.uid in sources:
                raise ProvisioningError(f"{path}: data source uid {source.uid!r} is used twice")
            sources[source.uid] = source
    if sum(source.is_default for source in sources.values()) > 1:
        raise ProvisioningError("Only one datasource per organization can be marked as default")
    return tuple(sources.values())


def load_providers(provisioning: Path, env: Mapping[str, str]) -> tuple[Provider, ...]:
    """Read provisioning/dashboards. Raises ProvisioningError for what Grafana refuses to start with."""
    providers = []
    for path, document in _documents(provisioning / "dashboards", env):
        for entry in _entries(path, document, "providers"):
            options = entry.get("options") or {}
            location = options.get("path") or options.get("folder")
            if not location:
                raise ProvisioningError(f"{path}: failed to load dashboards, path param is not a string")
            try:
                seconds = float(entry.get("updateIntervalSeconds") or 10)
            except (TypeError, ValueError) as problem:
                raise ProvisioningError(f"{path}: updateIntervalSeconds must be a number") from problem
            providers.append(
                Provider(
                    name=str(entry.get("name") or ""),
                    path=Path(location),
                    folder=str(entry.get("folder") or ""),
                    folder_uid=str(entry.get("folderUid") or ""),
                    seconds=seconds,
                    disable_deletion=bool(entry.get("disableDeletion", False)),
                    folders_from_files=bool(options.get("foldersFromFilesStructure", False)),
                )
            )
    return tuple(providers)
