"""Sends what is due: claims in one transaction, sends with none open, records in another."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.attempts import Attempt, Outcome, Ticket, claim_due, overdue_attempts
from notifier.desk import Desk
from notifier.means import Means
from notifier.outcomes import record_outcome
from notifier.sending import Accepted, Outbound, SendingFailed, TryLater, Unconfirmed, Undeliverable
from shared.clock import Clock, real_now
from shared.database import Database
from shared.outages import is_outage, through_outages
from shared.stopping import pause

SLOTS: Final = 8
"""How many messages one process sends at a time."""

SEND_TIMEOUT: Final = timedelta(seconds=25)
"""A send that takes longer is given up as unknown; shorter than the lease of its attempt."""

_IDLE: Final = timedelta(milliseconds=100)
_CHECK_LEASES_EVERY: Final = 1.0

_log = structlog.get_logger()


class Channel(Protocol):
    """A way to a person that a machine can go, such as one SMTP server.

    `accepted_is_delivered`: the provider says no more after it took a message.
    """

    provider: str
    accepted_is_delivered: bool

    async def send(self, message: Outbound) -> Accepted:
        """Hand one attempt to the provider, under its attempt id.

        Raises Undeliverable to give the channel up, TryLater when the provider surely did not take it, Unconfirmed
        when nobody knows. Any other exception counts as Unconfirmed.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


@dataclass
class Dispatcher:
    """Sends queued notifications; several may run, here and in other processes."""

    database: Database
    channels: Mapping[str, Channel]
    means: Means
    clock: Clock
    real_clock: Clock = real_now
    send_timeout: timedelta = SEND_TIMEOUT

    def __post_init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._leases_checked = 0.0
        self._stop = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Send what is due until asked to stop, then finish what is under way."""
        self._stop = stop
        try:
            while not stop.is_set():
                claimed = await self.step()
                if not claimed or len(self._running) >= SLOTS:
                    await self._wait(stop)
        finally:
            await self.finish()

    async def step(self) -> int:
        """Claim what is due, as far as there is room, and begin to send it; answers how many were claimed."""
        await self._give_up_overdue()
        room = SLOTS - len(self._running)
        if room <= 0:
            return 0
        async with self.database.transaction() as connection:
            attempts = await claim_due(self._desk(connection), room)
        for attempt in attempts:
            sending = asyncio.create_task(self._carry_out(attempt))
            self._running.add(sending)
            sending.add_done_callback(self._running.discard)
        return len(attempts)

    async def finish(self) -> None:
        """Wait until nothing is under way."""
        while self._running:
            await asyncio.wait(set(self._running))

    def _desk(self, connection: AsyncConnection) -> Desk:
        return Desk(connection, self.means, self.clock(), self.real_clock())

    async def _wait(self, stop: asyncio.Event) -> None:
        """Until something ended, or a moment passed."""
        if len(self._running) >= SLOTS:
            await asyncio.wait(self._running, timeout=_IDLE.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
        else:
            await pause(stop, _IDLE)

    async def _carry_out(self, attempt: Attempt) -> None:
        try:
            outcome = await self._send(attempt)
            await self._record(attempt.ticket, outcome)
        except Exception as error:
            # the lease of the attempt runs out, and it is then dealt with as unknown
            if not is_outage(error):
                _log.exception("outcome_not_recorded", attempt_id=attempt.message.attempt_id)

    async def _send(self, attempt: Attempt) -> Outcome:
        channel = self.channels.get(attempt.message.channel)
        if channel is None:
            return Outcome("perm_failed", "not_usable_now")
        try:
            async with asyncio.timeout(self.send_timeout.total_seconds()):
                accepted = await channel.send(attempt.message)
        except SendingFailed as failure:
            return _failed(failure)
        except TimeoutError:
            return Outcome("unknown", "timeout")
        except Exception:
            _log.exception("channel_failed", provider=channel.provider, attempt_id=attempt.message.attempt_id)
            return Outcome("unknown", "error")
        return Outcome(
            "delivered" if channel.accepted_is_delivered else "accepted",
            accepted.code,
            provider=channel.provider,
            reference=accepted.reference,
        )

    async def _record(self, ticket: Ticket, outcome: Outcome) -> None:
        """Note it however long the database is away: what is forgotten is sent once more."""

        async def note(connection: AsyncConnection) -> None:
            await record_outcome(self._desk(connection), ticket, outcome)

        await through_outages(self.database, self._stop, note)

    async def _give_up_overdue(self) -> None:
        """Attempts whose sender has gone: nobody knows what became of them. Looked for once a second."""
        if time.monotonic() - self._leases_checked < _CHECK_LEASES_EVERY:
            return
        async with self.database.transaction() as connection:
            tickets = await overdue_attempts(self._desk(connection))
        for ticket in tickets:
            await self._record(ticket, Outcome("unknown", "deadline"))
        self._leases_checked = time.monotonic()


def _failed(failure: SendingFailed) -> Outcome:
    match failure:
        case Undeliverable():
            return Outcome("perm_failed", failure.code)
        case TryLater():
            return Outcome("temp_failed", failure.code, after=failure.after)
        case Unconfirmed() | _:
            return Outcome("unknown", failure.code)
