"""What a test sees of a browser: who is signed in to it, and what its pages complained of."""

from collections.abc import Callable

from playwright.sync_api import ConsoleMessage, Page

SignedIn = Callable[..., Page]
"""Opens a browser of its own, signed in as a person, on a page."""


class Complaints(list[str]):
    """What pages complained of, but for what a test provokes."""

    def __init__(self) -> None:
        super().__init__()
        self.provoked: tuple[str, ...] = ()

    def expect(self, *parts: str) -> None:
        """Complaints that hold one of these are the test's own doing."""
        self.provoked = parts

    def unexpected(self) -> list[str]:
        """The others, breaches of the policy whatever a test expects."""
        return [one for one in self if not any(part in one for part in self.provoked)]

    def note(self, message: ConsoleMessage) -> None:
        """Keep errors and warnings, which breaches of the policy are."""
        if message.type in ("error", "warning"):
            self.append(message.text)
