"""Keeps processes alive: what dies is started again, at every death, within a fraction of a second."""

import time
from collections.abc import Callable
from typing import Final, Protocol

START_INTERVAL: Final = 0.5
"""Real seconds from one start to the next at least: what dies at once does not burn a core. No back-off ever."""


class Kept(Protocol):
    """Something that runs, may die, and can be started again."""

    name: str

    def alive(self) -> bool:
        """Whether it runs."""
        ...

    def finished(self) -> bool:
        """Whether it ended as it should and is not to be started again."""
        ...

    def start(self) -> None:
        """Start it, without waiting until it is ready."""
        ...

    def last_words(self) -> str:
        """How it ended, for a person."""
        ...

    def tidy(self) -> None:
        """Called often while it runs."""
        ...


class Supervisor:
    """Starts what it is given and keeps it running until `stop`. Not for threads: call `tend` often."""

    def __init__(self, echo: Callable[[str], None]) -> None:
        self._echo = echo
        self._kept: list[Kept] = []
        self._started: dict[str, float] = {}
        self._dead: set[str] = set()
        self._hindered: dict[str, str] = {}

    def keep(self, kept: Kept) -> None:
        """Keep it alive from now on; it is started if it does not run."""
        self._kept.append(kept)
        if not kept.alive():
            self._start(kept)

    def tend(self) -> None:
        """Notice who died, and start again those that were not started just now.

        What the system refuses, as a full disk does, is said once and tried again at the next call.
        """
        for kept in self._kept:
            try:
                self._tend(kept)
            except OSError as error:
                if self._hindered.get(kept.name) != str(error):
                    self._echo(f"{kept.name}: {error}; trying again")
                    self._hindered[kept.name] = str(error)

    def forget(self) -> None:
        """Keep nothing any more: what dies now stays dead."""
        self._kept.clear()

    def _tend(self, kept: Kept) -> None:
        if kept.alive():
            kept.tidy()
            self._hindered.pop(kept.name, None)
            return
        if kept.finished():
            return
        if kept.name not in self._dead:
            self._echo(f"{kept.last_words()}; starting it again")
            self._dead.add(kept.name)
        if time.monotonic() >= self._started.get(kept.name, 0.0) + START_INTERVAL:
            self._start(kept)

    def _start(self, kept: Kept) -> None:
        self._started[kept.name] = time.monotonic()
        kept.start()
        self._dead.discard(kept.name)
