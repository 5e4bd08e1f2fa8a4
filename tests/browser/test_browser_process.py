"""A browser that hangs costs one test: it is killed, the test fails, and the next one has a browser that works."""

from collections.abc import Iterator

import pytest
from browser_process import BrowserHungError, BrowserProcess
from playwright.sync_api import sync_playwright

NEVER = "() => new Promise(() => {})"
BUSY = "() => { for (;;) {} }"


@pytest.fixture(scope="module")
def process(chromium: str) -> Iterator[BrowserProcess]:
    with sync_playwright() as playwright:
        started = BrowserProcess(playwright, chromium)
        yield started
        started.opened().close()


@pytest.mark.parametrize("script", [NEVER, BUSY])
def test_what_would_wait_for_ever_is_ended(process: BrowserProcess, script: str) -> None:
    page = process.opened().new_page()
    with pytest.raises(BrowserHungError, match="killed"), process.limited(1):
        page.evaluate(script)
    assert process.opened().new_page().evaluate("1 + 1") == 2


def test_a_page_that_hung_before_it_was_asked_is_ended_too(process: BrowserProcess) -> None:
    page = process.opened().new_context().new_page()
    page.evaluate("() => { setTimeout(() => { for (;;) {} }) }")
    with pytest.raises(BrowserHungError), process.limited(1):
        page.title()
    assert process.opened().new_page().evaluate("1 + 1") == 2


def test_who_is_done_in_time_keeps_the_browser(process: BrowserProcess) -> None:
    browser = process.opened()
    with process.limited(30):
        browser.new_page().evaluate("1 + 1")
    assert process.opened() is browser
