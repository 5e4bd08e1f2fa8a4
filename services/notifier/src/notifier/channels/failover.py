"""Several base addresses of one service: the first that works is used, one that fails rests and is probed again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

FIRST_COOL_DOWN: Final = timedelta(seconds=5)
LONGEST_COOL_DOWN: Final = timedelta(minutes=2)
PROBE_WITHIN: Final = timedelta(seconds=30)
"""How long one message may try a base that rested, before another one does."""


LONGEST_ASKED: Final = timedelta(minutes=10)
"""A base that asks for a longer rest is probed after this one: others would wait too long for it."""


class AllUnavailable(Exception):
    """Every base has asked to be left alone. `wait`: until the first of them may be used."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(wait)
        self.wait = wait


@dataclass(slots=True)
class Endpoint:
    """An address and how it has been; instants are real time. `asked_until`: the rest it has asked for itself."""

    url: str
    failures: int = 0
    unavailable_until: datetime | None = None
    asked_until: datetime | None = None

    @property
    def provider(self) -> str:
        """What the base is called in attempts: its address without the scheme."""
        return self.url.partition("://")[2]

    def is_cooling_down(self, now: datetime) -> bool:
        """Whether it is left alone for now."""
        return self.unavailable_until is not None and now < self.unavailable_until


class Endpoints:
    """Base addresses, the preferred first. Raises ValueError for one that is no web address."""

    def __init__(self, urls: Sequence[str]) -> None:
        if not urls or any(not url.startswith(("http://", "https://")) for url in urls):
            raise ValueError("base addresses look like https://host[/path], separated by commas")
        self.all = [Endpoint(url.rstrip("/")) for url in urls]

    def choose(self, now: datetime) -> Endpoint:
        """The one to use now: the first that does not rest, else the one whose rest ends first.

        One that has asked for its rest gets it. After its rest a base gets one message, not all of them: it is used
        again when that one has gone through. Raises AllRest.
        """
        for endpoint in self.all:
            if not endpoint.is_cooling_down(now):
                if endpoint.unavailable_until is not None:
                    endpoint.unavailable_until = now + PROBE_WITHIN
                return endpoint
        asked = {
            endpoint.url: endpoint.asked_until
            for endpoint in self.all
            if endpoint.asked_until and now < endpoint.asked_until
        }
        free = [endpoint for endpoint in self.all if endpoint.url not in asked]
        if not free:
            raise AllUnavailable(min(asked.values()) - now)
        return min(free, key=lambda endpoint: endpoint.unavailable_until or now)

    def failed(self, endpoint: Endpoint, now: datetime, wait: timedelta | None = None) -> None:
        """Let it rest, twice as long each time in a row, and no less than it asked for, up to `LONGEST_ASKED`."""
        rest = min(FIRST_COOL_DOWN * 2 ** min(endpoint.failures, 10), LONGEST_COOL_DOWN)
        asked = min(wait, LONGEST_ASKED) if wait is not None else None
        endpoint.failures += 1
        endpoint.asked_until = now + asked if asked is not None else None
        endpoint.unavailable_until = now + max(rest, asked or rest)

    def works(self, endpoint: Endpoint) -> None:
        """It answered: nothing is held against it."""
        endpoint.failures, endpoint.unavailable_until, endpoint.asked_until = 0, None, None

    def other_ready(self, endpoint: Endpoint, now: datetime) -> bool:
        """Whether another one can be used at once."""
        return any(other is not endpoint and not other.is_cooling_down(now) for other in self.all)
