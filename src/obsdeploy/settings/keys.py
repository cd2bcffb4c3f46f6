"""Which keys there are: found from the model, for messages that name the nearest right one and for variables' names."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from types import UnionType
from typing import Any, Union, get_args, get_origin

from obsdeploy.settings.layers import KeyPath
from obsdeploy.settings.model import Settings
from obsdeploy.settings.parts import Part

_CLOSE = 0.6


def model_keys(model: type[Part]) -> dict[str, Any]:
    """Keys as written in obsdeploy.yaml → type; what is computed, not set, is left out."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items() if not field.exclude}


def part_at(path: KeyPath) -> type[Part] | None:
    """Return the block of settings at `path`; None where there is no such block."""
    model: type[Part] = Settings
    for key in path:
        if isinstance(key, int):
            continue
        found = _part(model_keys(model).get(key))
        if found is None:
            return None
        model = found
    return model


def free_form(key: str) -> bool:
    """Whether a top-level key holds what we don't define: raw values, rules, scrape jobs."""
    annotation = model_keys(Settings).get(key)
    return get_origin(annotation) is dict


def nearest(path: KeyPath) -> str | None:
    """Return the existing key nearest to an unknown one: in its own block, else anywhere."""
    wrong = str(path[-1])
    block = part_at(path[:-1])
    beside = difflib.get_close_matches(wrong, list(model_keys(block)) if block else [], n=1, cutoff=_CLOSE)
    if beside:
        return dotted((*path[:-1], beside[0]))
    everywhere = {found[-1]: dotted(found) for found in _all_keys(Settings, ())}
    elsewhere = difflib.get_close_matches(wrong, list(everywhere), n=1, cutoff=_CLOSE)
    return everywhere[elsewhere[0]] if elsewhere else None


def dotted(path: KeyPath) -> str:
    """A key as it is spoken of: redis[0].address."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _all_keys(model: type[Part], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key, annotation in model_keys(model).items():
        yield (*above, key)
        inner = _part(annotation)
        if inner is not None:
            yield from _all_keys(inner, (*above, key))


def _part(annotation: Any) -> type[Part] | None:
    """Return the block in an annotation: itself, the item of a tuple, or what a union offers besides None."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return annotation
    if get_origin(annotation) in {tuple, list, Union, UnionType}:
        return next((found for one in get_args(annotation) if (found := _part(one)) is not None), None)
    return None
