"""Pages of the stand-in over recorded data, seen by a headless Chromium whose clock stands still."""

import inspect
import os
import shutil
import tarfile
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error

from tests.standin import PASSWORD, StandIn, prometheus

from . import recorded, recording
from .backends import Loki, Silent, serving
from .browser import NETWORK_CHANGES, Watched, chromium, new_context, sign_in, unavailable, watch
from .eyes import ROOT

BOARDS = Path(__file__).parent / "boards"
OURS = ROOT / "charts" / "obs-stack" / "files" / "dashboards"
PUBLIC = "usr/share/grafana/public"


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Look once more at what a change of this machine's network kept the browser from seeing."""
    NETWORK_CHANGES.clear()
    try:
        return (yield)
    except (AssertionError, Error):
        if not NETWORK_CHANGES:
            raise
    pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters})
    return True


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built pages: named in OBSDEPLOY_STANDIN_WEB, built in the checkout, or out of the lab's newest layer."""
    here = ROOT / "lab" / "grafana" / "web" / "dist"
    named = os.environ.get("OBSDEPLOY_STANDIN_WEB")
    if named or (here / "index.html").exists():
        return Path(named) if named else here
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "obsdeploy" / "lab"
    layers = sorted(cache.glob("layer-grafana-pages-*/layer.tar"), key=lambda path: path.stat().st_mtime)
    if not layers:
        unavailable("no pages: build them (npm ci && npm run build in lab/grafana/web), or the lab's bundle")
    target = tmp_path_factory.mktemp("pages")
    with tarfile.open(layers[-1]) as layer:
        layer.extractall(target, filter="data")
    return target / PUBLIC


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window. It ends with this folder: playwright's event loop would be in others' way."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def site(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a stand-in with our dashboards and the broken ones, over recorded data."""
    with ExitStack() as stack:
        metrics = stack.enter_context(prometheus(tmp_path_factory.mktemp("recorded"), recorded.openmetrics()))
        logs = stack.enter_context(serving(Loki))
        silent = stack.enter_context(serving(Silent))
        server = StandIn(tmp_path_factory.mktemp("site"))
        every15 = {"timeInterval": "15s"}
        server.provision(
            [
                {
                    "name": "Prometheus",
                    "type": "prometheus",
                    "uid": "prometheus",
                    "url": metrics,
                    "isDefault": True,
                    "jsonData": every15,
                },
                {"name": "Loki", "type": "loki", "uid": "loki", "url": logs},
                {"name": "Silent", "type": "prometheus", "uid": "silent", "url": silent, "jsonData": {"queryTimeout": "1s"}},
                {"name": "Away", "type": "prometheus", "uid": "away", "url": "http://127.0.0.1:9"},
            ]
        )
        for path in [*BOARDS.glob("*.json"), *OURS.glob("*.json")]:
            shutil.copy(path, server.dashboards)
        (server.dashboards / "half.json").write_text('{"uid": "half", "title": ')
        server.start(GRAFANA_STANDIN_WEB=str(pages))
        stack.callback(server.stop)
        stack.callback(Silent.over.set)
        server.wait()
        yield server.url


Look = Callable[..., Watched]


@contextmanager
def windows(browser: Browser, site: str) -> Iterator[Look]:
    """Opens a signed-in page of a size and theme, at the instant at which the recording ends; in the end all are closed."""
    contexts: list[BrowserContext] = []

    def opened(size: str = "laptop", theme: str = "dark", *, signed_in: bool = True, clock: bool = True) -> Watched:
        context = new_context(browser, size, theme)
        contexts.append(context)
        if signed_in:
            sign_in(context, site, "admin", PASSWORD)
        watched = watch(context)
        if clock:
            watched.page.clock.set_fixed_time(datetime.fromtimestamp(recording.END, UTC))
        return watched

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def look(browser: Browser, site: str) -> Iterator[Look]:
    with windows(browser, site) as opened:
        yield opened
