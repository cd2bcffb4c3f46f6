"""One visit to one listener, as a client pays it: connect, TLS, versions, SASL, metadata."""

from __future__ import annotations

from dataclasses import dataclass

from obsdeploy.kafka import wire
from obsdeploy.kafka.access import Access, Sasl, Tls
from obsdeploy.kafka.channel import Channel, Dial, Stuck
from obsdeploy.kafka.scram import HASHES, Refused, Scram
from obsdeploy.kafka.trouble import Trouble
from obsdeploy.kafka.wire import Api, Broker, Malformed, Reader

_ILLEGAL_SASL_STATE = 34
_NUMBER = 4  # bytes


@dataclass(frozen=True)
class Visited:
    """How a visit to `host:port` went: the brokers that the cluster names, or the trouble and what was said."""

    address: str
    trouble: Trouble | None = None
    said: str = ""
    brokers: tuple[Broker, ...] = ()


async def visit(dial: Dial, address: str, access: Access, *, seconds: float = 8.0) -> Visited:
    """Go as far as the listener at `host:port` lets a client with this access."""
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    pipe = await dial(host, int(port))
    try:
        brokers = await _converse(Channel(pipe, seconds), host, access)
    except Stuck as stuck:
        return Visited(address, stuck.trouble, stuck.said)
    except Malformed as error:
        return Visited(address, Trouble.NOT_KAFKA, str(error))
    finally:
        await pipe.close()
    return Visited(address, brokers=tuple(brokers))


async def _converse(channel: Channel, host: str, access: Access) -> list[Broker]:
    if access.tls is not None:
        await channel.start_tls(access.tls.context(), access.tls.server_name or host)
    await _versions(channel, access.tls)
    if access.sasl is not None:
        await _log_in(channel, access.sasl)
    # A listener that wants SASL answers the question for versions, and then closes on anything but a log-in.
    closed = Trouble.CLOSED if access.sasl else Trouble.SASL_WANTED
    answer = await _call(channel, Api.METADATA, wire.NO_TOPICS, closed)
    return wire.read_brokers(answer)


async def _versions(channel: Channel, tls: Tls | None) -> None:
    """Ask for the versions that the broker knows: the one question that it answers to anybody."""
    closed = Trouble.CLOSED
    if tls is None:
        # A TLS listener that hears plain bytes says an alert, or nothing at all.
        closed = Trouble.TLS_WANTED
    elif not tls.cert:
        # In TLS 1.3 the lack of a client's certificate shows after the handshake, and not every server says so.
        closed = Trouble.TLS_CLIENT
    answer = await _call(channel, Api.API_VERSIONS, b"", closed)
    answer.number("h")
    known = {answer.number("h"): (answer.number("h"), answer.number("h")) for _ in range(answer.count())}
    if Api.METADATA not in known:
        raise Malformed("it names no versions of the metadata call")


async def _log_in(channel: Channel, sasl: Sasl) -> None:
    answer = await _call(channel, Api.SASL_HANDSHAKE, wire.text(sasl.mechanism), Trouble.CLOSED)
    code, offered = answer.number("h"), [answer.text() for _ in range(answer.count())]
    if code == _ILLEGAL_SASL_STATE:
        raise Stuck(Trouble.SASL_UNWANTED)
    if code:
        raise Stuck(Trouble.SASL_MECHANISM, f"it offers {', '.join(offered) or 'none'}")
    if sasl.mechanism not in HASHES:
        await _authenticate(channel, f"\0{sasl.username}\0{sasl.password}".encode())
        return
    scram = Scram(sasl.mechanism, sasl.username, sasl.password)
    try:
        challenge = await _authenticate(channel, scram.first())
        scram.check(await _authenticate(channel, scram.final(challenge)))
    except Refused as refused:
        raise Stuck(Trouble.SASL_CREDENTIALS, str(refused)) from refused


async def _authenticate(channel: Channel, message: bytes) -> bytes:
    answer = await _call(channel, Api.SASL_AUTHENTICATE, wire.blob(message), Trouble.SASL_CREDENTIALS)
    code, said = answer.number("h"), answer.text()
    if code:
        raise Stuck(Trouble.SASL_CREDENTIALS, said)
    return answer.blob()


async def _call(channel: Channel, api: Api, body: bytes, on_end: Trouble) -> Reader:
    await channel.send(wire.request(api, api, body))
    size = Reader(await channel.receive(_NUMBER, on_end)).number("i")
    if not _NUMBER <= size <= wire.LARGEST_ANSWER:
        raise Malformed("its answer is none of Kafka's")
    answer = Reader(await channel.receive(size))
    if answer.number("i") != api:
        raise Malformed("its answer is to another question")
    return answer
