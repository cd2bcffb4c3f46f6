"""Links between dashboards: they keep time range and variables."""

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import DashboardLink, DashboardLinkType

TITLES = {
    "obs-saga": "E-commerce saga",
    "obs-service": "Service detail",
    "obs-logs": "Logs",
    "obs-redis": "Redis",
    "obs-kafka": "Kafka",
    "obs-node": "Nodes",
    "obs-stack": "The stack itself",
}

# On a series with a label `service`: that service's own dashboard.
DETAIL_LINK = {
    "title": "Details of ${__field.labels.service}",
    "url": "/d/obs-service?${datasource:queryparam}&${namespace:queryparam}"
    "&var-service=${__field.labels.service}&${__url_time_range}",
}

# The lines of that service, or of the services that are chosen, at the same time.
_LOGS = "/d/obs-logs?${datasource:queryparam}&${namespace:queryparam}"
LOGS_LINK = {
    "title": "Logs of ${__field.labels.service}",
    "url": f"{_LOGS}&var-service=${{__field.labels.service}}&${{__url_time_range}}",
}
CHOSEN_LOGS_LINK = {"title": "Logs of the chosen services", "url": f"{_LOGS}&${{service:queryparam}}&${{__url_time_range}}"}


def links(current: str) -> list[Builder[DashboardLink]]:
    """Return the links at the top of a dashboard: to every other one."""
    return [
        build.DashboardLink(title)
        .type(DashboardLinkType.LINK)
        .url(f"/d/{uid}")
        .icon("dashboard")
        .include_vars(True)
        .keep_time(True)
        for uid, title in TITLES.items()
        if uid != current
    ]
