"""Variables, time, refresh, links, folds: what a person does with a dashboard."""

import json
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Request

from .conftest import Look
from .eyes import arrive, open_board, settle, values
from .recording import END

BELOW = "[data-testid=panel][aria-label='Below the fold']"


def asked(page: Page) -> list[dict[str, object]]:
    """Every query object that the page sends from now on."""
    queries: list[dict[str, object]] = []

    def note(request: Request) -> None:
        if request.url.endswith("/api/ds/query"):
            body = json.loads(request.post_data or "{}")
            queries.extend(query | {"from": body["from"], "to": body["to"]} for query in body["queries"])

    page.on("request", note)
    return queries


def expression(queries: list[dict[str, object]], part: str) -> str:
    return next(str(query["expr"]) for query in reversed(queries) if part in str(query["expr"]))


def choose(page: Page, variable: str, *options: str) -> None:
    page.get_by_test_id(f"var-{variable}").locator("input").first.click()
    for option in options:
        with page.expect_response("**/api/ds/query"):
            page.get_by_role("option", name=option, exact=True).click()
    page.keyboard.press("Escape")
    settle(page)


def test_variables_switch_from_all_to_one_to_several_and_back(look: Look, site: str) -> None:
    page = look().page
    queries = asked(page)
    open_board(page, site, "kinds")
    every = "(coordinator|inventory|notification|order|payment|shipping)"
    assert expression(queries, "service=~") == f'sum by (service) (service:http_requests:rate1m{{service=~"{every}"}})'
    choose(page, "service", "order")
    assert expression(queries, "service=~").endswith('{service=~"order"})')
    assert page.locator(f"{BELOW} [data-testid*='VizLegend series']").count() == 1
    choose(page, "service", "payment")
    assert expression(queries, "service=~").endswith('{service=~"(order|payment)"})')
    assert parse_qs(urlsplit(page.url).query)["var-service"] == ["order", "payment"]
    assert "Folded for order + payment" in page.get_by_test_id("row").inner_text()
    choose(page, "service", "All")
    assert every in expression(queries, "service=~")


def test_services_that_have_lines_are_offered_and_what_is_searched_for_is_text(look: Look, site: str) -> None:
    page = look().page
    queries = asked(page)
    open_board(page, site, "obs-logs", **{"var-search": "pay("})
    choose(page, "service", "payment")
    assert 'service=~"payment"' in expression(queries, "(?i)")
    assert "|~ `(?i)pay\\(` |" in expression(queries, "(?i)")


def test_the_address_decides_and_follows(look: Look, site: str) -> None:
    page = look().page
    queries = asked(page)
    start, end = (END - 600) * 1000, END * 1000
    open_board(page, site, "kinds", **{"var-service": "shipping", "from": str(start), "to": str(end), "refresh": ""})
    assert expression(queries, "service=~").endswith('{service=~"shipping"})')
    assert {(query["from"], query["to"]) for query in queries} == {(str(start), str(end))}
    page.get_by_role("button", name="Time range selected", exact=False).click()
    page.get_by_text("Last 5 minutes").click()
    settle(page)
    assert parse_qs(urlsplit(page.url).query)["from"] == ["now-5m"]
    gauge = [query for query in queries if "redis" in str(query["expr"])][-1]
    assert (gauge["from"], gauge["to"]) == (str((END - 300) * 1000), str(END * 1000))


def test_the_step_of_a_query_follows_the_panels_width_and_the_scrape_interval(look: Look, site: str) -> None:
    page = look().page
    queries = asked(page)
    open_board(page, site, "kinds")
    assert {query["intervalMs"] for query in queries if query["datasource"] == {"uid": "prometheus", "type": "prometheus"}} == {
        15_000
    }


