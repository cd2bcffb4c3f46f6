"""A stand-in for Grafana, for machines on which no Grafana can be had.

It speaks the part of Grafana's documented HTTP API that reading dashboards takes, and is configured, provisioned and
probed just as Grafana is, so that whatever works against it is wired as Grafana needs it. It is not Grafana: every
answer carries the header `X-Grafana-Stand-In`.
"""

VERSION = "13.2.0"
"""The Grafana version whose API is followed, and which the charts expect to see."""
