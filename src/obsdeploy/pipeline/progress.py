"""How the pipeline tells what it is doing: steps begin, wait for something, and end. Rendering is others' business."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Step:
    """A part of a command's work. Steps may overlap in time; `title` is what a person reads."""

    id: str
    title: str


PREFLIGHT = Step("preflight", "Preflight")
CLUSTER = Step("cluster", "Cluster")
CHARTS = Step("charts", "Charts and values")
IMAGES = Step("images", "Images")
CREDENTIALS = Step("credentials", "Credentials")
DEMO_IMAGE = Step("demo-image", "Demo image")
STACK = Step("stack", "Stack")
DEMO = Step("demo", "Demo shop")
WORKLOADS = Step("workloads", "Workloads")
PROOF = Step("proof", "Proof")
EXAMINATION = Step("examination", "Examination")
REMOVAL = Step("removal", "Removal")
INVENTORY = Step("inventory", "What is left")


class Observer(Protocol):
    """Follows a command's work. Methods return at once and never raise."""

    def started(self, step: Step) -> None:
        """`step` began."""

    def waiting(self, step: Step, reasons: tuple[str, ...]) -> None:
        """`step` waits for these, most important first; replaces what it waited for before."""

    def finished(self, step: Step, summary: str, seconds: float) -> None:
        """`step` ended well."""

    def failed(self, step: Step, summary: str, seconds: float) -> None:
        """`step` did not reach what it was for. Where an error ended it, `summary` is empty: that error is shown by itself."""

    def note(self, text: str) -> None:
        """Something to know, such as a component that is off and why."""


class Running:
    """A step under way. Its work says what it waits for, and in the end what came of it."""

    def __init__(self, observer: Observer, step: Step) -> None:
        self._observer = observer
        self._step = step
        self.summary = ""
        self.unwell = False

    def waiting(self, *reasons: str) -> None:
        """Tell what is awaited now."""
        self._observer.waiting(self._step, reasons)

    def done(self, summary: str, *, unwell: bool = False) -> None:
        """Say how the step ended, in one line; `unwell` where it did not reach what it was for."""
        self.summary = summary
        self.unwell = unwell


@contextmanager
def underway(observer: Observer, step: Step) -> Iterator[Running]:
    """Report a step around the block that does its work."""
    began = time.monotonic()
    running = Running(observer, step)
    observer.started(step)
    try:
        yield running
    except BaseException:
        observer.failed(step, "", time.monotonic() - began)
        raise
    if running.unwell:
        observer.failed(step, running.summary, time.monotonic() - began)
    else:
        observer.finished(step, running.summary, time.monotonic() - began)
