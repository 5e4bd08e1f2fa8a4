"""Tickets that open a feed without a header, for `EventSource`. Instants are real time.

A ticket opens a feed within 60 seconds; one that has opened a feed opens it again for 12 hours, while its key is valid.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, insert, or_, update

from journey_api.access.api_keys import KeyRing, secret_hash
from journey_api.http.auth import Principal
from journey_api.http.problems import Problem
from shared.clock import Clock
from shared.db.engine import Database
from shared.db.schema import feed_ticket
from shared.messaging.retention import TICKETS_KEPT

UNUSED_AT_MOST: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class FeedTickets:
    """The tickets of an installation."""

    database: Database
    keys: KeyRing
    real: Clock

    async def issue(self, principal: Principal) -> tuple[str, datetime]:
        """A new ticket of the caller's key, and until when it must be used."""
        ticket, now = "ft_" + secrets.token_urlsafe(32), self.real()
        row = {"token_hash": secret_hash(ticket), "secret_hash": principal.secret_hash, "wall_clock_at": now}
        async with self.database.transaction(()) as connection:
            await connection.execute(insert(feed_ticket).values(row))
        return ticket, now + UNUSED_AT_MOST

    async def principal(self, ticket: str) -> Principal:
        """The principal whose key the ticket is of, which is used from now on; 401 for a dead one."""
        now = self.real()
        opened = (
            update(feed_ticket)
            .where(
                feed_ticket.c.token_hash == secret_hash(ticket),
                feed_ticket.c.wall_clock_at > now - TICKETS_KEPT,
                or_(feed_ticket.c.opened_at.is_not(None), feed_ticket.c.wall_clock_at > now - UNUSED_AT_MOST),
            )
            .values(opened_at=func.coalesce(feed_ticket.c.opened_at, now))
            .returning(feed_ticket.c.secret_hash)
        )
        async with self.database.transaction(()) as connection:
            digest = await connection.scalar(opened)
        if digest is None:
            raise Problem(401, "This ticket has expired, or is none of ours.", code="ticket_expired")
        return await self.keys.principal_of_hash(bytes(digest))
