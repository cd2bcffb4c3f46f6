"""What a PromQL query reads: metric names and selectors, with Grafana's variables filled in.

Parsing is promql-parser's; this module knows the little that Grafana adds to a query before Prometheus sees it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import promql_parser as pp

from obsdeploy.errors import UsageProblem

# Grafana's back end fills these itself; a parser needs something of the right kind in their place.
_MACROS = {
    "__auto": "1m",
    "__rate_interval": "1m",
    "__interval": "15s",
    "__interval_ms": "15000",
    "__range": "5m",
    "__range_s": "300",
    "__range_ms": "300000",
}
# Not `$1` or `${1}`: those are label_replace()'s.
_NAME = r"[A-Za-z_]\w*"
_VARIABLE = re.compile(rf"\$(?:\{{(?P<braced>{_NAME})(?::\w+)?\}}|(?P<bare>{_NAME}))|\[\[(?P<square>{_NAME})(?::\w+)?\]\]")
_LABEL_VALUES = re.compile(r"^label_values\(\s*(?:(?P<selector>.+?)\s*,\s*)?(?P<label>[a-zA-Z_]\w*)\s*\)$", re.DOTALL)
# Pairs, as the parser's enumeration can't be a dictionary's key.
_OPERATORS = ((pp.MatchOp.Equal, "="), (pp.MatchOp.NotEqual, "!="), (pp.MatchOp.Re, "=~"), (pp.MatchOp.NotRe, "!~"))


@dataclass(frozen=True)
class Matcher:
    """One label matcher; `op` is one of = != =~ !~."""

    label: str
    op: str
    value: str

    def __str__(self) -> str:
        value = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.label}{self.op}"{value}"'


@dataclass(frozen=True)
class Selector:
    """What one vector selector reads: `metric` is None where the name is matched by regex or not at all."""

    metric: str | None
    matchers: tuple[Matcher, ...] = ()

    def __str__(self) -> str:
        inside = ",".join(str(matcher) for matcher in self.matchers)
        return f"{self.metric or ''}{{{inside}}}" if inside or not self.metric else self.metric


def interpolate(query: str, values: Mapping[str, str | Sequence[str]]) -> str:
    """Fill Grafana's variables in as its Prometheus data source does.

    A string goes in as it stands; a sequence (several values, or All) becomes an escaped alternation for `=~`.
    Variables that `values` does not name, the `$__…` macros among them, are left for Grafana's back end.
    """

    def fill(match: re.Match[str]) -> str:
        name = match["braced"] or match["bare"] or match["square"]
        if name not in values:
            return match[0]
        value = values[name]
        return value if isinstance(value, str) else _alternation(value)

    return _VARIABLE.sub(fill, query)


def variables(query: str) -> frozenset[str]:
    """Names of the Grafana variables that a query uses, without the macros that Grafana's back end fills."""
    found = {match["braced"] or match["bare"] or match["square"] for match in _VARIABLE.finditer(query)}
    return frozenset(found - _MACROS.keys())


def selectors(query: str) -> tuple[Selector, ...]:
    """Every vector selector of a query in the order of its text; Grafana's variables may still be in it.

    Raises UsageProblem when it is not PromQL.
    """
    found: list[Selector] = []

    def visit(node: pp.Expr) -> None:
        if isinstance(node, pp.VectorSelector):
            found.append(_selector(node))

    pp.walk(_parse(query), visit)
    return tuple(found)


def metric_names(query: str) -> frozenset[str]:
    """Names of the metrics that a query reads.

    A selector without a name contributes nothing; one by regex contributes its alternatives when these are plain names.
    """
    return frozenset(name for selector in selectors(query) for name in _names(selector))


@dataclass(frozen=True)
class Operation:
    """A binary operation inside a query: the whole of it, its two sides, and the operator between them."""

    whole: str
    left: str
    operator: str
    right: str


def operations(query: str) -> tuple[Operation, ...]:
    """Every binary operation of a query, innermost first; Grafana's macros have a value in them.

    Raises UsageProblem when it is not PromQL.
    """
    found: list[Operation] = []

    def visit(node: pp.Expr) -> None:
        if isinstance(node, pp.BinaryExpr):
            found.append(Operation(node.prettify(), node.lhs.prettify(), str(node.op), node.rhs.prettify()))

    pp.walk(_parse(query), visit)
    return tuple(sorted(found, key=lambda one: len(one.whole)))


def label_values(query: str) -> tuple[str | None, str]:
    """Split a variable's `label_values(selector, label)` into selector (None for `label_values(label)`) and label.

    Raises UsageProblem for any other kind of variable query.
    """
    match = _LABEL_VALUES.match(query.strip())
    if match is None:
        raise UsageProblem(f"{query!r} is not a label_values() query.", hint="Use label_values(metric{...}, label).")
    return match["selector"], match["label"]


def _parse(query: str) -> pp.Expr:
    neutral = dict.fromkeys(variables(query), ".+")
    try:
        return pp.parse(interpolate(query, {**neutral, **_MACROS}))
    except ValueError as error:
        raise UsageProblem(f"{query!r} is not PromQL: {error}.", hint="Try it in Prometheus' own query page.") from error


def _selector(node: pp.VectorSelector) -> Selector:
    name = node.name
    found: list[Matcher] = []
    for group in (node.matchers.matchers, *node.matchers.or_matchers):
        for matcher in group:
            if matcher.name == "__name__" and matcher.op == pp.MatchOp.Equal:
                name = matcher.value
            else:
                found.append(Matcher(matcher.name, _operator(matcher.op), matcher.value))
    return Selector(name, tuple(found))


def _operator(op: pp.MatchOp) -> str:
    return next(text for known, text in _OPERATORS if known == op)


def _names(selector: Selector) -> tuple[str, ...]:
    if selector.metric:
        return (selector.metric,)
    patterns = (m.value for m in selector.matchers if m.label == "__name__" and m.op == "=~")
    return tuple(name for pattern in patterns for name in pattern.split("|") if re.fullmatch(r"[a-zA-Z_:][\w:]*", name))


def _alternation(values: Sequence[str]) -> str:
    # Grafana escapes for a regex and once more for the double-quoted string around it.
    escaped = [re.sub(r"([\\.*+?^${}()|\[\]])", r"\\\1", value).replace("\\", "\\\\") for value in values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"
