"""The pictures of `docs/screens`, made by the tests that open the pages: `HANDOFF_SCREENSHOTS=1`.

Each page is there once wide and light and once narrow and dark, as far down as a window shows it: they lie in git.
"""

import os
from pathlib import Path

from playwright.sync_api import Page

SCREENS = Path(__file__).parents[2] / "docs" / "screens"
_WANTED = os.environ.get("HANDOFF_SCREENSHOTS") == "1"
KEPT = {("light", 1440), ("dark", 390)}
"""Theme and width."""


def keep_picture(page: Page, name: str, theme: str, width: int) -> None:
    """Write the picture of a page, where pictures are wanted and this is one of those that are kept."""
    if _WANTED and (theme, width) in KEPT:
        SCREENS.mkdir(parents=True, exist_ok=True)
        page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)")
        page.screenshot(path=SCREENS / f"{name}-{theme}-{width}.png")
