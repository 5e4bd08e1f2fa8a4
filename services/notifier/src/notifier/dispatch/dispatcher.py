"""Sends what is due: claims in one transaction, sends with none open, records in another."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.channels.channel import (
    Channel,
    DeliveryStatus,
    SendingFailed,
    StatusUnknown,
    SupportsLookup,
    retry_policy_of,
)
from notifier.context import ChannelConfig, NotifierContext
from notifier.dispatch.attempts import Outcome, outcome_of_failure, overdue_attempts
from notifier.dispatch.claim import Attempt, Claimed, claim_due
from notifier.dispatch.outcome_writer import OutcomeWriter
from notifier.dispatch.status_queries import StatusQuery, ask_again, claim_status_queries, outcome_of
from shared.channels.registry import machine_channels
from shared.clock import Clock, real_now
from shared.db.engine import Database
from shared.db.watermark import BEGINNING, BEHIND, Watermark
from shared.process.failpoints import failpoint
from shared.process.shutdown import pause
from shared.process.transient_errors import is_outage

SLOTS: Final = 16
"""How many messages one process sends by one channel at a time: a slow channel takes none of another's."""

SEND_TIMEOUT: Final = timedelta(seconds=25)
"""A send that takes longer is given up as unknown; shorter than the lease of its attempt."""

LEASE_MARGIN: Final = timedelta(seconds=5)
"""Nothing is handed over when less than this is left of a lease."""

_IDLE: Final = timedelta(seconds=1)
_SOON: Final = timedelta(milliseconds=50)
_CHECK_LEASES_EVERY: Final = 1.0

_log = structlog.get_logger()


