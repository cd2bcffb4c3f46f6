"""Whatever is broken, the page stays up and the panel says what Grafana would."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from .conftest import Look, windows
from .eyes import open_board, picture

SAID = {
    "Unknown data source": ("note-error", "Datasource nowhere was not found"),
    "Query that does not parse": ("note-error", "parse error: unclosed left parenthesis"),
    "Unknown panel type": ("note-undrawable", "Panel plugin not found: shiny-donut-panel"),
    "A type that is not drawn here": ("note-undrawable", "This stand-in can't draw panels of type “piechart”"),
    "Never answers": ("note-error", "context deadline exceeded"),
    "Refused": ("note-error", "connection refused"),
    "Nothing there": ("note-no-data", "No data"),
    "Says what nothing means": ("note-no-data", "no errors"),
}


@pytest.fixture(scope="module")
def broken(browser: Browser, site: str) -> Iterator[Page]:
    with windows(browser, site) as look:
        watched = look()
        open_board(watched.page, site, "broken")
        assert watched.complaints == []
        yield watched.page


def test_each_broken_panel_says_why(broken: Page) -> None:
    for title, (kind, words) in SAID.items():
        panel = broken.locator(f"[data-testid=panel][aria-label='{title}']")
        assert words in panel.get_by_test_id(kind).inner_text(), title
    picture(broken, "broken")


def test_what_works_beside_them_is_drawn(broken: Page) -> None:
    for title in ("Works", "One query of two is wrong"):
        assert broken.locator(f"[data-testid=panel][aria-label='{title}'] .uplot").count() == 1, title
    half = broken.locator("[data-testid=panel][aria-label='One query of two is wrong']")
    assert half.get_attribute("data-state") == "error"


def test_a_variable_that_can_not_load_says_so(broken: Page) -> None:
    broken.get_by_test_id("var-lost-error").hover()
    assert "Datasource nowhere was not found" in broken.get_by_role("tooltip").inner_text()


def test_a_server_that_goes_away_is_said_and_seen_to_come_back(look: Look, site: str) -> None:
    page = look().page
    open_board(page, site, "kinds")
    page.route("**/api/ds/query", lambda route: route.abort())
    page.get_by_test_id("data-testid RefreshPicker run button").click()
    page.wait_for_selector("[data-panel-id='5'][data-state=error]")
    assert "fetch" in page.locator("[data-panel-id='5']").get_by_test_id("note-error").inner_text().lower()
    page.unroute("**/api/ds/query")
    page.get_by_test_id("data-testid RefreshPicker run button").click()
    page.wait_for_selector("[data-panel-id='5'][data-state=done] .uplot")
