"""How smooth a page stays in Chromium while something happens: the gaps between the frames it draws."""

import os
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from figures import quantile
from playwright.async_api import async_playwright

_COUNT = """() => {
  window.gaps = [];
  let last = performance.now();
  const note = (now) => { window.gaps.push(now - last); last = now; requestAnimationFrame(note); };
  requestAnimationFrame(note);
}"""


@dataclass(frozen=True, slots=True)
class Frames:
    """Milliseconds between frames: half of them, 95 of a hundred and the longest; `drawn` how many there were."""

    drawn: int
    p50: float
    p95: float
    longest: float


def chromium() -> str | None:
    """The path of Chromium, if there is one."""
    return os.environ.get("HANDOFF_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


async def watch_frames(base: str, address: str, key: str, happen: Callable[[], Awaitable[None]]) -> Frames:
    """Sign in, open a page, and count its frames while something happens."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        page = await browser.new_page(base_url=base, viewport={"width": 1440, "height": 900})
        await page.goto("/sign-in")
        await page.fill("#key", key)
        await page.click("form:has(#key) button")
        await page.goto(address)
        await page.locator("#live:not([data-state])").wait_for(state="attached")
        await page.evaluate(_COUNT)
        await happen()
        gaps: list[float] = await page.evaluate("window.gaps")
        await browser.close()
    return Frames(len(gaps), quantile(gaps, 0.5), quantile(gaps, 0.95), max(gaps))
