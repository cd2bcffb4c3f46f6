"""Every dashboard of ours on three sizes of screen: whole, readable, named; a few pictures are held against committed ones."""

import json
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from .browser import Watched
from .conftest import OURS, Look
from .eyes import empty_panels, legend_problems, open_board, picture, resize, settle, text_problems, values, whole

UIDS = sorted(path.stem for path in OURS.glob("*.json"))
EXPECTED = Path(__file__).parent / "expected"
TOLERATED = 0.02
"""The share of points that may differ: another Chromium smooths its letters otherwise."""


@pytest.mark.parametrize("uid", UIDS)
def test_a_dashboard_is_whole_and_readable(look: Look, site: str, uid: str) -> None:
    watched = look("phone")
    open_board(watched.page, site, uid)
    found = []
    for size in ("phone", "laptop", "screen"):
        resize(watched.page, size)
        found += [f"{size}: {problem}" for problem in complaints(watched, f"{uid}-{size}")]
    resize(watched.page, "laptop")
    # Without a pointer there, which would bring a tooltip into the picture.
    watched.page.get_by_role("button", name="Light theme").dispatch_event("click")
    settle(watched.page)
    found += [f"light: {problem}" for problem in complaints(watched, f"{uid}-light")]
    assert not found, "\n".join(found)


def complaints(watched: Watched, name: str) -> list[str]:
    """All that is wrong with a page as it is now, and its picture by that name."""
    page = watched.page
    whole(page)
    picture(page, name)
    return [*watched.complaints, *empty_panels(page), *text_problems(page), *legend_problems(page)]


def test_known_numbers_are_written_as_grafana_writes_them(look: Look, site: str) -> None:
    page = look().page
    open_board(page, site, "kinds")
    assert values(page, "Gauge") == ["27.0%"]
    shown = dict(text.split(" ", 1) for text in values(page, "Several values"))
    assert shown == {
        "coordinator": "5.86 req/s",
        "inventory": "4.33 req/s",
        "notification": "4.62 req/s",
        "order": "5.08 req/s",
        "payment": "4.70 req/s",
        "shipping": "3.16 req/s",
    }
    legend = page.locator("[data-panel-id='5'] table").inner_text()
    assert "27.9 req/s" in legend
    assert "335 ms" in legend
    logs = page.locator("[data-panel-id='6']").inner_text()
    assert "2026-08-20 11:59:50.000" in logs
    assert "ValueError: card declined" in logs
    assert "\x1b" not in logs


def test_a_text_panel_draws_markdown_and_runs_nothing(look: Look, site: str) -> None:
    page = look().page
    open_board(page, site, "kinds")
    panel = page.locator("[data-panel-id='3']")
    assert panel.locator(".markdown-html h2").inner_text().startswith("For coordinator, inventory")
    assert panel.locator(".markdown-html strong").inner_text() == "bold"
    assert page.evaluate("() => window.hacked") is None


def test_the_heatmap_has_a_cell_for_every_bucket_and_time(look: Look, site: str) -> None:
    page = look("screen").page
    open_board(page, site, "obs-saga")
    heatmap = page.get_by_test_id("heatmap")
    heatmap.scroll_into_view_if_needed()
    bounds = heatmap.inner_text()
    for label in ("5 ms", "100 ms", "2.50 s", "+Inf"):
        assert label in bounds, label
    painted = heatmap.locator("canvas").evaluate(
        """(canvas) => {
          const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
          let filled = 0;
          for (let at = 3; at < data.length; at += 4) filled += data[at] > 0;
          return filled / (data.length / 4);
        }"""
    )
    assert 0.6 < painted <= 1
    heatmap.locator("canvas").hover(position={"x": 100, "y": 60})
    assert "req/s" in heatmap.locator("strong").inner_text()


def test_no_line_is_drawn_across_a_gap(look: Look, site: str) -> None:
    page = look().page
    open_board(page, site, "kinds")
    plot = page.locator("[data-testid=panel][aria-label='A gap stays a gap'] canvas").first
    plot.scroll_into_view_if_needed()
    empty = plot.evaluate(
        """(canvas) => {
          const context = canvas.getContext('2d');
          const [top, height] = [Math.round(canvas.height * 0.1), Math.round(canvas.height * 0.6)];
          let widest = 0, run = 0;
          for (let x = Math.round(canvas.width * 0.1); x < canvas.width * 0.95; x++) {
            const column = context.getImageData(x, top, 1, height).data;
            let coloured = false;
            for (let at = 0; at < column.length; at += 4) {
              const [low, high] = [Math.min(...column.slice(at, at + 3)), Math.max(...column.slice(at, at + 3))];
              coloured ||= column[at + 3] > 200 && high - low > 60;
            }
            run = coloured ? 0 : run + 1;
            widest = Math.max(widest, run);
          }
          return widest / canvas.width;
        }"""
    )
    assert 0.1 < empty < 0.25


@pytest.mark.parametrize(("uid", "theme"), [("kinds", "dark"), ("kinds", "light"), ("broken", "dark")])
def test_pictures_stay_what_they_were(look: Look, site: str, uid: str, theme: str) -> None:
    page = look("laptop", theme).page
    open_board(page, site, uid, theme=theme)
    # The addresses of this run's back ends are in what a broken panel says.
    page.add_style_tag(content="[data-testid=note-error] { visibility: hidden }")
    whole(page)
    page.mouse.move(0, 0)
    settle(page)
    path = picture(page, f"compared-{uid}-{theme}")
    wanted = EXPECTED / path.name
    assert wanted.exists(), f"no committed picture: look at {path} and copy it to {wanted}"
    now, before = (Image.open(one).convert("RGB") for one in (path, wanted))
    assert now.size == before.size
    difference = ImageChops.difference(now, before).convert("L").point(lambda value: 255 if value > 32 else 0)
    share = sum(difference.histogram()[1:]) / (now.width * now.height)
    if share > TOLERATED:
        difference.save(path.with_name(f"difference-{path.name}"))
    assert share <= TOLERATED, f"{share:.1%} of the points differ from {wanted}"


def test_every_series_panel_of_ours_names_its_unit() -> None:
    unitless = []
    for path in OURS.glob("*.json"):
        for panel in json.loads(path.read_text())["panels"]:
            if panel["type"] in {"timeseries", "stat", "gauge", "bargauge", "heatmap"}:
                defaults = panel.get("fieldConfig", {}).get("defaults", {})
                if "unit" not in defaults:
                    unitless.append(f"{path.stem}: {panel['title']}")
    assert unitless == []
