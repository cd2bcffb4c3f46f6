"""Configuration as Grafana reads it: built-in defaults < grafana.ini < GF_<SECTION>_<KEY> (or the same with __FILE)."""

import configparser
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .expand import expand_setting

_BEFORE_ANY_SECTION = "DEFAULT_SECTION"


class ConfigError(Exception):
    """Configuration that can't be used; the message names the setting."""


@dataclass(frozen=True)
class Config:
    """What the server needs to know. Paths are absolute, times in seconds."""

    data: Path
    provisioning: Path
    web: Path | None
    http_addr: str
    http_port: int
    admin_user: str
    admin_password: str
    default_theme: str
    proxy_timeout: float
    min_refresh_interval: str
    metrics_enabled: bool
    anonymous: bool


class _Source:
    def __init__(self, parser: configparser.ConfigParser, env: Mapping[str, str]) -> None:
        self._parser = parser
        self._env = env

    def text(self, section: str, key: str, default: str) -> str:
        name = f"GF_{section}_{key}".upper().replace(".", "_").replace("-", "_")
        if path := self._env.get(f"{name}__FILE"):
            try:
                return Path(path).read_text().strip()
            except OSError as problem:
                raise ConfigError(f"{name}__FILE: {problem}") from problem
        value = self._env.get(name) or self._parser.get(section, key, fallback=None) or default
        return expand_setting(value, self._env)

    def number(self, section: str, key: str, default: int) -> int:
        value = self.text(section, key, str(default))
        if not re.fullmatch(r"\d+", value):
            raise ConfigError(f"[{section}] {key} must be a whole number, not {value!r}")
        return int(value)

    def flag(self, section: str, key: str, default: bool) -> bool:
        return self.text(section, key, str(default)).lower() in {"true", "1", "yes", "on"}


def _parse(ini: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(
        interpolation=None,
        strict=False,
        allow_no_value=True,
        comment_prefixes=("#", ";"),
        delimiters=("=",),
        default_section="__none__",
    )
    if not ini.exists():
        return parser
    try:
        # The chart writes top-level keys, such as `instance_name`, before the first section.
        parser.read_string(f"[{_BEFORE_ANY_SECTION}]\n{ini.read_text()}", source=str(ini))
    except configparser.Error as problem:
        raise ConfigError(f"{ini}: {problem}") from problem
    return parser


def load_config(ini: Path, env: Mapping[str, str]) -> Config:
    """Read the configuration. A missing ini file means defaults; raises ConfigError for one that can't be used."""
    source = _Source(_parse(ini), env)
    web = env.get("GRAFANA_STANDIN_WEB", "/usr/share/grafana/public")
    return Config(
        data=Path(source.text("paths", "data", "/var/lib/grafana")),
        provisioning=Path(source.text("paths", "provisioning", "/etc/grafana/provisioning")),
        web=Path(web) if Path(web, "index.html").exists() else None,
        http_addr=source.text("server", "http_addr", "0.0.0.0"),
        http_port=source.number("server", "http_port", 3000),
        admin_user=source.text("security", "admin_user", "admin"),
        admin_password=source.text("security", "admin_password", "admin"),
        default_theme=source.text("users", "default_theme", "dark"),
        proxy_timeout=float(source.number("dataproxy", "timeout", 30)),
        min_refresh_interval=source.text("dashboards", "min_refresh_interval", "5s"),
        metrics_enabled=source.flag("metrics", "enabled", True),
        anonymous=source.flag("auth.anonymous", "enabled", False),
    )
