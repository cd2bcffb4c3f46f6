"""Dashboards, recording rules and panel expectations as code; `python -m dashboards` writes them into the chart."""
