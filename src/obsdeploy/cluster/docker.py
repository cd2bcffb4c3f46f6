"""The docker engine, through its own command."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from obsdeploy import process
from obsdeploy.errors import EnvironmentProblem

POLL_SECONDS = 0.3
MAKING_SECONDS = 60.0
"""How long the engine may take to make a container: a kind node's volume is first filled from its image."""


@dataclass(frozen=True)
class Container:
    """A container as docker describes it. `host_ports` maps a port of the host to the container's."""

    name: str
    running: bool
    image: str
    host_ports: dict[int, int]


@dataclass(frozen=True)
class Docker:
    """Calls the docker binary; never talks to its socket itself, so contexts and DOCKER_HOST are honoured."""

    binary: Path

    async def check_running(self) -> str:
        """Return the engine's version, or raise EnvironmentProblem saying why it does not answer."""
        result = await self._run("version", "--format", "{{.Server.Version}}")
        if result.ok and result.stdout.strip():
            return result.stdout.strip()
        if "permission denied" in result.stderr.lower():
            raise EnvironmentProblem(
                "the docker engine refuses this user: permission denied on its socket",
                hint="Add yourself to the docker group (sudo usermod -aG docker $USER, then log in again), or run as root.",
            )
        raise EnvironmentProblem(
            f"docker is installed, but its engine does not answer: {result.last_words}",
            hint="Start it: 'systemctl start docker', Docker Desktop, or 'colima start'; then run this again.",
        )

    async def container(self, name: str) -> Container | None:
        """Describe a container, or return None where there is none of that name.

        One that is being made is waited for: the engine finishes it even when whoever asked for it is gone, and until then
        lists it, but neither describes nor removes it.
        """
        until = time.monotonic() + MAKING_SECONDS
        while (found := await self._described(name)) is None and await self._is_listed(name):
            if time.monotonic() > until:
                raise EnvironmentProblem(
                    f"docker has been making the container {name} for {MAKING_SECONDS:.0f} s, and is not done",
                    hint="See whether 'docker info' is well and the disk has room: docker system df",
                )
            await asyncio.sleep(POLL_SECONDS)
        return found

    async def start(self, name: str) -> None:
        """Start a stopped container."""
        await self._must("start", name, doing=f"start the container {name}")

    async def publisher(self, port: int) -> str | None:
        """Name the running container that publishes a port of the host, if one does."""
        result = await self._run("ps", "--filter", f"publish={port}", "--format", "{{.Names}}")
        names = result.stdout.split()
        return names[0] if result.ok and names else None

    async def has_image(self, reference: str) -> bool:
        """Whether the engine has an image already."""
        return (await self._run("image", "inspect", "--format", "{{.Id}}", reference)).ok

    async def load(self, archive: Path) -> None:
        """Load an image archive into the engine."""
        await self._must("load", "--quiet", "--input", archive, doing=f"load the image archive {archive.name}")

    async def build(self, context: Path, tag: str) -> None:
        """Build an image from a folder with a Dockerfile."""
        hint = "Its base image comes from a registry; without one, a bundle that holds the image will do: --bundle PATH."
        await self._must("build", "--quiet", "--tag", tag, context, doing=f"build the image {tag}", hint=hint)

    async def save(self, reference: str, archive: Path) -> None:
        """Write an image of the engine to an archive."""
        await self._must("save", "--output", archive, reference, doing=f"save the image {reference}")

    async def node_images(self, node: str) -> frozenset[str]:
        """Names of the images that the containerd inside a kind node holds, as `docker.io/library/redis:8`."""
        asked = ("exec", node, "ctr", "--namespace=k8s.io", "images", "list", "-q")
        result = await self._must(*asked, doing="list the node's images")
        return frozenset(result.stdout.split())

    async def _described(self, name: str) -> Container | None:
        result = await self._run("container", "inspect", name)
        if result.ok:
            return _container(name, json.loads(result.stdout)[0])
        if "no such container" in result.stderr.lower():
            return None
        raise self._problem("describe the container " + name, result)

    async def _is_listed(self, name: str) -> bool:
        listed = await self._must("ps", "--all", "--format", "{{.Names}}", doing="list its containers")
        return name in listed.stdout.split()

    async def _must(self, *arguments: str | Path, doing: str, hint: str = "") -> process.Finished:
        result = await self._run(*arguments)
        if not result.ok:
            raise self._problem(doing, result, hint)
        return result

    async def _run(self, *arguments: str | Path) -> process.Finished:
        return await process.run([self.binary, *arguments])

    @staticmethod
    def _problem(doing: str, result: process.Finished, hint: str = "") -> EnvironmentProblem:
        advice = hint or "See whether 'docker info' is well."
        problem = EnvironmentProblem(f"docker could not {doing}: {result.last_words}", hint=advice)
        problem.add_note(result.stderr)
        return problem


def _container(name: str, raw: dict[str, Any]) -> Container:
    # HostConfig and not NetworkSettings: the latter is empty while the container is stopped.
    bindings: dict[str, Sequence[dict[str, str]] | None] = raw["HostConfig"].get("PortBindings") or {}
    ports = {
        int(binding["HostPort"]): int(inside.split("/")[0])
        for inside, published in bindings.items()
        for binding in published or ()
        if binding.get("HostPort")
    }
    return Container(name, bool(raw["State"]["Running"]), raw["Config"]["Image"], ports)
