"""Loops that repeat a job, so much real time apart."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from shared.process.shutdown import Loop, pause
from shared.process.transient_errors import is_outage

_log = structlog.get_logger()

SECOND: Final = timedelta(seconds=1)
MINUTE: Final = timedelta(minutes=1)

Job = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class JobLoop:
    """A loop that repeats a job until asked to stop. Its name is that of its log lines and of its place in a service.

    `single_pass` does what is due now and answers what it found to do, which is false where that was nothing. With
    `wake` there is something to do only when that is set, or has been left over.
    """

    name: str
    run: Loop
    single_pass: Job
    wake: asyncio.Event | None = None

    async def __call__(self, stop: asyncio.Event) -> None:
        """Work until asked to stop."""
        await self.run(stop)


def periodic(
    period: timedelta,
    name: str,
    job: Job,
    wake: asyncio.Event | None = None,
    *,
    repeat: bool = True,
    gather: timedelta = timedelta(0),
) -> JobLoop:
    """A loop that does a job again and again, so much real time apart; one that fails does not end it.

    With `wake` it is done again when that is set, after a while in which more may `gather`, and as long as it finds
    something unless `repeat` is false: what it had to leave is then not tried again at once.
    """
    woken = wake or asyncio.Event()

    async def run(stop: asyncio.Event) -> None:
        while not stop.is_set():
            woken.clear()
            try:
                found = await job()
                if wake is not None and found and repeat:
                    continue
            except Exception as error:
                if is_outage(error):
                    _log.warning("database_unavailable", job=name, error=type(error).__name__)
                else:
                    _log.exception("job_failed", job=name)
            await pause(stop, period, woken)
            if woken.is_set():
                await pause(stop, gather)

    return JobLoop(name, run, job, wake)
