"""Chromium of a file of tests: killed when it answers no more, and started anew for the next test."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psutil
from playwright.sync_api import Browser, Playwright

SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class BrowserHungError(Exception):
    """The browser was killed because a test, or its clearing up, was not done with it in time."""


class BrowserProcess:
    """A browser that runs once it is asked for."""

    def __init__(self, playwright: Playwright, path: str) -> None:
        self._playwright, self._path = playwright, path
        # Chromium leaves a switch that it does not know where it can be seen from outside
        self._mark = f"--of-test-run={uuid4()}"
        self._browser: Browser | None = None

    def opened(self) -> Browser:
        """The browser, started where none runs."""
        if self._browser is None or not self._browser.is_connected():
            switches = [*SWITCHES, self._mark]
            self._browser = self._playwright.chromium.launch(executable_path=self._path, args=switches)
        return self._browser

    @contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        """Kill the browser when what is done meanwhile takes longer, which ends every call that waits for it.

        Raises BrowserHungError at the end if that happened. Most calls of Playwright have no limit of their own.
        """
        hung = threading.Event()

        def give_up() -> None:
            hung.set()
            self._kill()

        timer = threading.Timer(seconds, give_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            if hung.is_set():
                raise BrowserHungError(f"the browser was killed: it was not done within {seconds:.0f} s")

    def _kill(self) -> None:
        for process in psutil.Process().children(recursive=True):
            if self._is_ours(process):
                process.kill()

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return self._mark in process.cmdline()
        except psutil.Error:
            return False
