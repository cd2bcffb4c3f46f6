"""docker.sh uses what works, starts docker only where it may, once, and else says what is missing and exits 3."""

import os
import platform
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "host" / "docker.sh"
# The engine "answers" once the fake daemon has written its mark.
DOCKER = """#!/bin/sh
case "$*" in
    *info*) echo overlay2 ;;
    *) [ -e "$MARKS/up" ] && echo 20.10 ;;
esac
"""
DOCKERD = """#!/bin/sh
echo "$*" >>"$MARKS/daemons"
sleep 0.3
touch "$MARKS/up"
while [ -e "$MARKS/up" ]; do sleep 0.05; done
"""
NO_DAEMON = "#!/bin/sh\necho 'cannot start: no iptables' >&2\nexit 1\n"

Run = Callable[[str], "subprocess.CompletedProcess[str]"]
may_start = pytest.mark.skipif(
    os.geteuid() != 0 or "debian" not in platform.freedesktop_os_release().get("ID", "") or Path("/run/systemd/system").exists(),
    reason="docker is started by hand only by root on a Debian machine without systemd",
)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Folders for the machine's programs and for the fakes' marks."""
    for folder in ("bin", "marks"):
        (tmp_path / folder).mkdir()
    return tmp_path


def _program(machine: Path, name: str, text: str) -> None:
    (machine / "bin" / name).write_text(text)
    (machine / "bin" / name).chmod(0o755)


def _environment(machine: Path, *, path: str = "/usr/sbin:/usr/bin:/sbin:/bin", **more: str) -> dict[str, str]:
    marks, cache, run = str(machine / "marks"), str(machine / "cache"), str(machine / "run")
    return {
        "PATH": f"{machine / 'bin'}:{path}",
        "MARKS": marks,
        "XDG_CACHE_HOME": cache,
        "HOME": str(machine),
        "OBSDEPLOY_DOCKER_RUN": run,
        **more,
    }


def _run(command: str, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["/bin/bash", SCRIPT, command], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def stops_at_the_end(machine: Path) -> Iterator[None]:
    yield
    (machine / "marks" / "up").unlink(missing_ok=True)


def test_a_docker_that_works_is_left_alone(machine: Path) -> None:
    _program(machine, "docker", DOCKER)
    (machine / "marks" / "up").touch()
    done = _run("ensure", _environment(machine))
    assert (done.returncode, done.stdout) == (0, "docker: ready: engine 20.10, overlay2\n")
    assert not (machine / "cache").exists()


def _only_shell_tools(machine: Path) -> str:
    """A PATH without apt-get: what any other machine looks like to the script."""
    tools = machine / "tools"
    tools.mkdir()
    for name in ("grep", "timeout", "awk", "cat", "dirname"):
        (tools / name).symlink_to(next(path for path in (Path("/usr/bin") / name, Path("/bin") / name) if path.exists()))
    return str(tools)


def test_without_docker_it_says_how_to_get_it_and_changes_nothing(machine: Path) -> None:
    done = _run("ensure", _environment(machine, path=_only_shell_tools(machine)))
    assert done.returncode == 3
    assert "there is no docker on this machine" in done.stderr
    assert "apt-get install docker.io" in done.stderr
    assert not (machine / "cache").exists()


def test_with_an_engine_that_does_not_answer_it_says_how_to_start_it(machine: Path) -> None:
    _program(machine, "docker", DOCKER)
    done = _run("ensure", _environment(machine, path=_only_shell_tools(machine)))
    assert done.returncode == 3
    assert "no docker engine answers" in done.stderr
    assert "systemctl start docker" in done.stderr


def test_somebody_elses_engine_is_never_started(machine: Path) -> None:
    _program(machine, "docker", DOCKER)
    _program(machine, "dockerd", DOCKERD)
    done = _run("ensure", _environment(machine, DOCKER_HOST="tcp://elsewhere:2375"))
    assert done.returncode == 3
    assert "DOCKER_HOST=tcp://elsewhere:2375" in done.stderr
    assert not (machine / "marks" / "daemons").exists()


@may_start
@pytest.mark.usefixtures("stops_at_the_end")
def test_two_callers_at_once_start_one_daemon(machine: Path) -> None:
    _program(machine, "docker", DOCKER)
    _program(machine, "dockerd", DOCKERD)
    environment = _environment(machine)
    command = ["/bin/bash", str(SCRIPT), "ensure"]
    callers = [subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [caller.wait(timeout=60) for caller in callers] == [0, 0]
    assert len((machine / "marks" / "daemons").read_text().splitlines()) == 1


@may_start
@pytest.mark.usefixtures("stops_at_the_end")
def test_what_it_started_it_stops(machine: Path) -> None:
    _program(machine, "docker", DOCKER)
    _program(machine, "dockerd", DOCKERD)
    environment = _environment(machine)
    assert _run("ensure", environment).returncode == 0
    assert "stopped" in _run("stop", environment).stdout
    assert "nothing to stop" in _run("stop", environment).stdout


@may_start
def test_a_daemon_that_dies_is_reported_with_its_last_words(machine: Path) -> None:
    _program(machine, "docker", DOCKER)
    _program(machine, "dockerd", NO_DAEMON)
    done = _run("ensure", _environment(machine))
    assert done.returncode == 3
    assert "no iptables" in done.stderr
    assert str(machine / "cache") in done.stderr


@may_start
@pytest.mark.usefixtures("stops_at_the_end")
def test_a_pid_file_left_by_a_crash_is_not_taken_for_a_daemon(machine: Path) -> None:
    _program(machine, "docker", DOCKER)
    _program(machine, "dockerd", DOCKERD)
    (machine / "run" / "docker" / "containerd").mkdir(parents=True)
    left = [machine / "run" / "docker.pid", machine / "run" / "docker" / "containerd" / "containerd.pid"]
    for file in left:
        file.write_text(f"{os.getpid()}\n")  # alive, and neither of the two
    assert _run("ensure", _environment(machine)).returncode == 0
    assert [file for file in left if file.exists()] == []


def test_the_runtime_wrapper_is_used_only_where_the_capability_is_missing() -> None:
    """The script's own judgement of this machine, held against the kernel's."""
    with Path("/proc/self/status").open() as status:
        bounding = next(int(line.split()[1], 16) for line in status if line.startswith("CapBnd:"))
    function = f"source <(sed -n '/^sys_resource_bit=/p; /^lacks_sys_resource()/,/^}}/p' {SCRIPT}); lacks_sys_resource"
    lacks = subprocess.run(["/bin/bash", "-c", function], check=False).returncode == 0
    assert lacks is not bool(bounding >> 24 & 1)
