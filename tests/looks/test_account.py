"""Signing in and out, the list, and the band that says what this is."""

from tests.standin import PASSWORD

from .conftest import Look
from .eyes import arrive


def test_a_wrong_password_is_said_and_the_right_one_leads_where_one_wanted(look: Look, site: str) -> None:
    page = look(signed_in=False).page
    page.goto(f"{site}/d/kinds?var-step=two")
    arrive(page, "/login?redirectTo=")
    page.get_by_label("Email or username").fill("admin")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    assert page.get_by_role("alert").inner_text().split("\n") == ["Login failed", "Invalid username or password"]
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    arrive(page, "var-step=two")
    page.get_by_role("link", name="Sign out").click()
    arrive(page, "/login")
    page.goto(f"{site}/dashboards")
    arrive(page, "/login?redirectTo=")


def test_signing_in_never_leads_to_another_server(look: Look, site: str) -> None:
    page = look(signed_in=False).page
    page.goto(f"{site}/login?redirectTo=//elsewhere.example/")
    page.get_by_label("Email or username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_selector("[data-testid=dashboards]")
    assert page.url.startswith(site)


def test_the_list_finds_dashboards_and_a_broken_file_is_not_among_them(look: Look, site: str) -> None:
    watched = look()
    page = watched.page
    page.goto(f"{site}/")
    titles = page.locator("[data-testid=dashboards] > li")
    titles.first.wait_for()
    shown = titles.all_inner_texts()
    assert any("E-commerce saga" in title for title in shown)
    assert not any("half" in title for title in shown)
    page.get_by_label("Search for dashboards").fill("every kind")
    assert [title.split("\n")[0] for title in titles.all_inner_texts()] == ["Every kind of panel"]
    titles.first.click()
    arrive(page, "/d/kinds")
    assert watched.complaints == []


def test_a_dashboard_that_could_not_be_loaded_says_so(look: Look, site: str) -> None:
    page = look().page
    page.goto(f"{site}/d/half")
    assert "Dashboard not found" in page.get_by_role("alert").inner_text()


def test_every_page_says_that_it_is_a_stand_in(look: Look, site: str) -> None:
    for path, signed_in in (("/login", False), ("/dashboards", True), ("/d/kinds", True), ("/d/kinds?kiosk", True)):
        page = look(signed_in=signed_in).page
        page.goto(site + path)
        band = page.get_by_test_id("band")
        band.wait_for()
        assert "Stand-in, not Grafana" in band.inner_text()
        if "kiosk" in path:
            page.wait_for_selector("[data-testid=panel]")
            assert page.locator("header").count() == 0
