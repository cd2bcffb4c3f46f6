"""The dashboards of the live demo, seen: nothing empty or unreadable. Pictures are kept in artifacts/looks.

How quick the page is, `make bench` says.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.e2e.machine import ROOT
from tests.looks.browser import SIZES, chromium, new_context, sign_in, watch
from tests.looks.eyes import empty_panels, legend_problems, open_board, picture, resize, settle, text_problems, whole

FILES = ROOT / "charts" / "obs-stack" / "files"
OPTIONAL = {"loki": "loki", "opentelemetryCollector": "log-collector", "kafkaExporter": "kafka"}
"""Components that are off by default, by the job that scrapes them."""
EMPTY_MAY_BE = {"optional", "zero-ok", "traffic"}


@pytest.fixture(scope="module")
def grafana(request: pytest.FixtureRequest) -> str:
    """The live stand-in's address; OBSDEPLOY_LIVE_GRAFANA names another than that of this session's own cluster."""
    url: str = os.environ.get("OBSDEPLOY_LIVE_GRAFANA") or request.getfixturevalue("stack").grafana
    if "x-grafana-stand-in" not in httpx.get(f"{url}/api/health", trust_env=False).headers:
        pytest.skip("a real Grafana: its pages are its own affair")
    return url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def context(browser: Browser, grafana: str) -> Iterator[BrowserContext]:
    made = new_context(browser, "laptop")
    sign_in(made, grafana, "admin", "admin")
    yield made
    made.close()


def installed(grafana: str) -> list[str]:
    """The dashboards that this release brought, by uid."""
    answer = httpx.get(f"{grafana}/api/search", params={"type": "dash-db"}, auth=("admin", "admin"), trust_env=False)
    return [hit["uid"] for hit in answer.raise_for_status().json()]


def absent(grafana: str) -> set[str]:
    """The optional components that this release does without: nothing of theirs is scraped."""
    query = {"query": "count by (job) (up)"}
    url = f"{grafana}/api/datasources/proxy/uid/prometheus/api/v1/query"
    answer = httpx.get(url, params=query, auth=("admin", "admin"), trust_env=False).raise_for_status().json()
    jobs = {result["metric"]["job"] for result in answer["data"]["result"]}
    return {component for component, job in OPTIONAL.items() if job not in jobs}


def may_be_empty(uid: str, missing: set[str]) -> frozenset[str]:
    """Titles of panels that a healthy demo may leave without data."""
    expected = json.loads((FILES / "expectations.json").read_text()).get(uid, {})
    panels = json.loads((FILES / "dashboards" / f"{uid}.json").read_text())["panels"]
    wanted = {panel["title"]: expected.get(str(panel["id"]), {}) for panel in panels if panel["type"] != "row"}
    return frozenset(title for title, one in wanted.items() if one.get("expect") in EMPTY_MAY_BE or one.get("needs") in missing)


def test_every_dashboard_is_alive_and_readable(context: BrowserContext, grafana: str) -> None:
    uids = installed(grafana)
    assert "obs-saga" in uids
    missing = absent(grafana)
    problems = {}
    for uid in uids:
        watched = watch(context)
        open_board(watched.page, grafana, uid)
        found = []
        for size in SIZES:
            resize(watched.page, size)
            whole(watched.page)
            picture(watched.page, f"live-{uid}-{size}")
            seen = (*text_problems(watched.page), *legend_problems(watched.page))
            found += [f"{size}: {problem}" for problem in seen]
        found += [*watched.complaints, *empty_panels(watched.page, may_be_empty(uid, missing))]
        if found:
            problems[uid] = found
        watched.page.close()
    assert not problems, json.dumps(problems, indent=1, ensure_ascii=False)


def test_one_service_can_be_chosen_and_is_alone_then(context: BrowserContext, grafana: str) -> None:
    page = context.new_page()
    open_board(page, grafana, "obs-saga")
    page.get_by_test_id("var-service").locator("input").first.click()
    with page.expect_response("**/api/ds/query"):
        page.get_by_role("option", name="payment", exact=True).click()
    page.keyboard.press("Escape")
    settle(page)
    legend = page.locator("[data-testid=panel][aria-label='Request rate by service'] [data-testid=series-icon]")
    assert legend.count() == 1


def test_it_refreshes_by_itself_after_ten_seconds(context: BrowserContext, grafana: str) -> None:
    page = context.new_page()
    page.clock.install()
    open_board(page, grafana, "obs-saga")
    for _ in range(2):
        with page.expect_request("**/api/ds/query"):
            page.clock.fast_forward(10_000)
        settle(page)
