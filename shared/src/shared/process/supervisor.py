"""Keeps the loops of a service running: one that fails is begun again, one that keeps failing ends the process."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import structlog

from shared.process.health import OK
from shared.process.shutdown import Loop, growing_delays, pause
from shared.process.transient_errors import is_outage

FAILURES_IN_A_ROW: Final = 5
_FIRST_DELAY: Final = timedelta(milliseconds=100)
_LONGEST_DELAY: Final = timedelta(seconds=5)
_WELL_AFTER: Final = 60.0

_log = structlog.get_logger()


class LoopCancelled(Exception):
    """A loop ended by a cancellation that nobody asked for: a library let out that of a task of its own."""


class Supervisor:
    """Runs loops side by side until asked to stop.

    A loop that fails or ends early is logged and begun again, with growing delays. After five failures in a row,
    none of them an outage of the database and each within a minute of its start, the error goes to the caller.
    """

    def __init__(self, loops: Mapping[str, Loop]) -> None:
        self._loops = loops
        self._running: dict[str, bool] = dict.fromkeys(loops, False)

    async def run(self, stop: asyncio.Event) -> None:
        """Run all loops until the event is set and each has finished what it held."""
        async with asyncio.TaskGroup() as group:
            for name, loop in self._loops.items():
                group.create_task(self._keep_running(name, loop, stop), name=name)

    async def check(self) -> str:
        """For readiness: `ok` while every loop runs."""
        waiting = [name for name, running in self._running.items() if not running]
        return f"not running: {', '.join(waiting)}" if waiting else OK

    async def _keep_running(self, name: str, loop: Loop, stop: asyncio.Event) -> None:
        failures = 0
        delays = growing_delays(_FIRST_DELAY, _LONGEST_DELAY)
        clock = asyncio.get_running_loop().time
        while not stop.is_set():
            begun = clock()
            error = await self._run_once(name, loop, stop)
            if stop.is_set():
                return
            if clock() - begun > _WELL_AFTER:
                failures, delays = 0, growing_delays(_FIRST_DELAY, _LONGEST_DELAY)
            if error is not None and not is_outage(error):
                failures += 1
                if failures == FAILURES_IN_A_ROW:
                    raise error
            await pause(stop, next(delays))

    async def _run_once(self, name: str, loop: Loop, stop: asyncio.Event) -> Exception | None:
        self._running[name] = True
        try:
            await loop(stop)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            _log.exception("loop_cancelled", loop=name)
            return LoopCancelled(name)
        except Exception as error:
            _log.exception("loop_failed", loop=name)
            return error
        finally:
            self._running[name] = False
        return None
