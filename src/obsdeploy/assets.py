"""Where charts, values templates, dashboards and the demo's code lie: in a wheel beside this file, else in the checkout."""

from functools import cache
from pathlib import Path

from obsdeploy.errors import EnvironmentProblem


@cache
def root() -> Path:
    """The folder that holds charts/, values/ and examples/. Raises EnvironmentProblem for a broken installation."""
    here = Path(__file__).resolve().parent
    for candidate in (here / "_assets", here.parents[1]):
        if (candidate / "charts" / "obs-stack" / "Chart.yaml").is_file():
            return candidate
    raise EnvironmentProblem(
        "this installation of obsdeploy lacks its charts",
        hint="Install it again: pipx install --force obsdeploy.",
    )


def chart(name: str) -> Path:
    """A chart of ours: obs-stack or saga-demo."""
    return root() / "charts" / name


def values_dir() -> Path:
    """The Jinja templates of the values, the profiles and the keep-lists."""
    return root() / "values"


def demo_source() -> Path:
    """The demo shop's code, from which its image is built."""
    return root() / "examples" / "saga"
