"""What a newcomer does first: `make run`, the printed address, one click, a board that lives."""

import re
from pathlib import Path

from launched_stack import launched, until
from playwright.sync_api import Browser, expect

ROOT = Path(__file__).parents[2]
HANGS_MS = 60_000


def test_the_printed_address_leads_to_a_living_board_by_one_click(browser: Browser, tmp_path: Path) -> None:
    with launched(["make", "-C", str(ROOT), "run"], tmp_path / "data", {}) as stack:
        until(lambda: "ready at " in stack.said() or stack.process.poll() is not None, 240)
        line = next(line for line in stack.said().splitlines() if line.startswith("ready at "))
        page = browser.new_page()
        page.set_default_timeout(HANGS_MS)
        page.goto(line.removeprefix("ready at "))
        page.locator("button[name=as]:not([value=admin])").first.click()
        page.wait_for_url("**/board?**")
        first = page.locator(".lane .task[id^=task-]").first
        expect(first).to_be_visible(timeout=HANGS_MS)
        expect(first.locator("handoff-countdown").first).to_have_attribute("due-at", re.compile("^20"))
        expect(page.locator("#live:not([data-state])")).to_be_attached(timeout=HANGS_MS)
        page.close()
