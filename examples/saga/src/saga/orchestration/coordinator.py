"""Drives sagas: decide, store, act; so that whoever comes after a crash can go on from what was stored."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.exceptions import RedisError

from saga.config import Config
from saga.logs import request_id, saga_id
from saga.orchestration import metrics
from saga.orchestration.model import Outcome, Phase, Saga
from saga.orchestration.participants import Participants, Reply, Verdict
from saga.orchestration.steps import BY_NAME, STEPS
from saga.orchestration.store import Overtaken, SagaStore

_ATTEMPTS = 3
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
_SWEEP_SECONDS = 5.0

log = logging.getLogger(__name__)


class Coordinator:
    """Drives each of its sagas in a task of its own. Several coordinators may share a store: see `Overtaken`."""

    def __init__(self, store: SagaStore, participants: Participants, config: Config) -> None:
        self._store = store
        self._participants = participants
        self._config = config
        self._tasks: dict[str, asyncio.Task[None]] = {}
        metrics.IN_PROGRESS.set_function(lambda: len(self._tasks))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take over what is unfinished, at once and whenever a saga is found abandoned. At the end sagas are left as stored."""
        sweeper = asyncio.create_task(self._sweep())
        try:
            yield
        finally:
            tasks = [sweeper, *self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def begin(self, saga: Saga) -> bool:
        """Store a new saga and drive it; False if there is one of that id, which is left as it is."""
        if not await self._store.create(saga, time.time()):
            return False
        metrics.STARTED.inc()
        self._drive(saga)
        return True

    async def adopt(self, untouched_for: float) -> None:
        """Take over the unfinished sagas that nobody has moved for so many seconds."""
        for open_id in await self._store.open_since(time.time() - untouched_for):
            if open_id in self._tasks:
                continue
            saga = await self._store.load(open_id)
            if saga is None or saga.phase is Phase.FINISHED:
                await self._store.forget(open_id)
                continue
            try:
                claimed = await self._store.save(saga, time.time())
            except Overtaken:
                continue
            metrics.RESUMED.inc()
            log.info("resuming", extra={"fields": {"saga_id": open_id, "phase": saga.phase}})
            self._drive(claimed)

    async def _sweep(self) -> None:
        untouched_for = 0.0
        while True:
            try:
                await self.adopt(untouched_for)
                untouched_for = self._config.adopt_after
            except RedisError as error:
                log.warning("can't look for unfinished sagas: %s", error)
            await asyncio.sleep(_SWEEP_SECONDS if untouched_for else _FIRST_PAUSE)

    def _drive(self, saga: Saga) -> None:
        if saga.id in self._tasks:
            return
        task = asyncio.create_task(self._to_its_end(saga), name=saga.id)
        self._tasks[saga.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(saga.id))

    async def _to_its_end(self, saga: Saga) -> None:
        saga_id.set(saga.id)
        request_id.set(saga.request_id)
        try:
            while saga.phase is not Phase.FINISHED:
                moved = await (self._forward(saga) if saga.phase is Phase.FORWARD else self._back(saga))
                saga = await self._store.save(moved, time.time())
        except Overtaken:
            log.info("another coordinator has taken this saga over")
        except RedisError as error:
            log.warning("left for later, its state can't be stored: %s", error)
        except Exception:
            log.exception("left for later")
        else:
            _record_end(saga)

    async def _forward(self, saga: Saga) -> Saga:
        step = STEPS[saga.next_step]
        doubtful = step.name if step.undo_path else None
        if time.time() - saga.started_at > self._config.saga_deadline:
            return saga.turned_back("the deadline has passed", doubtful=doubtful)
        reply = Reply(Verdict.UNCLEAR)
        for attempt in range(1, _ATTEMPTS + 1):
            reply = await self._participants.do(step, saga, attempt)
            if reply.verdict is not Verdict.UNCLEAR:
                break
            log.warning("%s: attempt %d failed: %s", step.name, attempt, reply.reason)
            if attempt < _ATTEMPTS:
                await _pause(attempt)
        if reply.verdict is Verdict.DONE:
            return saga.stepped(step.name, last=step is STEPS[-1])
        return saga.turned_back(reply.reason, doubtful=doubtful)

    async def _back(self, saga: Saga) -> Saga:
        step = BY_NAME[saga.to_undo[-1]]
        give_up = time.monotonic() + self._config.compensation_deadline
        attempt = 1
        while (reply := await self._participants.undo(step, saga, attempt)).verdict is Verdict.UNCLEAR:
            if time.monotonic() > give_up:
                break
            log.warning("undoing %s: attempt %d failed: %s", step.name, attempt, reply.reason)
            await _pause(attempt)
            attempt += 1
        if reply.verdict is not Verdict.DONE:
            log.error("%s can't be undone: %s", step.name, reply.reason)
        elif reply.effect != "nothing":
            metrics.COMPENSATIONS.labels(step.name).inc()
        return saga.undone(success=reply.verdict is Verdict.DONE)


async def _pause(attempt: int) -> None:
    await asyncio.sleep(min(_FIRST_PAUSE * 2 ** min(attempt - 1, 10), _LONGEST_PAUSE) * random.uniform(0.8, 1.2))


def _record_end(saga: Saga) -> None:
    outcome = saga.outcome or Outcome.FAILED
    seconds = max(0.0, time.time() - saga.started_at)
    metrics.FINISHED.labels(outcome.value).inc()
    metrics.DURATION.labels(outcome.value).observe(seconds)
    level = logging.ERROR if outcome is Outcome.FAILED else logging.INFO
    fields = {"outcome": outcome, "seconds": round(seconds, 3), "reason": saga.reason, "not_undone": saga.not_undone}
    log.log(level, "saga %s", outcome.value, extra={"fields": fields})
