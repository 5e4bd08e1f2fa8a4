"""The one connection of a process that listens for hints, and whom they wake."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from shared.db.engine import Database
from shared.db.prepared import driver_of
from shared.messaging.postgres.kept_connection import kept_connection
from shared.process.error_text import reason_of
from shared.process.shutdown import growing_delays, pause, unless_stopped
from shared.process.transient_errors import is_outage

Wake = Callable[[str], object]
"""Called with the payload of a hint; with "" where hints may have been missed. Must not raise."""

_ASK_AFTER: Final = timedelta(seconds=10)
_ANSWER_WITHIN: Final = 10
_ASK: Final = "select pg_listening_channels()"

_log = structlog.get_logger()


class NotifyListener:
    """Wakes the readers and jobs of a process. They look by themselves too: nothing may depend on a hint.

    Each is woken, too, when its channel begins to be listened to, when the connection breaks, and when another has
    begun: what was notified in between was missed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wakes: defaultdict[str, list[Wake]] = defaultdict(list)
        self._changed = asyncio.Event()

    def set_on(self, events: Mapping[str, asyncio.Event]) -> None:
        """Set each event when its channel is notified, from now on."""
        for channel, event in events.items():
            self._add(channel, partial(_set, event))

    @contextmanager
    def waking(self, channel: str, wake: Wake) -> Iterator[None]:
        """Pass on the hints of a channel inside the context."""
        self._add(channel, wake)
        try:
            yield
        finally:
            self._wakes[channel].remove(wake)

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until asked to stop, on one connection of the pool; one that breaks or does not answer is replaced."""
        delays = growing_delays()
        while not stop.is_set():
            listening: set[str] = set()
            try:
                await unless_stopped(stop, self._listen(listening))
            except Exception as error:
                self._wake_all(listening)
                if not is_outage(error):
                    raise
                _log.warning("notify_listener_interrupted", error=reason_of(error))
                delays = growing_delays() if listening else delays
                await pause(stop, next(delays))

    def _add(self, channel: str, wake: Wake) -> None:
        self._wakes[channel].append(wake)
        self._changed.set()

    async def _listen(self, listening: set[str]) -> None:
        """Listen until the connection fails; `listening` tells for which channels it does."""
        async with kept_connection(self._database, self._changed) as connection:
            driver = await driver_of(connection)
            while True:
                self._changed.clear()
                async with asyncio.timeout(_ANSWER_WITHIN):
                    begun = [channel for channel, wakes in self._wakes.items() if wakes and channel not in listening]
                    for channel in begun:
                        await driver.add_listener(channel, self._pass_on)
                        listening.add(channel)
                    await driver.execute(_ASK)
                self._wake_all(begun)
                await pause(self._changed, _ASK_AFTER)

    def _pass_on(self, _driver: object, _pid: int, channel: str, hint: str) -> None:
        for wake in self._wakes[channel]:
            wake(hint)

    def _wake_all(self, channels: Iterable[str]) -> None:
        for channel in channels:
            for wake in self._wakes[channel]:
                wake("")


def _set(event: asyncio.Event, _hint: str) -> None:
    event.set()
