"""Debian's Chromium, its windows, and who is signed in there."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

SIZES = {"laptop": (1280, 800), "screen": (1920, 1080), "phone": (390, 844)}


def unavailable(why: str) -> NoReturn:
    """Skip, or fail where nothing may be skipped."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    binary = os.environ.get("OBSDEPLOY_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if binary is None:
        unavailable("no chromium: install Debian's package, or name one in OBSDEPLOY_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=["--no-sandbox", "--font-render-hinting=none"])
        yield browser
        browser.close()


NETWORK_CHANGES: list[str] = []
"""What a browser dropped because this machine's network changed, as it does when another test makes or removes a cluster."""


@dataclass
class Watched:
    """A page, and what its browser complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def on_console(self, message: ConsoleMessage) -> None:
        """An answer of 400 is how a failed query comes: its panel says it, and tests of panels see it."""
        if message.type == "error" and "status of 400" not in message.text:
            self.complaints.append(f"console: {message.text}")


def note_network_change(request: Request) -> None:
    """Keep a request that failed for no fault of the page."""
    if "ERR_NETWORK_CHANGED" in (request.failure or ""):
        NETWORK_CHANGES.append(request.url)


def sign_in(context: BrowserContext, url: str, user: str, password: str) -> None:
    """Start a session for every page of the context."""
    answer = context.request.post(f"{url}/login", data={"user": user, "password": password})
    assert answer.ok, f"signing in at {url}: {answer.status} {answer.text()}"


def new_context(browser: Browser, size: str, theme: str = "dark") -> BrowserContext:
    """A browser window of that size, in UTC."""
    width, height = SIZES[size]
    scheme: Any = theme
    view: Any = {"width": width, "height": height}
    context = browser.new_context(viewport=view, timezone_id="UTC", locale="en-US", color_scheme=scheme)
    context.set_default_timeout(15_000)
    return context


def watch(context: BrowserContext) -> Watched:
    """A new page whose errors are kept."""
    watched = Watched(context.new_page())
    watched.page.on("console", watched.on_console)
    watched.page.on("requestfailed", note_network_change)
    watched.page.on("pageerror", lambda error: watched.complaints.append(f"page: {error}"))
    return watched
