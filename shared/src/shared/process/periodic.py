"""Loops that repeat a job, so much real time apart."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import structlog

from shared.process.shutdown import Loop, pause
from shared.process.transient_errors import is_outage

_log = structlog.get_logger()

SECOND: Final = timedelta(seconds=1)
MINUTE: Final = timedelta(minutes=1)

Chore = Callable[[], Awaitable[object]]


def every(period: timedelta, name: str, chore: Chore, wake: asyncio.Event | None = None) -> Loop:
    """A loop that does a chore again and again, so much real time apart; one that fails does not end it.

    With `wake` it is done again as soon as that is set, and as long as it finds something.
    """
    woken = wake or asyncio.Event()

    async def run(stop: asyncio.Event) -> None:
        while not stop.is_set():
            woken.clear()
            try:
                found = await chore()
                if wake is not None and found:
                    continue
            except Exception as error:
                if is_outage(error):
                    _log.warning("database_away", chore=name, error=type(error).__name__)
                else:
                    _log.exception("chore_failed", chore=name)
            await pause(stop, period, woken)

    return run


def once(chore: Chore) -> Chore:
    """The chore as one that does not say what it found: what it had to leave is not tried again at once."""

    async def quiet() -> None:
        await chore()

    return quiet
