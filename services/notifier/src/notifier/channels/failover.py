"""Several base addresses of one service: the first that works is used, one that fails rests and is probed again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

FIRST_REST: Final = timedelta(seconds=5)
LONGEST_REST: Final = timedelta(minutes=2)
PROBE_WITHIN: Final = timedelta(seconds=30)
"""How long one message may try a base that rested, before another one does."""


LONGEST_ASKED: Final = timedelta(minutes=10)
"""A base that asks for a longer rest is probed after this one: others would wait too long for it."""


class AllRest(Exception):
    """Every base has asked to be left alone. `wait`: until the first of them may be used."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(wait)
        self.wait = wait


@dataclass(slots=True)
class Base:
    """An address and how it has been; instants are real time. `asked_until`: the rest it has asked for itself."""

    url: str
    failures: int = 0
    rests_until: datetime | None = None
    asked_until: datetime | None = None

    @property
    def provider(self) -> str:
        """What the base is called in attempts: its address without the scheme."""
        return self.url.partition("://")[2]

    def rests(self, now: datetime) -> bool:
        """Whether it is left alone for now."""
        return self.rests_until is not None and now < self.rests_until


class Bases:
    """Base addresses, the preferred first. Raises ValueError for one that is no web address."""

    def __init__(self, urls: Sequence[str]) -> None:
        if not urls or any(not url.startswith(("http://", "https://")) for url in urls):
            raise ValueError("base addresses look like https://host[/path], separated by commas")
        self.all = [Base(url.rstrip("/")) for url in urls]

    def choose(self, now: datetime) -> Base:
        """The one to use now: the first that does not rest, else the one whose rest ends first.

        One that has asked for its rest gets it. After its rest a base gets one message, not all of them: it is used
        again when that one has gone through. Raises AllRest.
        """
        for base in self.all:
            if not base.rests(now):
                if base.rests_until is not None:
                    base.rests_until = now + PROBE_WITHIN
                return base
        asked = {base.url: base.asked_until for base in self.all if base.asked_until and now < base.asked_until}
        free = [base for base in self.all if base.url not in asked]
        if not free:
            raise AllRest(min(asked.values()) - now)
        return min(free, key=lambda base: base.rests_until or now)

    def failed(self, base: Base, now: datetime, wait: timedelta | None = None) -> None:
        """Let it rest, twice as long each time in a row, and no less than it asked for, up to `LONGEST_ASKED`."""
        rest = min(FIRST_REST * 2 ** min(base.failures, 10), LONGEST_REST)
        asked = min(wait, LONGEST_ASKED) if wait is not None else None
        base.failures += 1
        base.asked_until = now + asked if asked is not None else None
        base.rests_until = now + max(rest, asked or rest)

    def works(self, base: Base) -> None:
        """It answered: nothing is held against it."""
        base.failures, base.rests_until, base.asked_until = 0, None, None

    def other_ready(self, base: Base, now: datetime) -> bool:
        """Whether another one can be used at once."""
        return any(other is not base and not other.rests(now) for other in self.all)
