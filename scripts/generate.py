"""Writes every generated file that has no generator of its own. `--check` writes nothing and exits 1 if one is stale."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scripts.chart import generated_files  # noqa: E402  (the checkout is no package: its root has to be on the path first)


def main(arguments: list[str]) -> int:
    """Write or check; returns the exit code."""
    check = "--check" in arguments
    stale = [path for path, text in generated_files(ROOT).items() if not path.exists() or path.read_text() != text]
    for path in stale:
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(generated_files(ROOT)[path])
        sys.stdout.write(f"{'stale' if check else 'wrote'}: {path.relative_to(ROOT)}\n")
    if check and stale:
        sys.stdout.write("run: make generate\n")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
