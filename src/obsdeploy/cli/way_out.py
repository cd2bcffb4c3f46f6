"""The way out for every error: what and why on stderr, then what to do, and the exit code that says which kind it was."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from obsdeploy.errors import ExitCode, ObsdeployError

_state = {"verbose": False}


class Interrupted(ObsdeployError):
    """Ctrl-C or SIGTERM: exit code 130."""

    exit_code = ExitCode.INTERRUPTED


def interrupted(hint: str = "Run the same command again: it goes on from here.") -> Interrupted:
    """The error of somebody who does not want to wait any longer."""
    return Interrupted("interrupted", hint=hint)


def be_verbose() -> None:
    """Show details of errors: what the tools said, and where an error was raised."""
    _state["verbose"] = True


@contextmanager
def handled() -> Iterator[None]:
    """Turn whatever escapes from the block into a message on stderr and an exit code."""
    try:
        yield
    except ObsdeployError as problem:
        _show(problem)
        raise SystemExit(int(problem.exit_code)) from None
    except KeyboardInterrupt:
        _show(interrupted())
        raise SystemExit(int(ExitCode.INTERRUPTED)) from None
    except BrokenPipeError:  # the reader of our output has gone (obsdeploy ... | head)
        sys.stderr.close()
        raise SystemExit(int(ExitCode.OK)) from None
    except Exception as error:
        _show_bug(error)
        raise SystemExit(int(ExitCode.BUG)) from None


def _show(problem: ObsdeployError) -> None:
    from obsdeploy.cli.terminal import paragraph
    from obsdeploy.secrecy import redact

    paragraph("error: ", problem.message, color="red")
    paragraph("  hint: ", problem.hint, color="cyan")
    if _state["verbose"]:
        for note in getattr(problem, "__notes__", ()):
            sys.stderr.write("\n" + redact(note.rstrip()) + "\n")


def _show_bug(error: Exception) -> None:
    from obsdeploy.cli.crash import write_report
    from obsdeploy.cli.terminal import paragraph
    from obsdeploy.secrecy import redact

    report = write_report(error)
    paragraph("error: ", redact(f"a bug in obsdeploy: {type(error).__name__}: {error}"), color="red")
    paragraph("  hint: ", f"Report it, with versions and traceback from {report}", color="cyan")
    if _state["verbose"]:
        sys.stderr.write("\n" + report.read_text())
