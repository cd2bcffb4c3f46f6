"""Durations, quantities and sizes in their own units."""

import pytest
from pydantic import TypeAdapter, ValidationError

from obsdeploy.settings.units import Address, quantity_bytes, seconds, size_bytes

ADDRESS: TypeAdapter[str] = TypeAdapter(Address)


@pytest.mark.parametrize(("text", "value"), [("15s", 15), ("1h30m", 5400), ("7d", 604800), ("250ms", 0.25), ("1w", 604800)])
def test_durations(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize(
    ("text", "value"), [("8Gi", 8 * 1024**3), ("500M", 5e8), ("1k", 1000), ("1.5Gi", 1.5 * 1024**3), ("10", 10)]
)
def test_quantities(text: str, value: float) -> None:
    assert quantity_bytes(text) == value


@pytest.mark.parametrize(("text", "value"), [("40GB", 40 * 1024**3), ("512MB", 512 * 1024**2), ("7B", 7)])
def test_sizes(text: str, value: float) -> None:
    assert size_bytes(text) == value


@pytest.mark.parametrize("text", ["", "15", "15 s", "-1s", "s", "1.5h", "1h2d", "5m1h", "1m1m", "١s"])
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        seconds(text)


@pytest.mark.parametrize("text", ["redis:6379", "a.b.svc.cluster.local.:9092", "10.0.0.1:1", "[fd00::1]:9092", "my_host-1:65535"])
def test_addresses(text: str) -> None:
    assert ADDRESS.validate_python(text) == text


@pytest.mark.parametrize(
    "text", ["[;x y]:9092", "kafka:９０９２", "a..b:9092", ".a:9092", "a-:1", "a:0", "a:65536", "[fd00::1]", "a b:1"]
)
def test_no_addresses(text: str) -> None:
    with pytest.raises(ValidationError, match="such as redis"):
        ADDRESS.validate_python(text)
