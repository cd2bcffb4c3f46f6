"""What the customers saw. Names of their own: these are not requests that anything served."""

from prometheus_client import Counter, Gauge, Histogram

from saga.load.settings import DEFAULT_MIX

REQUESTS = Counter("load_requests_total", "Requests sent, by service and status; `none` got no answer.", ("service", "status"))
SECONDS = Histogram("load_request_duration_seconds", "Seconds until a request's answer, as the customer saw it.", ("service",))
JOURNEYS = Counter(
    "load_journeys_total",
    "Journeys by how they ended: as expected, otherwise (surprised), for want of an answer (failed), or turned away (dropped).",
    ("journey", "result"),
)
IN_PROGRESS = Gauge("load_journeys_in_progress", "Journeys under way.")

RESULTS = ("expected", "surprised", "failed", "dropped")
for _journey in DEFAULT_MIX:
    for _result in RESULTS:
        JOURNEYS.labels(_journey, _result)
