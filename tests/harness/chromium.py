"""Where Chromium is on this machine."""

import os
import shutil
from typing import Final

import pytest

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
