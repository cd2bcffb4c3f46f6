"""Generated files of charts: of charts/obs-stack the lock, the subcharts' defaults and the README's table; stand-ins' schemas."""

from datetime import UTC, datetime
from pathlib import Path

from scripts.chart import defaults, docs, lock, standins


def generated_files(root: Path) -> dict[Path, str]:
    """The chart's generated files and what should be in them, for the checkout at `root`."""
    chart = root / "charts/obs-stack"
    values = defaults.put_defaults((chart / "values.yaml").read_text())
    return {
        chart / "Chart.lock": _lock(chart),
        chart / "values.yaml": values,
        chart / "README.md": docs.put_table((chart / "README.md").read_text(), values),
        **dict(standins.schemas(root / "lab/charts")),
    }


def _lock(chart: Path) -> str:
    previous = chart / "Chart.lock"
    return lock.lock_file(
        (chart / "Chart.yaml").read_text(),
        previous.read_text() if previous.exists() else "",
        datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
