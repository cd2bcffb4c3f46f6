"""Takes the README's pictures of the live demo's dashboards: `python scripts/dashboard_pictures.py [ADDRESS]`.

They are drawn by the lab's stand-in with @grafana/ui, and their captions say so. They show five minutes: let the demo run for
six, undisturbed.
"""

import sys
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.looks.browser import chromium, new_context, sign_in
from tests.looks.eyes import open_board

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SHOWN = {"obs-saga": "dark", "obs-service": "light"}
COLORS = 128


def main(address: str) -> None:
    """Write one picture a dashboard, as it first shows on a laptop's screen."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for uid, theme in SHOWN.items():
            context = new_context(browser, "laptop", theme)
            sign_in(context, address, "admin", "admin")
            page = context.new_page()
            page.set_viewport_size({"width": 1280, "height": 960})
            open_board(page, address, uid, theme=theme, **{"from": "now-5m", "to": "now"})
            path = PICTURES / f"dashboard-{uid.removeprefix('obs-')}.png"
            page.screenshot(path=path)
            Image.open(path).convert("RGB").quantize(COLORS).save(path, optimize=True)
            context.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:3000")
