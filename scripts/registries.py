"""Can the upstream charts and images be had from here? Exit 0 yes, 1 no (naming the first host that does not answer)."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import yaml

ROOT = Path(__file__).resolve().parents[1]
IMAGE_REGISTRIES = ("https://registry-1.docker.io/v2/", "https://quay.io/v2/", "https://registry.k8s.io/v2/")
TIMEOUT_SECONDS = 4.0


def chart_repositories() -> list[str]:
    """The index of each repository that the umbrella's lock file names."""
    lock = yaml.safe_load((ROOT / "charts/obs-stack/Chart.lock").read_text())
    return sorted({f"{dependency['repository']}/index.yaml" for dependency in lock["dependencies"]})


def answers(url: str) -> bool:
    """Whether a registry is at the other end: any answer below 500 will do (an image registry says 401)."""
    try:
        with httpx.stream("GET", url, timeout=TIMEOUT_SECONDS, follow_redirects=True) as response:
            return response.status_code in {200, 401}
    except httpx.HTTPError:
        return False


def main() -> int:
    """Ask all of them at once."""
    urls = [*chart_repositories(), *IMAGE_REGISTRIES]
    with ThreadPoolExecutor(len(urls)) as pool:
        missing = [url for url, ok in zip(urls, pool.map(answers, urls), strict=True) if not ok]
    for url in missing:
        sys.stderr.write(f"no answer from {urlsplit(url).hostname}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
