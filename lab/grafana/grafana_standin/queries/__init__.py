"""Panels' queries: from Grafana's query objects, through data sources, to data frames."""
