"""Chromium of this machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser")
"""Debian's, the cheapest first."""


def find_chromium() -> str | None:
    """The path that HANDOFF_CHROMIUM says, else the first of those that are installed."""
    installed = (shutil.which(name) for name in NAMES)
    return os.environ.get("HANDOFF_CHROMIUM") or next(filter(None, installed), None)


def chromium_for_tests() -> str:
    """The same path. Where there is none the test is skipped, or fails if HANDOFF_REQUIRE_BROWSER says so."""
    path = find_chromium()
    if path is None:
        required = os.environ.get("HANDOFF_REQUIRE_BROWSER") == "1"
        reason = f"there is no chromium (apt-get install {NAMES[0]} or {NAMES[1]}, or HANDOFF_CHROMIUM=/its/path)"
        (pytest.fail if required else pytest.skip)(reason)
    return path


@contextmanager
def opened_chromium() -> Iterator[Browser]:
    """Chromium for a test or two: while it runs, no other test of the worker may have an event loop."""
    path = chromium_for_tests()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
