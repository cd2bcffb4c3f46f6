"""Holds dashboards against what Grafana's own libraries know: Grafana itself says nothing about a unit it does not know."""
