"""All ways into a cluster from one place: the bootstrap addresses, and what the brokers behind them advertise."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from obsdeploy.kafka.access import Access
from obsdeploy.kafka.channel import Dial
from obsdeploy.kafka.trouble import FIX, MEANING, Trouble
from obsdeploy.kafka.visit import Visited, visit
from obsdeploy.kafka.wire import Broker

_AT_ONCE = 4


@dataclass(frozen=True)
class Survey:
    """What a client in that place meets. `advertised` holds each broker with the visit to the address that it names."""

    bootstrap: tuple[Visited, ...]
    advertised: tuple[tuple[Broker, Visited], ...]

    @property
    def well(self) -> bool:
        """Whether a client gets everywhere it needs to: to some bootstrap address, and to every broker."""
        answered = any(one.trouble is None for one in self.bootstrap)
        return answered and bool(self.advertised) and all(visited.trouble is None for _, visited in self.advertised)


async def survey(dial: Dial, addresses: tuple[str, ...], access: Access, *, seconds: float = 8.0) -> Survey:
    """Visit every bootstrap address and then every broker where it says that it is, a few at once."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def called(address: str) -> Visited:
        async with turns:
            return await visit(dial, address, access, seconds=seconds)

    bootstrap = tuple(await asyncio.gather(*(called(address) for address in addresses)))
    brokers = sorted({broker for one in bootstrap for broker in one.brokers}, key=lambda broker: broker.id)
    known = {one.address: one for one in bootstrap}
    visits = await asyncio.gather(*(_known(known.get(one.address)) or called(one.address) for one in brokers))
    return Survey(bootstrap, tuple(zip(brokers, visits, strict=True)))


def meaning(visited: Visited) -> str:
    """What came of a visit, in one sentence without its full stop."""
    if visited.trouble is None:
        return "answers"
    said = f" ({visited.said})" if visited.said else ""
    return f"{MEANING[visited.trouble]}{said}"


def fix(visited: Visited, *, advertised: bool) -> str:
    """What to do about it. Where a broker advertises what can't be reached, the broker is what has to change."""
    if visited.trouble is None:
        return ""
    if not advertised or visited.trouble not in _OF_THE_ADDRESS:
        return FIX[visited.trouble]
    return (
        "Set the broker's advertised.listeners to an address that resolves and connects from pods of this cluster, "
        "such as SERVICE.NAMESPACE.svc:PORT; clients elsewhere get a listener of their own."
    )


_OF_THE_ADDRESS = {Trouble.UNRESOLVED, Trouble.REFUSED, Trouble.SILENT, Trouble.UNREACHABLE, Trouble.NOT_KAFKA}


def _known(visited: Visited | None) -> asyncio.Future[Visited] | None:
    if visited is None:
        return None
    done: asyncio.Future[Visited] = asyncio.get_running_loop().create_future()
    done.set_result(visited)
    return done
