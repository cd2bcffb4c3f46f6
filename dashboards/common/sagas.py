"""Queries over the demo shop's sagas in the selected namespaces."""

from dashboards.common.query import rate
from dashboards.common.sources import SAGA_COMPENSATIONS, SAGA_DURATION_BUCKETS, SAGAS_FINISHED, SAGAS_STARTED

_NAMESPACE = 'namespace=~"$namespace"'
_FINISHED = rate(f"{SAGAS_FINISHED}{{{_NAMESPACE}}}")
_COMPLETED = rate(f'{SAGAS_FINISHED}{{{_NAMESPACE},outcome="completed"}}')

FINISHED_PER_MINUTE = f"sum({_FINISHED}) * 60"
STARTED_PER_MINUTE = f"sum({rate(f'{SAGAS_STARTED}{{{_NAMESPACE}}}')}) * 60"
FINISHED_BY_OUTCOME = f"sum by (outcome) ({_FINISHED}) * 60"
SUCCESS = f"sum({_COMPLETED}) / (sum({_FINISHED}) > 0)"
COMPENSATIONS_BY_STEP = f"sum by (step) ({rate(f'{SAGA_COMPENSATIONS}{{{_NAMESPACE}}}')}) * 60"
DURATION_BUCKETS = f"sum by (le) ({rate(f'{SAGA_DURATION_BUCKETS}{{{_NAMESPACE}}}')})"
