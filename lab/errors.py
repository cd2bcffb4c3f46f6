"""The one error that the lab reports to a person."""

from pathlib import Path


class LabError(Exception):
    """Something a person has to know: what went wrong, and what to do about it.

    `exit_code` is the command line's: 1 a step failed, 2 usage, 3 the machine lacks something.
    """

    def __init__(self, message: str, *, hint: str = "", exit_code: int = 1) -> None:
        super().__init__(message)
        self.hint = hint
        self.exit_code = exit_code


class StepError(LabError):
    """A step that failed, with the end of its log."""

    def __init__(self, step: str, reason: str, log: Path, tail: list[str]) -> None:
        shown = "".join(f"\n    {line}" for line in tail)
        super().__init__(
            f"step {step} failed: {reason}{shown}",
            hint=f"the whole log: {log}; run the same command again to go on from here",
        )
        self.step = step
        self.log = log
