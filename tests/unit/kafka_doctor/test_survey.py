"""Each way in which a client fails to reach Kafka is told apart, on real sockets, with its fix."""

import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest
import trustme

from obsdeploy.kafka.access import Access, Sasl, Tls
from obsdeploy.kafka.survey import Survey, fix, meaning, survey
from obsdeploy.kafka.trouble import FIX, MEANING, Trouble, of_complaint
from tests.standin import free_port
from tests.unit.kafka_doctor.broker import METADATA, MiniBroker
from tests.unit.kafka_doctor.sockets import dial

USERS = {"obs": "right", "o=b,s": "right"}
PLAIN = Sasl("PLAIN", "obs", "right")


async def met(broker: MiniBroker | str, access: Access | None = None, seconds: float = 5) -> Survey:
    address = broker if isinstance(broker, str) else broker.address
    return await survey(dial, (address,), access or Access(), seconds=seconds)


async def trouble(broker: MiniBroker | str, access: Access | None = None, seconds: float = 5) -> tuple[Trouble | None, str]:
    (found,) = (await met(broker, access, seconds)).bootstrap
    return found.trouble, found.said


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def certificates(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture
async def secure(certificates: ssl.SSLContext) -> AsyncIterator[MiniBroker]:
    async with MiniBroker(tls=certificates).running() as broker:
        yield broker


def trusting(authority: trustme.CA, **more: Any) -> Access:
    return Access(tls=Tls(ca=authority.cert_pem.bytes().decode(), **more))


async def test_a_plain_listener_that_advertises_itself_is_well() -> None:
    async with MiniBroker().running() as broker:
        found = await met(broker)
        assert found.well
        assert [(one.id, visited.trouble) for one, visited in found.advertised] == [(1, None)]
        assert broker.asked.count(METADATA) == 1, "a broker that is bootstrap address too is asked once"


async def test_nobody_listens() -> None:
    assert (await trouble(f"localhost:{free_port()}"))[0] is Trouble.REFUSED


async def test_a_name_that_does_not_resolve() -> None:
    assert (await trouble("kafka.nowhere.invalid:9092"))[0] is Trouble.UNRESOLVED


async def test_a_broker_that_hangs_is_not_waited_for_longer_than_asked() -> None:
    async with MiniBroker(silent=True).running() as broker:
        assert (await trouble(broker, seconds=0.2))[0] is Trouble.SILENT


@pytest.mark.parametrize("greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 mail ready\r\n", b"\0\0\0\5wrong"])
async def test_something_else_listens(greeting: bytes) -> None:
    async with MiniBroker(greeting=greeting).running() as broker:
        assert (await trouble(broker))[0] is Trouble.NOT_KAFKA


async def test_advertised_address_that_does_not_resolve() -> None:
    async with MiniBroker(advertised=[(4, "kafka.nowhere.invalid", 9092)]).running() as broker:
        found = await met(broker)
    assert not found.well
    assert found.bootstrap[0].trouble is None
    ((lost, visited),) = found.advertised
    assert (lost.address, visited.trouble) == ("kafka.nowhere.invalid:9092", Trouble.UNRESOLVED)
    assert "advertised.listeners" in fix(visited, advertised=True)
    assert "advertised.listeners" not in fix(visited, advertised=False)


async def test_only_the_broker_that_advertises_wrongly_is_blamed() -> None:
    async with MiniBroker().running() as good, MiniBroker().running() as bootstrap:
        bootstrap.advertised = [(2, "localhost", free_port()), (1, "localhost", good.port)]
        found = await met(bootstrap)
    assert [(one.id, visited.trouble) for one, visited in found.advertised] == [(1, None), (2, Trouble.REFUSED)]


async def test_one_answering_bootstrap_address_is_enough() -> None:
    async with MiniBroker().running() as broker:
        found = await survey(dial, (f"localhost:{free_port()}", broker.address), Access(), seconds=5)
    assert found.well


async def test_a_cluster_that_names_no_broker_is_not_well() -> None:
    async with MiniBroker(advertised=[]).running() as broker:
        found = await met(broker)
    assert (found.bootstrap[0].trouble, found.well) == (None, False)


async def test_tls_is_wanted_and_not_spoken(secure: MiniBroker) -> None:
    assert (await trouble(secure))[0] is Trouble.TLS_WANTED


async def test_tls_is_spoken_and_not_understood(authority: trustme.CA) -> None:
    async with MiniBroker().running() as broker:
        assert (await trouble(broker, trusting(authority)))[0] is Trouble.TLS_UNSPOKEN


async def test_tls_with_the_right_authority(secure: MiniBroker, authority: trustme.CA) -> None:
    assert (await met(secure, trusting(authority))).well


