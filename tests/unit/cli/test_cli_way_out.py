"""The way out: bugs, signals, a second run at the same time; and what is never told."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from obsdeploy import secrecy
from obsdeploy.cli.app import main
from obsdeploy.cli.crash import write_report
from tests.unit.cli.conftest import Machine
from tests.unit.cli.test_cli_preflight import charts

SLOW_KIND = """
case $1 in
create) sleep 60 & echo $! > {pids}; touch {began}; wait ;;
delete) touch {deleted} ;;
esac"""


def await_file(path: Path, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 20
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until, f"{path.name} never came"
        time.sleep(0.02)


def test_a_bug_ends_with_4_and_a_report_that_can_be_sent(machine: Machine) -> None:
    machine.docker(containers="echo '[{}]'")  # not what any docker says: a KeyError in our code
    machine.kind()
    machine.helm()
    done = machine.run("up", "--set", "values.x=hidden")
    assert done.returncode == 4
    assert "error: a bug in obsdeploy: KeyError: " in done.stderr
    report = Path(done.stderr.split("traceback from ")[1].strip())
    text = report.read_text()
    assert text.startswith("obsdeploy 0.1.0, Python 3.")
    assert "pydantic 2." in text
    assert "command: obsdeploy up --set values.x=..." in text
    assert "in _container" in text
    assert report.stat().st_mode & 0o777 == 0o600
    assert done.stdout == ""


def test_reports_hold_no_secret_that_was_met(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    password = secrecy.remember("correct-horse-battery")
    text = write_report(ValueError(f"login as admin:{password} refused")).read_text()
    assert password not in text
    assert "login as admin:(redacted) refused" in text


def test_words_that_everybody_knows_are_not_hidden() -> None:
    assert secrecy.remember("admin") == "admin"
    assert secrecy.redact("profile admin") == "profile admin"


@pytest.fixture
def creating(machine: Machine) -> Callable[[], subprocess.Popen[str]]:
    """Starts an `up` and returns it when it is in the middle of making its cluster."""
    machine.docker()
    machine.helm()
    machine.kind(SLOW_KIND.format(**{name: machine.root / name for name in ("pids", "began", "deleted")}))

    def start() -> subprocess.Popen[str]:
        process = machine.start("up", "--profile", "ci", OBSDEPLOY_CHARTS=str(charts(machine)))
        await_file(machine.root / "began", process)
        return process

    return start


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_children_and_says_how_to_go_on(
    machine: Machine, creating: Callable[[], subprocess.Popen[str]], number: signal.Signals
) -> None:
    process = creating()
    process.send_signal(number)
    _, stderr = process.communicate(timeout=15)
    assert process.returncode == 130
    assert stderr.endswith("error: interrupted\n  hint: Nothing is lost: run the same command again and it goes on from here.\n")
    until = time.monotonic() + 5
    while running(int((machine.root / "pids").read_text())):  # signalled with its parent, but it dies in its own time
        assert time.monotonic() < until
        time.sleep(0.01)
    assert (machine.data / "kind-obsdeploy.creating").exists()  # so that the next run knows what it finds


def test_the_next_run_makes_the_half_made_cluster_anew(machine: Machine, creating: Callable[[], subprocess.Popen[str]]) -> None:
    process = creating()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=15)
    node = '[{"State": {"Running": true}, "Config": {"Image": "i"}, "HostConfig": {}}]'
    machine.docker(containers=f"echo '{node}'")
    (machine.root / "began").unlink()
    again = creating()  # it got to creating once more
    again.send_signal(signal.SIGINT)
    again.communicate(timeout=15)
    assert (machine.root / "deleted").exists()


def test_ctrl_c_before_anything_has_begun(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def impatient(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sys.argv", ["obsdeploy", "status"])
    monkeypatch.setattr("obsdeploy.cli.options.Common.settings", impatient)
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 130
    assert capsys.readouterr().err == "error: interrupted\n  hint: Run the same command again: it goes on from here.\n"


def test_only_one_at_a_time(machine: Machine, creating: Callable[[], subprocess.Popen[str]]) -> None:
    process = creating()
    second = machine.run("up", "--profile", "ci")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=15)
    assert second.returncode == 3
    assert f"another obsdeploy (pid {process.pid}) is at work on kind-obsdeploy" in second.stderr


def running(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_down_where_nothing_is_changes_nothing(machine: Machine) -> None:
    machine.docker()
    machine.kind()
    machine.helm()
    done = machine.run("down")
    assert (done.returncode, done.stdout) == (0, "Removed  nothing: nothing was there\nLeft     nothing of obsdeploy's\n")


def test_status_where_nothing_is(machine: Machine) -> None:
    done = machine.run("status")
    assert done.returncode == 3
    assert "error: there is no kind cluster of obsdeploy here (obsdeploy)" in done.stderr
    assert "'obsdeploy up' makes it" in done.stderr


def test_output_survives_a_terminal_that_knows_ascii_only(machine: Machine) -> None:
    machine.docker(containers="echo '[{}]'")
    done = machine.run_anew("status", "--context", "ünknown", LANG="C", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert done.returncode == 3
    assert "error: no kubeconfig" in done.stderr
