"""The one family of errors that reaches a user: what happened, why, and what to do."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says with its exit status."""

    OK = 0
    CHECK_FAILED = 1
    USAGE = 2
    ENVIRONMENT = 3
    BUG = 4
    INTERRUPTED = 130


class ObsdeployError(Exception):
    """A problem that the user can act on.

    `message` says what and why in one or two sentences; `hint` says what to do, as text that may hold a command.
    """

    exit_code: ExitCode = ExitCode.CHECK_FAILED

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageProblem(ObsdeployError):
    """Wrong options, settings or values: exit code 2."""

    exit_code = ExitCode.USAGE


class EnvironmentProblem(ObsdeployError):
    """No cluster, tool, permission, port or storage class: exit code 3."""

    exit_code = ExitCode.ENVIRONMENT


class StackUnhealthy(ObsdeployError):
    """The stack was not healthy at the deadline: exit code 1."""
