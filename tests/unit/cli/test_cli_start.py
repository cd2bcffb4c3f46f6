"""Start-up: --help and --version import next to nothing, and say what they should."""

from __future__ import annotations

import subprocess
import sys

import pytest

from obsdeploy import __version__
from obsdeploy.cli.options import Common
from tests.unit.cli.conftest import Machine

SLOW = ("kubernetes", "pyhelm3", "httpx", "pydantic", "yaml", "jinja2", "rich", "platformdirs", "asyncio", "tenacity")
COMMANDS = ("up", "verify", "status", "open", "down", "render", "doctor", "config")


EACH = """
import contextlib, sys
from obsdeploy.cli.app import main
for arguments in sys.argv[1:]:
    sys.argv = ["obsdeploy", *arguments.split()]
    with contextlib.suppress(SystemExit):
        main()
"""


def imported(*commands: str) -> set[str]:
    """Top-level modules that are imported for these command lines."""
    done = subprocess.run([sys.executable, "-X", "importtime", "-c", EACH, *commands], capture_output=True, text=True, check=True)
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def test_version_imports_not_even_typer() -> None:
    assert imported("--version") & {"typer", "click", *SLOW} == set()


def test_help_imports_nothing_that_is_slow() -> None:
    there = imported("--help")
    assert "typer" in there
    assert there & set(SLOW) == set()


def test_a_commands_help_imports_nothing_that_the_command_needs() -> None:
    typers_own = {"pydantic"}  # it coerces parameters with it, and so does a bare application
    assert imported(*(f"{command} --help" for command in COMMANDS)) & set(SLOW) - typers_own == set()


@pytest.mark.parametrize("arguments", [["--version"], ["-v", "--version"]])
def test_version(machine: Machine, arguments: list[str]) -> None:
    done = machine.run_anew(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"obsdeploy {__version__}\n", "")


def test_help_names_every_command_in_80_columns(machine: Machine) -> None:
    done = machine.run_anew("--help")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    listed = [line.split()[0] for line in lines[lines.index("Commands:") + 1 :]]
    assert listed == list(COMMANDS)
    assert not [line for line in lines if line.endswith("...") and line.startswith("  ")]  # none is cut short
    assert max(map(len, lines)) <= 80


def test_each_commands_help_fits_80_columns() -> None:
    helps = [f"{command} --help" for command in COMMANDS]
    done = subprocess.run([sys.executable, "-c", EACH, *helps], capture_output=True, text=True, check=True)
    assert done.stdout.count("Usage: obsdeploy ") == len(COMMANDS)
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_no_arguments_show_the_help(machine: Machine) -> None:
    done = machine.run()
    assert "Commands:" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["upp"], "No such command 'upp'"),
        (["up", "--nope"], "No such option: --nope"),
        (["up", "--profile", "prd"], "unknown profile prd; there are dev, ci, prod"),
        (["--profile", "prd", "up"], "unknown profile prd; there are dev, ci, prod"),
        (["up", "--set", "retention"], "--set retention: not KEY=VALUE"),
        (["up", "--set", "retention.tme=1d"], "retention.tme"),
        (["up", "--timeout", "soon"], "'soon' is not a duration"),
        (["status", "-o", "xml"], "--output xml: unknown format"),
        (["verify", "--wait", "long"], "'long' is not a duration"),
        (["down", "--cluster", "--context", "elsewhere"], "--cluster deletes obsdeploy's own kind cluster only"),
        (["up", "--kubeconfig", "x"], "--kubeconfig without --context"),
    ],
)
def test_usage_errors_exit_with_2_and_say_what(machine: Machine, arguments: list[str], said: str) -> None:
    done = machine.run(*arguments)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert done.stdout == ""


def test_common_options_go_before_the_command_and_after_it(machine: Machine) -> None:
    before = machine.run("--profile", "ci", "config", "show")
    after = machine.run("config", "show", "--profile", "ci")
    assert before.returncode == 0
    assert "profile: ci" in before.stdout
    assert before.stdout == after.stdout


def test_the_later_of_two_wins_and_sets_add_up(machine: Machine) -> None:
    done = machine.run(
        "--profile", "dev", "--set", "retention.time=3d", "config", "show", "--profile", "ci", "--set", "metrics=full"
    )
    assert "profile: ci" in done.stdout
    assert "time: 3d" in done.stdout
    assert "metrics: full" in done.stdout


def test_an_option_that_is_not_given_takes_nothing_away_from_set() -> None:
    common = Common(sets=["timeout=40s", "demo.enabled=true", "namespace=obs"])
    found = common.settings(demo__enabled=None, timeout=None)
    assert (found.timeout, found.demo.enabled, found.namespace) == ("40s", True, "obs")
    assert common.settings(timeout="9m").timeout == "9m"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("namespace: m\nretenton: {time: 1d}\n", "obsdeploy.yaml:2: unknown key retenton"),
        ("retention:\n  time: soon\n", "obsdeploy.yaml:2"),
        ("namespace: [a\n", "obsdeploy.yaml:2: not YAML"),
        ("profile: production\n", "obsdeploy.yaml:1: unknown profile production"),
    ],
)
def test_mistakes_in_the_settings_file_are_named_with_their_line(machine: Machine, text: str, said: str) -> None:
    (machine.work / "obsdeploy.yaml").write_text(text)
    done = machine.run("up")
    assert done.returncode == 2
    assert said in done.stderr
    assert "  hint: " in done.stderr
