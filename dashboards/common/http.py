"""Queries over the recorded names of application metrics (docs/metrics.md), for the selected namespaces and services."""

from dashboards.common.query import Query, common_buckets, quantiles
from dashboards.middlewares import BUCKETS, ENDPOINT_BUCKETS, ENDPOINT_REQUESTS, ERRORS, REQUESTS

SELECTED = '{namespace=~"$namespace",service=~"$service"}'

REQUEST_RATE = f"sum({REQUESTS}{SELECTED})"
ERROR_RATIO = f"sum({ERRORS}{SELECTED}) / ({REQUEST_RATE} > 0)"
TARGETS_UP = f'sum(up{{job="applications",{SELECTED[1:-1]}}}) / count(up{{job="applications",{SELECTED[1:-1]}}})'
HISTOGRAM = common_buckets(f"{BUCKETS}{SELECTED}")
SLOWEST_P95 = f"max(histogram_quantile(0.95, {BUCKETS}{SELECTED}))"


def requests_by(*labels: str) -> str:
    """Request rate by labels of the endpoint's series."""
    return f"sum by ({', '.join(labels)}) ({ENDPOINT_REQUESTS}{SELECTED})"


def errors_by_service() -> str:
    """Share of 5xx by service; absent while a service has no requests."""
    return f"sum by (service) ({ERRORS}{SELECTED}) / (sum by (service) ({REQUESTS}{SELECTED}) > 0)"


def errors_by_endpoint() -> str:
    """Rate of 5xx by endpoint."""
    return f'sum by (service, method, endpoint) ({ENDPOINT_REQUESTS}{SELECTED[:-1]},status_class="5xx"}})'


def p95_by_service() -> str:
    """95th percentile by service, whatever its buckets."""
    return f"max by (service) (histogram_quantile(0.95, {BUCKETS}{SELECTED}))"


def p95_by_endpoint() -> str:
    """95th percentile by endpoint."""
    return f"histogram_quantile(0.95, sum by (service, method, endpoint, le) ({ENDPOINT_BUCKETS}{SELECTED}))"


def percentiles() -> list[Query]:
    """p50 to p99 over all selected services."""
    return quantiles(HISTOGRAM)
