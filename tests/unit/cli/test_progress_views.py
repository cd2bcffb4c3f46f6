"""Progress as lines, and as a live view on a terminal."""

from __future__ import annotations

import io
import re

import pytest

from obsdeploy.cli.live import LiveView
from obsdeploy.cli.plain import PlainLines
from obsdeploy.cli.table import rows
from obsdeploy.pipeline import progress

LONG = "prometheus-server: the image quay.io/prometheus/prometheus:v3.14.0 of prometheus-server can't be pulled: no such host"


def test_lines_tell_ends_and_notes_at_once() -> None:
    out = io.StringIO()
    lines = PlainLines(out)
    lines.note("loki is off: the bundle has no image of it")
    lines.started(progress.CLUSTER)
    lines.finished(progress.CLUSTER, "kind-obsdeploy, Kubernetes v1.36.3", 12.34)
    lines.started(progress.PROOF)
    lines.failed(progress.PROOF, "", 1)
    assert out.getvalue() == (
        "note: loki is off: the bundle has no image of it\n"
        "Cluster: kind-obsdeploy, Kubernetes v1.36.3 (12.3 s)\n"
        "Proof: stopped (after 1.0 s)\n"
    )


def test_what_is_awaited_is_told_when_it_lasts_and_changes_in_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 1.0, 4.0, 9.0, 9.5, 20.0])
    monkeypatch.setattr("time.monotonic", lambda: next(now))
    out = io.StringIO()
    lines = PlainLines(out)
    lines.started(progress.WORKLOADS)  # 0 s
    lines.waiting(progress.WORKLOADS, ("a",))  # 1 s: too soon
    lines.waiting(progress.WORKLOADS, (LONG,))  # 4 s
    lines.waiting(progress.WORKLOADS, (LONG,))  # 9 s: told already
    lines.waiting(progress.WORKLOADS, ("b", "c", "d", "e"))  # 9.5 s
    lines.waiting(progress.WORKLOADS, ())  # 20 s: nothing to tell
    assert out.getvalue() == (
        "Workloads: waiting: prometheus-server: the image\n"
        "  quay.io/prometheus/prometheus:v3.14.0 of prometheus-server can't be pulled: no\n"
        "  such host\n"
        "Workloads: waiting: b; c; d (and 1 more)\n"
    )


class Terminal(io.StringIO):
    """A terminal of 80 columns, in UTF-8 or not."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return True


def last_picture(out: Terminal) -> list[str]:
    unstyled = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())
    text = re.sub(r"\x1b\[\??[0-9;]*[a-zA-Z]", "\n", unstyled).replace("\r", "\n")
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def scene(out: Terminal) -> list[str]:
    with LiveView(out) as view:
        view.started(progress.CLUSTER)
        view.finished(progress.CLUSTER, "kind-obsdeploy, Kubernetes v1.36.3", 12.34)
        view.started(progress.WORKLOADS)
        view.waiting(progress.WORKLOADS, (LONG, "b", "c", "d", "e", "f"))
        view.note("loki is off: the bundle has no image of it")
    return last_picture(out)


@pytest.fixture(autouse=True)
def _no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")


def test_the_live_view_shows_what_is_awaited_and_why_within_the_terminals_width() -> None:
    picture = scene(Terminal())
    assert f"✓ {'Cluster':<18}{'kind-obsdeploy, Kubernetes v1.36.3':<53} 12.3 s" in picture
    assert any("Workloads" in line and line.endswith(" s") for line in picture)
    assert "    prometheus-server: the image quay.io/prometheus/prometheus:v3.14.0 of prome…" in picture
    assert "    and 2 more" in picture
    assert "· loki is off: the bundle has no image of it" in picture
    assert max(map(len, picture)) <= 80


def test_no_color_means_none() -> None:
    out = Terminal()
    scene(out)
    assert "\x1b[3" not in out.getvalue().replace("\x1b[?", "")


def test_a_terminal_without_unicode_gets_letters_that_it_has() -> None:
    picture = "\n".join(scene(Terminal("ascii")))
    assert "* Cluster" in picture
    assert picture.isascii()


def test_tables_keep_commands_whole_and_fold_the_rest() -> None:
    command = "kubectl --kubeconfig /home/someone/.local/share/obsdeploy/kind-obsdeploy.kubeconfig --context kind-obsdeploy"
    text = rows([("Cluster", command), ("Changed", "one " * 30), ("", "  indented")])
    first, *folded, last = text.splitlines()
    assert first == f"Cluster  {command}"
    assert last == f"{'':<9}  indented"
    assert max(map(len, folded)) <= 80