@dataclass
class Dispatcher:
    """Sends queued notifications; several may run, here and in other processes.

    `wake` is set by whoever knows that something was queued or is due; without it that is found after `idle`.
    """

    database: Database
    channels: Mapping[str, Channel]
    config: ChannelConfig
    clock: Clock
    real_clock: Clock = real_now
    send_timeout: timedelta = SEND_TIMEOUT
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    idle: timedelta = _IDLE

    def __post_init__(self) -> None:
        self._running: dict[str, set[asyncio.Task[None]]] = defaultdict(set)
        self._asked = [kind for kind, channel in self.channels.items() if isinstance(channel, SupportsLookup)]
        self._leases_checked = 0.0
        self._waiting = False
        self._watermark = Watermark(BEGINNING)
        self._end_with(asyncio.Event())

    async def run(self, stop: asyncio.Event) -> None:
        """Send what is due until asked to stop, then finish what is under way."""
        self._end_with(stop)
        try:
            while not stop.is_set():
                self.wake.clear()
                if not await self.step():
                    await self._wait()
        finally:
            await self.finish()

    def _end_with(self, stop: asyncio.Event) -> None:
        self._stop = stop
        self._recorder = OutcomeWriter(self.database, self._context, stop)

    async def step(self) -> int:
        """Claim what is due, as far as there is room, and begin to send it; answers how many were claimed."""
        await self._give_up_overdue()
        rooms = {kind: room for kind in machine_channels() if (room := SLOTS - len(self._running[kind])) > 0}
        if not rooms:
            return 0
        claimed, status_queries = await self._claim(rooms)
        self._waiting = claimed.waiting
        for attempt in claimed.attempts:
            self._start(attempt.ref.channel, self._carry_out(attempt))
        for status_query in status_queries:
            self._start(status_query.ref.channel, self._find_out(status_query))
        return len(claimed.attempts) + len(status_queries)

    async def send_due(self) -> int:
        """Send what is due now, as far as there is room, to the end; answers how many were claimed.

        Leases are checked however lately they were, and what was due long ago is looked for too.
        """
        self._leases_checked = 0.0
        self._watermark.sweep()
        claimed = await self.step()
        await self.finish()
        return claimed

    async def finish(self) -> None:
        """Wait until nothing is under way."""
        while under_way := set().union(*self._running.values()):
            await asyncio.wait(under_way)

    async def _claim(self, rooms: Mapping[str, int]) -> tuple[Claimed, list[StatusQuery]]:
        async with self.database.transaction() as connection:
            context = self._context(connection)
            claimed = await claim_due(context, rooms, self._asked, self._watermark.low())
            if claimed.attempts:
                failpoint("dispatch.before_commit")
            asked = {kind: rooms[kind] for kind in self._asked if kind in rooms}
            status_queries = await claim_status_queries(context, asked) if asked else []
        if not claimed.full and len(rooms) == len(machine_channels()):
            self._watermark.passed(context.real - BEHIND)
        return claimed, status_queries

    def _start(self, kind: str, work: Coroutine[Any, Any, None]) -> None:
        running = asyncio.create_task(work)
        self._running[kind].add(running)
        running.add_done_callback(lambda ended: self._ended(kind, ended))

    def _ended(self, kind: str, ended: asyncio.Task[None]) -> None:
        self._running[kind].discard(ended)
        # there is room, and perhaps a retry without delay
        self.wake.set()

    def _context(self, connection: AsyncConnection) -> NotifierContext:
        return NotifierContext(connection, self.config, self.clock(), self.real_clock())

    async def _wait(self) -> None:
        """Until somebody calls or something ended, or a moment passed: less where an event is still on its way."""
        await pause(self._stop, _SOON if self._waiting else self.idle, self.wake)

    async def _carry_out(self, attempt: Attempt) -> None:
        try:
            outcome = attempt.refused or await self._send(attempt)
            failpoint("dispatch.before_marking")
            await self._recorder.note(attempt.ref, outcome)
        except Exception as error:
            # the lease of the attempt runs out, and it is then dealt with as unknown
            if not is_outage(error):
                _log.exception("outcome_not_recorded", attempt_id=attempt.message.attempt_id)

    async def _send(self, attempt: Attempt) -> Outcome:
        channel = self.channels.get(attempt.message.channel)
        if channel is None:
            return Outcome("perm_failed", "not_usable_now")
        message = attempt.message.within(lambda: self.real_clock() < attempt.lease_until - LEASE_MARGIN)
        try:
            async with asyncio.timeout(self.send_timeout.total_seconds()):
                message.hand_over()
                accepted = await channel.send(message)
        except SendingFailed as failure:
            return outcome_of_failure(failure, channel)
        except TimeoutError:
            return Outcome("unknown", "timeout", retry_policy=retry_policy_of(channel))
        except Exception:
            _log.exception("channel_failed", provider=channel.provider, attempt_id=message.attempt_id)
            return Outcome("unknown", "error", retry_policy=retry_policy_of(channel))
        status: DeliveryStatus = "delivered" if channel.accepted_is_delivered else "accepted"
        provider = accepted.provider or channel.provider
        return Outcome(status, accepted.code, provider, accepted.reference)

    async def _find_out(self, status_query: StatusQuery) -> None:
        channel = self.channels[status_query.ref.channel]
        assert isinstance(channel, SupportsLookup)
        try:
            async with asyncio.timeout(self.send_timeout.total_seconds()):
                answer = await channel.ask(status_query.lookup)
        except Exception:
            _log.exception("channel_not_asked", attempt_id=status_query.ref.attempt_id)
            answer = StatusUnknown()
        outcome = outcome_of(status_query, answer, self.real_clock())
        if outcome is not None:
            await self._recorder.note(status_query.ref, outcome)
            return
        async with self.database.transaction() as connection:
            await ask_again(self._context(connection), status_query)

    async def _give_up_overdue(self) -> None:
        """Attempts whose sender has gone: nobody knows what became of them. Looked for once a second."""
        if time.monotonic() - self._leases_checked < _CHECK_LEASES_EVERY:
            return
        async with self.database.transaction() as connection:
            tickets = await overdue_attempts(self._context(connection), machine_channels())
        for ref in tickets:
            retry_policy = retry_policy_of(self.channels.get(ref.channel))
            await self._recorder.note(ref, Outcome("unknown", "deadline", retry_policy=retry_policy))
        self._leases_checked = time.monotonic()
