"""A dashboard's queries and what came back for them: what is judged, and what is diagnosed if the verdict is bad."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from obsdeploy.checks.frames import Answer
from obsdeploy.checks.queries import PanelQuery
from obsdeploy.checks.variables import Variables


@dataclass(frozen=True)
class Asked:
    """A dashboard's queries with their answers, and the moment (epoch seconds) at which they were asked."""

    uid: str
    at: float
    variables: Variables
    answers: Mapping[PanelQuery, Answer]
    stale: frozenset[PanelQuery] = frozenset()
    """Those with samples that are all older than the release, however new they look."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """Panels that were not asked, as a component that they need is not part of the release, and why."""
