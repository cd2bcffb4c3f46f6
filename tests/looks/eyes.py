"""What a careful person sees on a dashboard's page, as lists of complaints: nothing to complain of is an empty list."""

import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import BrowserContext, Page

from .browser import SIZES

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "artifacts" / "looks"

_READY = """() => {
  const panels = [...document.querySelectorAll('[data-testid=panel]')];
  return panels.length > 0 && panels.every((panel) => panel.dataset.state !== 'waiting' && panel.dataset.busy === 'false')
    && !document.querySelector('[data-testid=loading-code]');
}"""

# Every piece of text that can be seen: an element that has text of its own, with its box and what cuts it.
_TEXTS = """(ignored) => {
  const found = [];
  for (const panel of document.querySelectorAll('[data-testid=panel], header, [data-testid=controls]')) {
    const title = panel.getAttribute('aria-label') || panel.tagName.toLowerCase();
    for (const element of panel.querySelectorAll('*')) {
      const own = [...element.childNodes].filter((node) => node.nodeType === 3 && node.textContent.trim());
      if (!own.length || element.closest(ignored) || ['STYLE', 'SCRIPT', 'TITLE'].includes(element.tagName)) continue;
      const style = getComputedStyle(element);
      if (style.visibility === 'hidden' || style.opacity === '0' || !element.checkVisibility()) continue;
      const range = document.createRange();
      range.selectNodeContents(own[0]);
      for (const box of range.getClientRects()) {
        let [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom];
        let scrolls = false;
        for (let up = element; up && up !== panel; up = up.parentElement) {
          const outer = getComputedStyle(up);
          if (outer.overflow === 'visible' && outer.overflowX === 'visible') continue;
          const frame = up.getBoundingClientRect();
          scrolls ||= /auto|scroll/.test(outer.overflowX + outer.overflowY);
          [left, top] = [Math.max(left, frame.left), Math.max(top, frame.top)];
          [right, bottom] = [Math.min(right, frame.right), Math.min(bottom, frame.bottom)];
        }
        if (right - left < 2 || bottom - top < 2) continue;
        found.push({ title, text: own[0].textContent.trim(), left, top, right, bottom,
                     cut: Math.max(box.width - (right - left), 0), scrolls });
      }
    }
  }
  return found;
}"""


def open_board(page: Page, url: str, uid: str, **params: str) -> None:
    """Open a dashboard and wait until every panel has an answer and has drawn it."""
    page.goto(f"{url}/d/{uid}?{urlencode(params)}")
    page.wait_for_selector("[data-testid=panel]")
    settle(page)


def arrive(page: Page, part: str) -> None:
    """Wait until the page's address contains this."""
    page.wait_for_url(lambda url: part in url)


def settle(page: Page) -> None:
    """Wait until every panel has an answer, and its picture has been painted."""
    page.wait_for_function(_READY)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def resize(page: Page, size: str) -> None:
    """Give the window another size."""
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    settle(page)


def whole(page: Page) -> None:
    """Make the window as tall as the page, so that a picture shows all of it."""
    size = page.viewport_size
    assert size is not None
    height = page.evaluate("() => document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": height})
    settle(page)


def picture(page: Page, name: str) -> Path:
    """Keep a picture of the whole page among the artifacts."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    path = ARTIFACTS / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path


def empty_panels(page: Page, allowed: frozenset[str] = frozenset()) -> list[str]:
    """Panels without anything drawn or with an error, and what they say; an author's own words for nothing are something."""
    notes = page.eval_on_selector_all(
        "[data-testid=panel]",
        """(panels) => panels.flatMap((panel) => {
          const note = panel.querySelector('[data-testid^=note-]');
          const title = panel.getAttribute('aria-label');
          if (panel.dataset.state === 'error') return [[title, 'error: ' + (note ? note.innerText : '')]];
          return note ? [[title, note.innerText]] : [];
        })""",
    )
    return [
        f"{title}: {text}" for title, text in notes if title not in allowed and (text == "No data" or text.startswith("error"))
    ]


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> float:
    across = min(one["right"], other["right"]) - max(one["left"], other["left"])
    down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
    return min(across, down) if across > 0 and down > 0 else 0


def text_problems(page: Page) -> list[str]:
    """Texts on top of each other, and texts cut off where no scrolling or ellipsis of a table's cell brings them back."""
    texts = page.evaluate(_TEXTS, "[role=gridcell], [role=columnheader], [role=note], .uplot")
    problems = [
        f"{text['title']}: “{text['text']}” is cut by {text['cut']:.0f} px"
        for text in texts
        if text["cut"] > 3 and not text["scrolls"]
    ]
    for index, one in enumerate(texts):
        for other in texts[index + 1 :]:
            if one["text"] != other["text"] and _overlap(one, other) > 3:
                problems.append(f"{one['title']}: “{one['text']}” and “{other['text']}” overlap")
    return problems


def legend_problems(page: Page) -> list[str]:
    """Series panels without a legend, and names in legends that nobody chose."""
    legends = page.eval_on_selector_all(
        "[data-panel-type=timeseries]",
        """(panels) => panels.filter((panel) => panel.querySelector('.uplot')).map((panel) => [
          panel.getAttribute('aria-label'),
          [...panel.querySelectorAll('[data-testid=series-icon]')]
            .map((icon) => (icon.closest('tr') ?? icon.parentElement).querySelector('button').innerText),
        ])""",
    )
    problems = []
    for title, names in legends:
        if not names:
            problems.append(f"{title}: no legend")
        raw = [name for name in names if not name.strip() or re.search(r'\{\w+="|^\{\}$|^Value( #.)?$', name)]
        problems += [f"{title}: series called “{name}”" for name in raw]
    return problems


def values(page: Page, title: str) -> list[str]:
    """The values that a stat, gauge or bar gauge of that title shows."""
    panel = page.locator(f"[data-testid=panel][aria-label='{title}']")
    texts = panel.locator("[data-testid=value]").all()
    return [
        re.sub(r"\s+", " ", item.inner_text() or item.locator("svg").get_attribute("aria-label") or "").strip() for item in texts
    ]


def page_times(context: BrowserContext, url: str, uid: str) -> tuple[float, float]:
    """Seconds from opening a dashboard to its first panel, and to all of them."""
    page = context.new_page()
    start = time.perf_counter()
    page.goto(f"{url}/d/{uid}", wait_until="commit")
    page.wait_for_selector("[data-testid=panel][data-state=done]")
    first = time.perf_counter() - start
    page.wait_for_function(_READY)
    everything = time.perf_counter() - start
    page.close()
    return first, everything
