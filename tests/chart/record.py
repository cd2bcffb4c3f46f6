"""Records what the real upstream charts render: `python -m tests.chart.record DIR HELM`, with their packages in DIR.

The recording holds the values and a digest of each part of each object, not the objects: enough to hold the lab's stand-ins to,
and nothing of the upstream's. It only has to be made anew when `values/` sets a key that none of the recordings sets.
"""

import hashlib
import json
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from obsdeploy.values import Values, render
from scripts.chart.defaults import SUBCHARTS
from tests.chart import scenarios
from tests.chart.helm import Helm, Manifest, umbrella_with
from tests.chart.shape import facts

FOLDER = Path(__file__).with_name("recorded")
NAMES = ("dev-demo", "prod-everything", "logs", "kafka", "little")
# How much of a fact's path names its part: enough to find a difference by.
_PART = re.compile(r"data\.[\w-]+\.(yml|yaml|ini)|spec\.template\.spec\.(containers\[[^]]*\]\.)?\w+|spec\.\w+|\w+")


def subchart_values(name: str) -> Values:
    """What a scenario sets in the subcharts, and what the umbrella has to know to accept it."""
    rendered = render(scenarios.settings(name))
    return {key: rendered[key] for key in (*SUBCHARTS, "global", "adminSecret") if key in rendered}


def parts(manifests: list[Manifest]) -> dict[str, str]:
    """A digest of each part of each object of the subcharts."""
    theirs = [each for each in manifests if "obs-stack" not in each["metadata"].get("labels", {}).get("helm.sh/chart", "")]
    found: dict[str, dict[str, Any]] = {}
    for path, value in facts(theirs).items():
        name, _, field = path.partition(" ")
        part = _PART.match(field)
        found.setdefault(f"{name} {part[0] if part else field}", {})[path] = value
    return {part: _digest(values) for part, values in sorted(found.items())}


def _digest(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:16]


def main(packages: Path, binary: Path) -> None:
    """Write the recording of every scenario."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        helm, umbrella = Helm(binary, Path(folder) / "helm"), umbrella_with(packages, Path(folder))
        for name in NAMES:
            values = subchart_values(name)
            recorded = json.dumps(parts(helm.template(umbrella, values)), indent=1)
            (FOLDER / f"{name}.json").write_text(f'{{"values": {json.dumps(values)},\n"parts": {recorded}}}\n')


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