def test_it_refreshes_every_ten_seconds(look: Look, site: str) -> None:
    page = look(clock=False).page
    page.clock.install(time=END)
    queries = asked(page)
    open_board(page, site, "kinds")
    page.clock.pause_at(END + 60)

    def passes(milliseconds: int) -> int:
        """How often the gauge is asked for while this time goes by."""
        before = len([query for query in queries if "redis" in str(query["expr"])])
        page.clock.run_for(milliseconds)
        page.wait_for_timeout(200)
        return len([query for query in queries if "redis" in str(query["expr"])]) - before

    until_first = next(second for second in range(1, 12) if passes(1_000))
    assert until_first <= 10
    assert passes(8_900) == 0
    assert passes(1_200) == 1


def test_links_go_where_they_say_with_time_and_variables(look: Look, site: str) -> None:
    page = look().page
    open_board(page, site, "kinds", **{"var-service": "order"})
    link = page.get_by_test_id("links").get_by_role("link", name="Every kind of panel")
    target = parse_qs(urlsplit(str(link.get_attribute("href"))).query)
    assert (target["from"], target["to"], target["var-service"], target["var-step"]) == (["now-30m"], ["now"], ["order"], ["one"])
    page.locator(BELOW).get_by_label("Panel links").click()
    page.get_by_role("menuitem", name="Saga of order").click()
    arrive(page, "/d/obs-saga?")
    page.wait_for_selector("[data-testid=panel]")
    assert parse_qs(urlsplit(page.url).query)["var-service"] == ["order"]
    page.go_back()
    arrive(page, "/d/kinds?")


def test_a_point_of_a_series_leads_to_its_service(look: Look, site: str) -> None:
    page = look("screen").page
    open_board(page, site, "obs-saga", **{"var-service": "payment"})
    plot = page.locator("[data-testid=panel][aria-label='Request rate by service'] .u-over")
    box = plot.bounding_box()
    assert box is not None
    plot.hover(position={"x": box["width"] / 2, "y": box["height"] / 2})
    point = plot.locator(".u-cursor-pt").first.bounding_box()
    assert point is not None
    page.mouse.click(point["x"] + point["width"] / 2, point["y"] + point["height"] / 2)
    page.get_by_role("link", name="Details of payment").click()
    arrive(page, "var-service=payment")


def test_rows_fold_and_unfold(look: Look, site: str) -> None:
    page = look().page
    open_board(page, site, "kinds")
    inside = page.locator("[data-testid=panel][aria-label='Inside the fold']")
    below = page.locator(BELOW)
    before = below.bounding_box()
    assert inside.count() == 0
    page.get_by_test_id("row").click()
    inside.wait_for()
    after = below.bounding_box()
    assert before is not None
    assert after is not None
    assert after["y"] > before["y"] + 200
    page.get_by_test_id("row").click()
    inside.wait_for(state="detached")


def test_the_legend_shows_one_series_alone_and_all_again(look: Look, site: str) -> None:
    page = look().page
    queries = asked(page)
    open_board(page, site, "kinds")
    before = len(queries)
    legend = "[data-testid='data-testid VizLegend series {}'] button"
    order, payment = (page.locator(BELOW).locator(legend.format(name)) for name in ("order", "payment"))
    colour = "(button) => getComputedStyle(button).color"
    shown = order.evaluate(colour)
    payment.click()
    page.wait_for_function(f"([button, before]) => ({colour})(button) !== before", arg=[order.element_handle(), shown])
    payment.click()
    page.wait_for_function(f"([button, before]) => ({colour})(button) === before", arg=[order.element_handle(), shown])
    assert len(queries) == before


def test_one_panel_can_be_viewed_alone(look: Look, site: str) -> None:
    page = look().page
    open_board(page, site, "kinds", viewPanel="5")
    assert page.locator("[data-testid=panel]").count() == 1
    box = page.locator("[data-testid=panel]").bounding_box()
    assert box is not None
    assert box["width"] > 1200


def test_themes(look: Look, site: str) -> None:
    page = look().page
    colours = []
    for theme in ("light", "dark"):
        open_board(page, site, "kinds", theme=theme)
        colours.append(page.evaluate("() => getComputedStyle(document.body).backgroundColor"))
    light, dark = (sum(int(part) for part in colour.strip("rgb()").split(",")) for colour in colours)
    assert light > 600
    assert dark < 150
    assert values(page, "Gauge") == ["27.0%"]
