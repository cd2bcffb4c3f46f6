"""Steps and an observer for the lab's tests."""

from collections.abc import Callable, Mapping
from pathlib import Path

from lab.cache import Built
from lab.work import Work


class Notes:
    """An observer that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def planned(self, names: list[str]) -> None:
        self.told.append(("planned", " ".join(names)))

    def started(self, name: str, log: Path) -> None:
        self.told.append(("started", name))

    def cached(self, name: str) -> None:
        self.told.append(("cached", name))

    def finished(self, name: str, built: Built) -> None:
        self.told.append(("finished", name))

    def failed(self, name: str) -> None:
        self.told.append(("failed", name))

    def of(self, kind: str) -> list[str]:
        return [name for told, name in self.told if told == kind]


def writes(text: str) -> Callable[[Work], Mapping[str, str]]:
    """A builder that leaves a text, with those of the steps that it needs before it."""

    def build(work: Work) -> Mapping[str, str]:
        needed = "".join((folder / "text").read_text() for folder in work.inputs.values())
        (work.out / "text").write_text(needed + text)
        return {"text": text}

    return build
