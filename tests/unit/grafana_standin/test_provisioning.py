"""Provisioning as Grafana does it: what loads, what is refused, what happens when a file changes."""

import pytest
import yaml

from tests.standin import StandIn, wait_for


def board(uid: str, title: str, **more: object) -> dict[str, object]:
    return {"uid": uid, "title": title, "panels": [], **more}


def titles(server: StandIn) -> list[str]:
    with server.client() as client:
        return [hit["title"] for hit in client.get("/api/search?type=dash-db").json()]


def test_broken_dashboards_are_logged_and_the_others_load(stand_in: StandIn) -> None:
    stand_in.write_dashboard("broken.json", '{"uid": "broken", "title": ')
    stand_in.write_dashboard("list.json", [1])
    stand_in.write_dashboard("nameless.json", {"uid": "nameless"})
    stand_in.write_dashboard("v2.json", {"title": "New schema", "elements": {}, "layout": {}})
    stand_in.write_dashboard("good.json", board("good", "Good"))
    stand_in.start()
    stand_in.wait()
    assert titles(stand_in) == ["Good"]
    reasons = {"broken": "Expecting value", "list": "object", "nameless": "title cannot be empty", "v2": "classic"}
    for name, why in reasons.items():
        line = next(line for line in stand_in.log.splitlines() if f"{name}.json" in line)
        assert "level=error" in line
        assert why in line


def test_a_changed_file_becomes_the_next_version_a_removed_one_goes(stand_in: StandIn) -> None:
    stand_in.write_dashboard("one.json", board("one", "First"))
    stand_in.write_dashboard("two.json", board("two", "Second"))
    stand_in.start()
    stand_in.wait()
    with stand_in.client() as client:
        assert client.get("/api/dashboards/uid/one").json()["meta"]["version"] == 1
        stand_in.write_dashboard("one.json", board("one", "First, better"))
        (stand_in.dashboards / "two.json").unlink()
        wait_for(lambda: titles(stand_in) == ["First, better"], "the provider to see the change", 5)
        found = client.get("/api/dashboards/uid/one").json()
        assert (found["meta"]["version"], found["dashboard"]["version"]) == (2, 2)
        stand_in.write_dashboard("one.json", "{")
        assert client.post("/api/admin/provisioning/dashboards/reload").json()["message"] == "Dashboards config reloaded"
        assert titles(stand_in) == ["First, better"]
        stand_in.stop()
        stand_in.write_dashboard("one.json", board("one", "First, better"))
        stand_in.start()
        stand_in.wait()
        assert client.get("/api/dashboards/uid/one").json()["meta"]["version"] == 2


def test_a_config_map_volume_loads_each_dashboard_once_and_follows_its_swap(stand_in: StandIn) -> None:
    for stamp, title in (("..2026_1", "Old"), ("..2026_2", "New")):
        (stand_in.dashboards / stamp).mkdir()
        stand_in.write_dashboard(f"{stamp}/a.json", board("a", title))
    current = stand_in.dashboards / "..data"
    current.symlink_to("..2026_1")
    (stand_in.dashboards / "a.json").symlink_to("..data/a.json")
    stand_in.start()
    stand_in.wait()
    assert titles(stand_in) == ["Old"]
    swapped = stand_in.dashboards / "..data_tmp"
    swapped.symlink_to("..2026_2")
    swapped.rename(current)
    wait_for(lambda: titles(stand_in) == ["New"], "the swapped volume", 5)


def test_a_uid_used_twice_keeps_the_first(stand_in: StandIn) -> None:
    stand_in.write_dashboard("a.json", board("same", "From a"))
    stand_in.write_dashboard("b.json", board("same", "From b"))
    stand_in.start()
    stand_in.wait()
    assert titles(stand_in) == ["From a"]
    assert "the same UID is used more than once" in stand_in.log


def test_folders(stand_in: StandIn) -> None:
    provider = {"name": "obs", "folder": "Shop", "folderUid": "shop", "options": {"path": str(stand_in.dashboards)}}
    (stand_in.home / "provisioning/dashboards/providers.yaml").write_text(yaml.safe_dump({"providers": [provider]}))
    stand_in.write_dashboard("a.json", board("a", "A"))
    stand_in.start()
    stand_in.wait()
    with stand_in.client() as client:
        found = [(hit["type"], hit["title"]) for hit in client.get("/api/search").json()]
        assert found == [("dash-folder", "Shop"), ("dash-db", "A")]
        assert client.get("/api/dashboards/uid/a").json()["meta"]["folderUid"] == "shop"
        assert [hit["title"] for hit in client.get("/api/search?folderUIDs=shop&type=dash-db").json()] == ["A"]


def test_expansion_and_default_uid(stand_in: StandIn) -> None:
    (stand_in.home / "token").write_text("s3cret\n")
    sources: list[dict[str, object]] = [
        {
            "name": "Prometheus",
            "type": "prometheus",
            "url": "http://${HOST}:$PORT/",
            "jsonData": {"httpHeaderName1": "X-Price", "timeInterval": "$__env{STEP}"},
            "secureJsonData": {"httpHeaderValue1": f"$__file{{{stand_in.home / 'token'}}} $$1"},
        }
    ]
    stand_in.provision(sources)
    stand_in.start(HOST="prometheus-server", PORT="80", STEP="15s")
    stand_in.wait()
    with stand_in.client() as client:
        found = client.get("/api/datasources/name/Prometheus").json()
    assert (found["uid"], found["url"]) == ("PBFA97CFB590B2093", "http://prometheus-server:80")
    assert found["jsonData"]["timeInterval"] == "15s"
    assert found["secureJsonFields"] == {"httpHeaderValue1": True}
    assert "s3cret" not in str(found)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("datasources: [", "datasources.yaml"),
        ("datasources:\n- {name: A, type: b, isDefault: true}\n- {name: B, type: b, isDefault: true}\n", "marked as default"),
        ("datasources:\n- {name: A}\n", "needs a name and a type"),
        ("datasources: 1\n", "must be a list"),
        ("datasources:\n- {name: A, type: loki, url: '$__file{/does/not/exist}'}\n", "No such file"),
    ],
)
def test_unusable_data_sources_stop_the_start(stand_in: StandIn, document: str, why: str) -> None:
    (stand_in.home / "provisioning/datasources/datasources.yaml").write_text(document)
    stand_in.start()
    assert stand_in.process is not None
    assert stand_in.process.wait(timeout=10) == 1
    assert why in stand_in.log
