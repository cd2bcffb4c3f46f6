"""One `up` under way: what was asked for, and what its steps have come to so far."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from obsdeploy.pipeline.equipment import Equipment
from obsdeploy.pipeline.progress import Observer
from obsdeploy.settings.model import Settings

if TYPE_CHECKING:
    from obsdeploy.cluster.docker import Docker
    from obsdeploy.cluster.kind import Kind
    from obsdeploy.helm import Helm

PROOF_SECONDS = 20.0
"""Kept back from the deadline, so that a stack that never settles is still examined."""
EXAMINATION_SECONDS = 90.0
"""What the examination of a stack that is not well may take beyond the deadline: a report is worth more than the minute."""


@dataclass(frozen=True)
class Request:
    """What `up` was asked for. `charts` is a folder of packaged charts; `adopt`: take over a release made by hand."""

    settings: Settings
    equipment: Equipment
    charts: Path | None = None
    adopt: bool = False


@dataclass(frozen=True)
class Machine:
    """The tools of this machine, looked at: Helm, and for a cluster of our own kind and docker."""

    helm: "Helm"
    kind: "Kind | None" = None
    docker: "Docker | None" = None


@dataclass
class Work:
    """What later steps need of earlier ones. `resumes`: the run before was interrupted; `changes`: what this one changed.

    `unfinished`: see `Turn`.
    """

    request: Request
    observer: Observer
    settings: Settings
    deadline: float
    resumes: bool = False
    changes: list[str] = field(default_factory=list)
    unfinished: set[str] = field(default_factory=set)

    @property
    def left(self) -> float:
        """Seconds until the deadline, and never less than one."""
        return max(1.0, self.deadline - time.monotonic())
