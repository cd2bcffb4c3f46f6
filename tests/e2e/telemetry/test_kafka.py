"""Kafka on the live demo: events flow and are seen, and the doctor reaches the broker. Faults: test_breaks.py."""

from __future__ import annotations

from tests.e2e.breaking import findings, verify
from tests.e2e.brokers import doctor
from tests.e2e.machine import Machine


def test_events_flow_and_every_panel_shows_them(everything: Machine) -> None:
    checks = verify(everything, "--wait", "1m", "--only", "exporters", "--only", "prometheus", "--only", "panels.obs-kafka")
    assert {one["id"]: one["summary"] for one in checks.values() if one["status"] == "failed"} == {}
    assert checks["exporters.kafka"]["summary"] == "1 broker answers; 2 topics"
    assert checks["panels.obs-kafka"]["status"] == "passed"


def test_the_doctor_reaches_the_broker_from_the_exporters_place(everything: Machine) -> None:
    check = doctor(everything)
    assert (check["status"], check["summary"]) == ("passed", "1 broker answers where the exporter runs")
    assert findings(check, "passed") == {
        "bootstrap kafka.saga-demo.svc:9092": "answers",
        "broker 1, which advertises kafka.saga-demo.svc:9092": "answers",
    }
