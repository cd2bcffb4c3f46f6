"""Commands in containers: what they print, how they end, and a pipe through one that lasts."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from obsdeploy.cluster.execute import Access, Attached, CommandFailed, Container, attach, execute
from obsdeploy.kafka.access import Access as Way
from obsdeploy.kafka.channel import Pipe
from obsdeploy.kafka.survey import survey
from obsdeploy.kafka.trouble import Trouble
from tests.standin import free_port
from tests.unit.cluster.exec_server import ExecServer
from tests.unit.kafka_doctor.broker import MiniBroker

WHERE = Container("monitoring", "kafka-exporter-1", "exporter")
# As nc: bytes both ways until either side ends, and a complaint where nobody answers.
_NC = """
import os, socket, sys, threading
try:
    peer = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
except socket.gaierror:
    sys.exit(f"nc: bad address '{sys.argv[1]}'")
except OSError as error:
    sys.exit(f"nc: can't connect to remote host: {error.strerror}")
def out():
    while data := peer.recv(65536): os.write(1, data)
    os._exit(0)
threading.Thread(target=out, daemon=True).start()
while data := os.read(0, 65536): peer.sendall(data)
"""


@pytest.fixture
def server() -> Iterator[ExecServer]:
    with ExecServer().running() as running:
        yield running


def access(server: ExecServer) -> Access:
    return Access(server.url, {"authorization": "Bearer x"}, None)


async def started(server: ExecServer, *command: str) -> Attached:
    return await asyncio.to_thread(attach, access(server), WHERE, command)


@pytest.fixture
async def cat(server: ExecServer) -> AsyncIterator[Attached]:
    running = await started(server, "cat")
    yield running
    await running.close()


def test_what_a_command_prints_comes_back(server: ExecServer) -> None:
    assert execute(access(server), WHERE, ["sh", "-c", "echo out; echo err >&2"]) == "out\n"
    assert server.asked[0].startswith("/api/v1/namespaces/monitoring/pods/kafka-exporter-1/exec?container=exporter&stdout=true")


def test_a_command_that_fails_is_told_with_its_words(server: ExecServer) -> None:
    with pytest.raises(CommandFailed, match="a command failed in exporter of pod monitoring/kafka-exporter-1: no such thing"):
        execute(access(server), WHERE, ["sh", "-c", "echo no such thing >&2; exit 3"])


@pytest.mark.parametrize("run", [execute, attach])
def test_a_missing_permission_is_named(run: object) -> None:
    with ExecServer(refuse=403).running() as server, pytest.raises(CommandFailed, match="create pods/exec") as problem:
        run(access(server), WHERE, ["true"])  # type: ignore[operator]
    assert "auth can-i create pods/exec" in (problem.value.hint or "")


@pytest.mark.parametrize("run", [execute, attach])
def test_a_server_that_is_gone_is_told(run: object) -> None:
    with pytest.raises(CommandFailed, match="no command can be run in exporter of pod"):
        run(Access(f"http://127.0.0.1:{free_port()}", {}, None), WHERE, ["true"])  # type: ignore[operator]


async def test_any_bytes_go_both_ways(cat: Attached) -> None:
    sent = bytes(range(256)) * 40
    await cat.send(sent)
    received = b""
    while len(received) < len(sent):
        data = await cat.receive(5)
        assert data
        received += data
    assert received == sent


async def test_nothing_to_read_is_waited_for_as_long_as_asked(cat: Attached) -> None:
    began = time.monotonic()
    assert await cat.receive(0.2) == b""
    assert 0.15 < time.monotonic() - began < 2
    assert not cat.ended


async def test_the_end_of_a_command_and_its_complaint_show(server: ExecServer) -> None:
    running = await started(server, "sh", "-c", "echo bad address >&2; exit 1")
    assert await running.receive(5) == b""
    assert (running.ended, running.complaint) == (True, "bad address")
    await running.send(b"too late")
    assert await running.receive(5) == b""
    await running.close()


async def test_a_command_that_could_not_say_why_is_spoken_for(server: ExecServer) -> None:
    running = await started(server, "sh", "-c", "exit 127")
    await running.receive(5)
    assert running.complaint == "command terminated with exit code 127"
    await running.close()


async def test_closing_ends_the_command(server: ExecServer) -> None:
    running = await started(server, "cat")
    await running.send(b"x")
    await running.receive(5)
    await running.close()
    await asyncio.to_thread(server.processes[0].wait, 5)


async def test_a_broker_is_reached_through_a_container(server: ExecServer) -> None:
    async def dial(host: str, port: int) -> Pipe:
        return await started(server, sys.executable, "-c", _NC, host, str(port))

    async with MiniBroker().running() as broker:
        gone, unknown = f"localhost:{free_port()}", "kafka.nowhere.invalid:9092"
        found = await survey(dial, (broker.address, gone, unknown), Way(), seconds=8)
    assert [one.trouble for one in found.bootstrap] == [None, Trouble.REFUSED, Trouble.UNRESOLVED]
    assert found.well