async def test_tls_with_another_authority(secure: MiniBroker) -> None:
    assert (await trouble(secure, trusting(trustme.CA())))[0] is Trouble.TLS_UNTRUSTED


async def test_tls_for_another_name(secure: MiniBroker, authority: trustme.CA) -> None:
    found, said = await trouble(secure, trusting(authority, server_name="kafka.shop"))
    assert found is Trouble.TLS_NAME
    assert "kafka.shop" in said


async def test_tls_unverified_takes_any_certificate(secure: MiniBroker) -> None:
    assert (await met(secure, Access(tls=Tls(verify=False)))).well


async def test_a_client_certificate_is_wanted(authority: trustme.CA) -> None:
    wanting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(wanting)
    authority.configure_trust(wanting)
    wanting.verify_mode = ssl.CERT_REQUIRED
    mine = authority.issue_cert("obs.example")
    async with MiniBroker(tls=wanting).running() as broker:
        assert (await trouble(broker, trusting(authority)))[0] is Trouble.TLS_CLIENT
        chain = "".join(pem.bytes().decode() for pem in mine.cert_chain_pems)
        assert (await met(broker, trusting(authority, cert=chain, key=mine.private_key_pem.bytes().decode()))).well


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
@pytest.mark.parametrize("user", USERS)
async def test_the_right_password_gets_in(mechanism: str, user: str) -> None:
    async with MiniBroker(users=USERS).running() as broker:
        assert (await met(broker, Access(sasl=Sasl(mechanism, user, "right")))).well


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
@pytest.mark.parametrize("user", ["obs", "nobody"])
async def test_a_wrong_password_or_user_is_told_with_the_brokers_words(mechanism: str, user: str) -> None:
    async with MiniBroker(users=USERS).running() as broker:
        assert await trouble(broker, Access(sasl=Sasl(mechanism, user, "wrong"))) == (
            Trouble.SASL_CREDENTIALS,
            "Authentication failed",
        )


async def test_sasl_is_wanted_and_not_configured() -> None:
    async with MiniBroker(users=USERS).running() as broker:
        assert (await trouble(broker))[0] is Trouble.SASL_WANTED


async def test_sasl_is_configured_and_not_wanted() -> None:
    async with MiniBroker().running() as broker:
        assert (await trouble(broker, Access(sasl=PLAIN)))[0] is Trouble.SASL_UNWANTED


async def test_another_mechanism_is_offered() -> None:
    async with MiniBroker(users=USERS, mechanisms=("SCRAM-SHA-512",)).running() as broker:
        assert await trouble(broker, Access(sasl=PLAIN)) == (Trouble.SASL_MECHANISM, "it offers SCRAM-SHA-512")


async def test_sasl_inside_tls(certificates: ssl.SSLContext, authority: trustme.CA) -> None:
    tls = trusting(authority).tls
    async with MiniBroker(tls=certificates, users=USERS).running() as broker:
        assert (await met(broker, Access(tls, Sasl("SCRAM-SHA-512", "obs", "right")))).well
        assert (await trouble(broker, Access(tls)))[0] is Trouble.SASL_WANTED
        assert (await trouble(broker, Access(sasl=PLAIN)))[0] is Trouble.TLS_WANTED


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("nc: bad address 'kafka.shop.svc'", Trouble.UNRESOLVED),
        ('nc: getaddrinfo for host "kafka" port 9092: Name or service not known', Trouble.UNRESOLVED),
        ("nc: can't connect to remote host (10.0.0.7): Connection refused", Trouble.REFUSED),
        ("nc: 10.0.0.7 (10.0.0.7:9092): Connection refused", Trouble.REFUSED),
        ("nc: can't connect to remote host (10.0.0.7): Connection timed out", Trouble.SILENT),
        ("nc: timed out", Trouble.SILENT),
        ("nc: can't connect to remote host (10.0.0.7): No route to host", Trouble.UNREACHABLE),
        ("kafka.shop.svc (10.0.0.7:9092) open", None),
        ("", None),
    ],
)
def test_whichever_nc_complains_is_understood(said: str, expected: Trouble | None) -> None:
    assert of_complaint(said) is expected


def test_every_trouble_has_a_meaning_and_a_fix() -> None:
    assert set(MEANING) == set(FIX) == set(Trouble)


async def test_no_password_is_ever_shown() -> None:
    async with MiniBroker(users=USERS).running() as broker:
        access = Access(sasl=Sasl("PLAIN", "obs", "hunter2"))
        found = await met(broker, access)
    assert "hunter2" not in f"{found} {access} {meaning(found.bootstrap[0])}"
