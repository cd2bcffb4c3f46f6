"""The shop's own headers. A module of its own so that the load generator need not import a web framework."""

REQUEST_ID = "x-request-id"
SAGA_ID = "x-saga-id"
FAULT = "x-fault"  # `payment=slow,shipping=unavailable`: what goes wrong, and where (see faults.py)
ATTEMPT = "x-attempt"  # counts the coordinator's calls of one step from 1
