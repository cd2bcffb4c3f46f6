"""What is wrong with one panel: each function looks at one thing and gives complaints."""

from collections.abc import Callable, Iterator
from typing import Any

from .known import mistyped, unknown, unknown_color, unknown_unit

Panel = dict[str, Any]


def _settings(panel: Panel) -> Iterator[tuple[str, Any]]:
    """Every field option of the panel, by id, in its defaults and its overrides."""
    config = panel.get("fieldConfig") or {}
    defaults = config.get("defaults") or {}
    yield from ((key, value) for key, value in defaults.items() if key != "custom")
    yield from ((f"custom.{key}", value) for key, value in (defaults.get("custom") or {}).items())
    for override in config.get("overrides") or []:
        yield from ((str(item.get("id")), item.get("value")) for item in override.get("properties") or [])


def units(panel: Panel) -> Iterator[str]:
    """Units are Grafana's, wherever they stand."""
    for name, value in _settings(panel):
        if name == "unit" and value is not None:
            yield from unknown_unit(value)
    options = panel.get("options") or {}
    for holder in ("yAxis", "cellValues"):
        unit = (options.get(holder) or {}).get("unit")
        if unit is not None:
            yield from unknown_unit(unit)


def colors(panel: Panel) -> Iterator[str]:
    """Colour modes and names are Grafana's."""
    for name, value in _settings(panel):
        if name == "color" and isinstance(value, dict):
            yield from unknown(value.get("mode"), "colorModes", "colour mode")
            if value.get("fixedColor") is not None:
                yield from unknown_color(value["fixedColor"])


def reducers(panel: Panel) -> Iterator[str]:
    """What reduces series to values, in options, legends and footers."""
    options = panel.get("options") or {}
    legend = options.get("legend")
    calcs = [*((options.get("reduceOptions") or {}).get("calcs") or [])]
    calcs += (legend.get("calcs") or []) if isinstance(legend, dict) else []
    for transformation in panel.get("transformations") or []:
        if transformation.get("id") == "reduce":
            calcs += (transformation.get("options") or {}).get("reducers") or []
    for calc in calcs:
        yield from unknown(calc, "reducers", "reducer")


def transformations(panel: Panel) -> Iterator[str]:
    """Transformations are Grafana's."""
    for transformation in panel.get("transformations") or []:
        yield from unknown(transformation.get("id"), "transformations", "transformation")


def overrides(panel: Panel) -> Iterator[str]:
    """Overrides match by something and set something that exist."""
    for override in (panel.get("fieldConfig") or {}).get("overrides") or []:
        yield from unknown((override.get("matcher") or {}).get("id"), "matchers", "matcher")
        for item in override.get("properties") or []:
            name = str(item.get("id"))
            if not name.startswith("custom."):
                yield from unknown(name, "standardOptions", "field option")


def thresholds(panel: Panel) -> Iterator[str]:
    """Steps ascend from a base without a number, and their colours exist."""
    for name, value in _settings(panel):
        if name != "thresholds" or not isinstance(value, dict):
            continue
        steps = value.get("steps") or []
        if value.get("mode") not in {"absolute", "percentage"}:
            yield f"threshold mode “{value.get('mode')}” is neither absolute nor percentage"
        for step in steps:
            yield from unknown_color(step.get("color"))
        numbers = [step.get("value") for step in steps]
        if steps and numbers[0] is not None:
            yield f"the first threshold must be the base, without a value, not {numbers[0]}"
        rest = [number for number in numbers[1:] if number is not None]
        if len(rest) < len(numbers[1:]) or rest != sorted(set(rest)):
            yield f"thresholds must ascend: {numbers}"


def options(panel: Panel) -> Iterator[str]:
    """Options of the panel and of its fields are of the types that Grafana gives them."""
    kind = str(panel.get("type"))
    yield from mistyped(kind, "Options", panel.get("options") or {}, "options")
    custom = {name.removeprefix("custom."): value for name, value in _settings(panel) if name.startswith("custom.")}
    yield from mistyped(kind, "FieldConfig", custom, "custom")


def fields(panel: Panel) -> Iterator[str]:
    """Defaults are standard options, or the panel's own under `custom`."""
    for name in (panel.get("fieldConfig") or {}).get("defaults") or {}:
        if name != "custom":
            yield from unknown(name, "standardOptions", "field option")


def ref_ids(panel: Panel) -> Iterator[str]:
    """Every query has a letter of its own."""
    ids = [target.get("refId") for target in panel.get("targets") or []]
    if len(ids) != len(set(ids)) or None in ids:
        yield f"queries must have refIds of their own: {ids}"


def panel_type(panel: Panel) -> Iterator[str]:
    """A panel has a type; one that the catalogue lacks is not judged further."""
    if not panel.get("type"):
        yield "it has no type"


PANEL_RULES: tuple[Callable[[Panel], Iterator[str]], ...] = (
    panel_type,
    units,
    colors,
    reducers,
    transformations,
    overrides,
    thresholds,
    options,
    fields,
    ref_ids,
)
