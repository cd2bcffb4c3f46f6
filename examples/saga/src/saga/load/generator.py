"""Sends customers to the shop at a given rate whether it keeps up or not, and suppliers so that it never sells out."""

import asyncio
import logging
import random
import signal
from collections.abc import Iterator, Mapping
from uuid import uuid4

import httpx
import prometheus_client

from saga.catalog import CATALOG
from saga.config import service_urls
from saga.load import metrics
from saga.load.journeys import JOURNEYS, Surprise
from saga.load.settings import LoadSettings
from saga.load.shop import Shop

_SUPPLY_SECONDS = 5
_READY_PAUSE = 0.5
_FURTHEST_BEHIND = 5.0  # seconds; a process that was held up longer does not make up for it in one burst

log = logging.getLogger(__name__)


def run(settings: LoadSettings) -> None:
    """Load the shop until SIGTERM or SIGINT."""
    prometheus_client.start_http_server(settings.metrics_port, settings.host)
    asyncio.run(_until_stopped(settings))


def rounds(counts: Mapping[str, int]) -> Iterator[str]:
    """Names of journeys for ever: each round holds each as often as its count says, in an order of chance."""
    deck = [name for name, count in counts.items() for _ in range(count)]
    while True:
        random.shuffle(deck)
        yield from deck


def journeys_per_second(settings: LoadSettings) -> float:
    """The rate of arrivals that gives the wanted rate of requests."""
    counts = settings.round
    requests = sum(JOURNEYS[name].requests * count for name, count in counts.items())
    return settings.rate * sum(counts.values()) / requests


async def _until_stopped(settings: LoadSettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with httpx.AsyncClient(timeout=settings.request_timeout, trust_env=False) as client:
        shop = Shop(client, service_urls())
        loading = asyncio.create_task(_load(shop, client, settings))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((loading, stopping), return_when=asyncio.FIRST_COMPLETED)
        if loading.done():
            loading.result()  # it never ends by itself: raises what ended it
        loading.cancel()
        await asyncio.gather(loading, return_exceptions=True)


async def _load(shop: Shop, client: httpx.AsyncClient, settings: LoadSettings) -> None:
    await _shop_opens(client)
    log.info("the shop is open: %g requests/s", settings.rate)
    async with asyncio.TaskGroup() as crowd:
        crowd.create_task(_supply(shop, settings.rate))
        await _arrivals(crowd, shop, settings)


async def _shop_opens(client: httpx.AsyncClient) -> None:
    urls = service_urls()
    for service in urls:
        while True:
            try:
                if (await client.get(f"{urls[service]}/readyz")).is_success:
                    break
            except httpx.HTTPError:
                log.debug("%s is not there yet", service)
            await asyncio.sleep(_READY_PAUSE)


async def _arrivals(crowd: asyncio.TaskGroup, shop: Shop, settings: LoadSettings) -> None:
    loop = asyncio.get_running_loop()
    rate = journeys_per_second(settings)
    under_way: set[asyncio.Task[None]] = set()
    due = loop.time()
    for name in rounds(settings.round):
        due = max(due + random.expovariate(rate), loop.time() - _FURTHEST_BEHIND)
        await asyncio.sleep(due - loop.time())
        if len(under_way) >= settings.most_at_once:
            metrics.JOURNEYS.labels(name, "dropped").inc()
            continue
        task = crowd.create_task(_walk(name, shop, settings.think_time))
        under_way.add(task)
        task.add_done_callback(under_way.discard)


async def _walk(name: str, shop: Shop, think_time: float) -> None:
    with metrics.IN_PROGRESS.track_inprogress():
        try:
            await JOURNEYS[name].walk(shop, think_time)
            result = "expected"
        except Surprise as surprise:
            result = "surprised"
            log.warning("%s: %s", name, surprise)
        except httpx.HTTPError as error:
            result = "failed"
            log.warning("%s: %s %s", name, type(error).__name__, error)
    metrics.JOURNEYS.labels(name, result).inc()


async def _supply(shop: Shop, rate: float) -> None:
    """Bring every article that has fallen below its opening stock above it again, by more at a high rate."""
    while True:
        try:
            levels = (await shop.call("inventory", "GET", "/stock")).json()
            for sku, article in CATALOG.items():
                if levels[sku] < article.stock:
                    delivery = {"sku": sku, "quantity": article.stock - levels[sku] + int(10 * rate) + 1}
                    await shop.call("inventory", "PUT", f"/deliveries/{uuid4().hex}", body=delivery)
        except (httpx.HTTPError, ValueError, KeyError) as error:
            log.warning("no delivery: %s", error)
        await asyncio.sleep(_SUPPLY_SECONDS)
