"""A saga's state and how it changes. Pure: what is decided here is stored before anything else happens."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self


class Phase(StrEnum):
    """Which way a saga is going."""

    FORWARD = "forward"
    COMPENSATING = "compensating"
    FINISHED = "finished"


class Outcome(StrEnum):
    """How a saga ended: everything done; everything undone; or something could not be undone and a person is needed."""

    COMPLETED = "completed"
    COMPENSATED = "compensated"
    FAILED = "failed"


@dataclass(frozen=True)
class Purchase:
    """What the steps work on: units by article, their price in cents, who buys."""

    items: dict[str, int]
    amount: int
    customer: str


@dataclass(frozen=True)
class Saga:
    """One purchase on its way. `to_undo` are the steps that took, or may have taken, effect, in their order."""

    id: str
    purchase: Purchase
    started_at: float  # seconds since the epoch
    faults: str = ""
    request_id: str = ""
    phase: Phase = Phase.FORWARD
    next_step: int = 0
    to_undo: tuple[str, ...] = ()
    not_undone: tuple[str, ...] = ()
    reason: str = ""
    outcome: Outcome | None = None
    revision: int = field(default=0, compare=False)  # of the stored state that this one was read from

    def stepped(self, step: str, *, last: bool) -> Self:
        """The step took effect; after the last one the saga is completed."""
        ahead = replace(self, next_step=self.next_step + 1, to_undo=(*self.to_undo, step))
        return replace(ahead, phase=Phase.FINISHED, outcome=Outcome.COMPLETED, to_undo=()) if last else ahead

    def turned_back(self, reason: str, *, doubtful: str | None) -> Self:
        """A step did not come through, so all are undone; the step itself too, if it can be.

        A call that was refused may be a repeated one whose first sending is still on its way: it is always doubtful.
        """
        to_undo = (*self.to_undo, doubtful) if doubtful else self.to_undo
        return replace(self, phase=Phase.COMPENSATING, reason=reason, to_undo=to_undo)._ended_if_all_is_undone()

    def undone(self, *, success: bool) -> Self:
        """The last step to undo was undone, or can't be."""
        step = self.to_undo[-1]
        lost = () if success else (step,)
        left = replace(self, to_undo=self.to_undo[:-1], not_undone=(*self.not_undone, *lost))
        return left._ended_if_all_is_undone()

    def _ended_if_all_is_undone(self) -> Self:
        if self.to_undo:
            return self
        outcome = Outcome.FAILED if self.not_undone else Outcome.COMPENSATED
        return replace(self, phase=Phase.FINISHED, outcome=outcome)
