"""Times and durations."""

import pytest

from obsdeploy.checks.times import ago, epoch, seconds


@pytest.mark.parametrize(("text", "value"), [("15s", 15), ("1m30s", 90), ("2h", 7200), ("500ms", 0.5), ("1d", 86400), ("0s", 0)])
def test_durations_are_read(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "15", "s", "1 m", "15s!", "-5s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        seconds(text)


def test_times_are_read_with_nanoseconds_and_zones_and_never_is_zero() -> None:
    assert epoch("1970-01-01T00:01:00.5Z") == 60.5
    assert epoch("1970-01-01T02:00:00.123456789+02:00") == pytest.approx(0.123456)
    assert epoch("0001-01-01T00:00:00Z") == epoch("") == 0.0


@pytest.mark.parametrize(
    ("passed", "said"), [(3, "3 s ago"), (119, "119 s ago"), (240, "4 min ago"), (3 * 86400, "3 d ago"), (-5, "0 s ago")]
)
def test_ago_uses_the_largest_unit_that_says_enough(passed: float, said: str) -> None:
    assert ago(1000 - passed, 1000) == said
