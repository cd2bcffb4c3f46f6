"""The sagas as Prometheus sees them; every series is there from the start, at 0."""

from prometheus_client import Counter, Gauge, Histogram

from saga.orchestration.model import Outcome
from saga.orchestration.steps import STEPS

STARTED = Counter("saga_started_total", "Sagas started.")
RESUMED = Counter("saga_resumed_total", "Unfinished sagas taken over, as after a restart.")
FINISHED = Counter("saga_finished_total", "Sagas finished, by outcome.", ("outcome",))
COMPENSATIONS = Counter("saga_compensations_total", "Steps undone.", ("step",))
DURATION = Histogram(
    "saga_duration_seconds",
    "Seconds from a saga's start to its end, time without a coordinator included.",
    ("outcome",),
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
IN_PROGRESS = Gauge("saga_in_progress", "Sagas that this process is driving.")

for _outcome in Outcome:
    FINISHED.labels(_outcome.value)
    DURATION.labels(_outcome.value)
for _step in STEPS:
    if _step.undo_path:
        COMPENSATIONS.labels(_step.name)
