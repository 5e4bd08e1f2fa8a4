"""A real stack for the tests of a worker, Debian's Chromium, and a dealership of each test's own."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from browser_process import BrowserProcess
from dealership import Dealership
from launched_stack import Stack
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright
from visits import Complaints, SignedIn

from harness.chromium import chromium_for_tests

HERE = Path(__file__).parent
LIMIT_SECONDS = 300
"""For all a test does with its browser: five times what the longest needs on a busy machine."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here needs a browser; without one it is skipped, or fails where one is required."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium."""
    return chromium_for_tests()


@pytest.fixture(scope="session")
def stack(chromium: str, plain_stack: Stack) -> Stack:
    """The real stack of the worker, where there is a browser to drive on it."""
    return plain_stack


@pytest.fixture(scope="session")
def address(stack: Stack) -> str:
    """Where the stack is found."""
    return stack.address()


@pytest.fixture(scope="session")
def api(stack: Stack, address: str) -> Iterator[httpx.Client]:
    """The API as an admin."""
    headers = {"authorization": f"Bearer {stack.key()}"}
    with httpx.Client(base_url=address, headers=headers, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
def shop(api: httpx.Client) -> Dealership:
    """A dealership of the test's own."""
    return Dealership(api, f"d-{uuid4().hex[:12]}").open()


@pytest.fixture(scope="module")
def browser_process(chromium: str) -> Iterator[BrowserProcess]:
    """Chromium, started once a file: while it runs, no other test of the worker may have an event loop."""
    with sync_playwright() as playwright:
        process = BrowserProcess(playwright, chromium)
        yield process
        with process.limited(LIMIT_SECONDS):
            process.opened().close()


@pytest.fixture
def browser(browser_process: BrowserProcess) -> Iterator[Browser]:
    """Chromium of the file; one that hangs is killed and fails the test that has it."""
    with browser_process.limited(LIMIT_SECONDS):
        yield browser_process.opened()


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Nothing unexpected at the end of every test."""
    heard = Complaints()
    yield heard
    assert heard.unexpected() == []


@pytest.fixture
def sign_in(browser: Browser, address: str, shop: Dealership, complaints: Complaints) -> Iterator[SignedIn]:
    """Opens a browser of its own, signed in as a person of the dealership, on a page."""
    contexts: list[BrowserContext] = []
    numbers = count()

    def signed_in(
        staff_id: str | None,
        path: str = "",
        *,
        width: int = 1440,
        theme: str = "light",
        script: bool = True,
        scopes: Sequence[str] = ("tasks:read", "tasks:write", "ops:read"),
        **more: object,
    ) -> Page:
        viewport = {"width": width, "height": 900}
        context = browser.new_context(
            base_url=address,
            viewport=viewport,  # type: ignore[arg-type]
            color_scheme=theme,  # type: ignore[arg-type]
            locale="en-GB",
            java_script_enabled=script,
            **more,  # type: ignore[arg-type]
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", complaints.note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/sign-in")
        page.fill("#key", shop.key_of(staff_id, next(numbers), scopes))
        page.click("form:has(#key) button")
        page.wait_for_url("**/board?**" if staff_id else "**/operations")
        if path:
            page.goto(path)
        if script:
            page.locator("#live:not([data-state])").wait_for(state="attached") if "/board" in page.url else None
        return page

    yield signed_in
    heard = list(complaints)
    for context in contexts:
        for page in context.pages:
            # a page that follows a feed is left before it is closed; what it says then is nobody's complaint, nor that
            # it was on its way elsewhere
            with suppress(Error):
                page.goto("about:blank")
        context.close()
    complaints[:] = heard
