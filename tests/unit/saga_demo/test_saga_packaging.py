"""What the tests run on is what the image is made of."""

import tomllib
from importlib.metadata import version

import pytest

from saga.__main__ import main
from tests.unit.saga_demo.shop import ROOT

SHOP = ROOT / "examples/saga"


def _pins(lines: list[str]) -> dict[str, str]:
    return {name.lower().replace("_", "-"): pin for name, _, pin in (line.partition("==") for line in lines) if pin}


def test_the_shop_is_tested_with_the_versions_that_it_ships() -> None:
    shipped = _pins(tomllib.loads((SHOP / "pyproject.toml").read_text())["project"]["dependencies"])
    assert {
        "fastapi",
        "uvicorn",
        "redis",
        "httpx",
        "prometheus-client",
        "prometheus-fastapi-instrumentator",
        "aiokafka",
    } == shipped.keys()
    developed = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["dev"]
    assert shipped.items() <= _pins(developed).items()
    assert shipped.items() <= _pins((SHOP / "constraints.txt").read_text().split()).items()
    assert shipped == {name: version(name) for name in shipped}


@pytest.mark.parametrize(
    ("command", "variable", "raw", "message"),
    [
        ("order", "PORT", "http", "PORT must be a number, not 'http'"),
        ("payment", "FAULTS", "yes", "FAULTS must be on or off, not 'yes'"),
        ("load", "RATE", "-1", "RATE must be above 0, not -1"),
    ],
)
def test_a_process_with_a_wrong_setting_says_which_and_ends_with_2(  # noqa: PLR0917
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, variable: str, raw: str, message: str
) -> None:
    monkeypatch.setenv(variable, raw)
    assert main([command]) == 2
    assert message in capsys.readouterr().err
