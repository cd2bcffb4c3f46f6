"""An independent client of Grafana's API, grafana-client, takes the stand-in for a Grafana."""

from typing import Any

import pytest
from grafana_client.api import GrafanaApi
from grafana_client.client import GrafanaClientError, GrafanaUnauthorizedError
from grafana_client.model import DatasourceIdentifier

from tests.standin import PASSWORD, StandIn

from .conftest import ONE_BOARD


def connect(server: StandIn, password: str = PASSWORD) -> Any:
    return GrafanaApi.from_url(url=server.url, credential=("admin", password))


def test_version_organization_and_user(live: StandIn) -> None:
    grafana = connect(live)
    grafana.connect()
    assert grafana.version == "13.2.0"
    assert grafana.health.check()["version"] == "13.2.0"
    assert grafana.organization.get_current_organization()["name"] == "Main Org."
    assert grafana.user.get_actual_user()["login"] == "admin"


def test_data_sources_and_their_health(live: StandIn) -> None:
    grafana = connect(live)
    assert [source["uid"] for source in grafana.datasource.list_datasources()] == ["away", "by-get", "prometheus", "tempo"]
    assert grafana.datasource.get_datasource_by_uid("prometheus")["isDefault"] is True
    assert grafana.datasource.health("prometheus")["message"] == "Successfully queried the Prometheus API."
    with pytest.raises(GrafanaClientError, match=r"refused|connection attempts failed"):
        grafana.datasource.health("away")
    with pytest.raises(GrafanaClientError, match="Data source not found"):
        grafana.datasource.get_datasource_by_uid("nowhere")


def test_health_inquiry_and_smart_query(live: StandIn) -> None:
    grafana = connect(live)
    inquiry = grafana.datasource.health_inquiry("prometheus")
    assert inquiry.success, inquiry.message
    result = grafana.datasource.smartquery(DatasourceIdentifier(uid="prometheus"), "vector(7)")
    assert result["results"]["test"]["frames"][0]["data"]["values"][1][0] == 7


def test_dashboards(live: StandIn) -> None:
    grafana = connect(live)
    assert [hit["title"] for hit in grafana.search.search_dashboards(query="one")] == ["One board"]
    assert grafana.search.search_dashboards(tag="nothing") == []
    found = grafana.dashboard.get_dashboard("obs-one")
    assert found["dashboard"]["uid"] == "obs-one"
    assert found["meta"]["provisioned"] is True
    assert found["meta"]["url"] == "/d/obs-one/one-board"
    with pytest.raises(GrafanaClientError, match="Dashboard not found"):
        grafana.dashboard.get_dashboard("nowhere")
    with pytest.raises(GrafanaClientError, match="Cannot save provisioned dashboard"):
        grafana.dashboard.update_dashboard({"dashboard": ONE_BOARD})


def test_wrong_password(live: StandIn) -> None:
    with pytest.raises(GrafanaUnauthorizedError):
        connect(live, "not-it").organization.get_current_organization()
