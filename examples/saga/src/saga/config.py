"""What a process of the shop is told by its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from saga import SERVICES


@dataclass(frozen=True)
class FromEnv:
    """Base of settings whose fields are read from variables named alike, in upper case; each needs a default."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Self:
        """Raises ValueError naming the variable that is malformed."""
        named = [f for f in fields(cls) if f.init and f.name.upper() in env]
        return cls(**{f.name: _parse(f.name.upper(), env[f.name.upper()], f.default) for f in named})


@dataclass(frozen=True)
class Config(FromEnv):
    """Settings of a service. Times are in seconds."""

    host: str = "0.0.0.0"
    port: int = 8000
    metrics_port: int = 9464
    redis_url: str = "redis://redis:6379/0"
    log_level: str = "info"
    kafka_brokers: str = ""  # host:port, several by comma; without one there are no events
    faults: bool = False  # honour the header x-fault
    provider_latency: float = 1.0  # factor on the simulated time that payment provider, carrier and mail take
    record_ttl: float = 6 * 3600.0  # how long a finished saga, and what a service knows of one, is kept
    step_timeout: float = 2.0  # of one call of a step
    saga_deadline: float = 30.0  # a saga that has not come through by then is compensated
    compensation_deadline: float = 600.0  # how long undoing is tried before a person is needed
    adopt_after: float = 15.0  # an unfinished saga that nobody has moved for so long is taken over


def service_urls(env: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Where each service is: `<SERVICE>_URL`, else the Service of that name in the own namespace."""
    return {name: env.get(f"{name.upper()}_URL", f"http://{name}") for name in SERVICES}


def _parse(name: str, raw: str, default: object) -> Any:
    if isinstance(default, bool):
        if raw not in {"on", "off"}:
            raise ValueError(f"{name} must be on or off, not {raw!r}")
        return raw == "on"
    if isinstance(default, (int, float)):
        try:
            return type(default)(raw)
        except ValueError:
            raise ValueError(f"{name} must be a number, not {raw!r}") from None
    return raw
