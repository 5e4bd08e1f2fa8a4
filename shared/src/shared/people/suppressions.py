"""Addresses closed to us: who closed them and why, and how they are opened again."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal, NamedTuple

from sqlalchemy import delete, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.prepared import Prepared
from shared.db.schema import suppression
from shared.people.eligibility import UNSUBSCRIBED

Reason = Literal["stop", "bounce", "complaint", "unsubscribed"]

STOPPED_CODE: Final = "21610"
"""Twilio's code for a recipient who has answered STOP."""

NO_SUCH_MAILBOX: Final = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"})
"""The enhanced status codes (RFC 3463) by which a mail server says that nobody is there. Others speak of the sender or
of the message: they close nothing."""

_Key = tuple[str, str]
AddressKey = tuple[str, str, str]
"""A dealer's view of an address: dealer, channel and hash."""


class Closure(NamedTuple):
    """Why an address is closed, and since when."""

    reason: str
    since: datetime


async def suppress(
    connection: AsyncConnection, dealer_id: str, channel: str, address_hash: str, reason: Reason, at: datetime
) -> None:
    """Close an address (an `address_hash`); a bounce overrides an opt-out, else the first reason is kept."""
    row = {"dealer_id": dealer_id, "channel": channel, "address_hash": address_hash, "reason": reason, "at": at}
    statement = insert(suppression).values(row)
    stronger = (suppression.c.reason == UNSUBSCRIBED) & (statement.excluded.reason != UNSUBSCRIBED)
    changed = {"reason": statement.excluded.reason, "at": statement.excluded.at}
    key = ["dealer_id", "channel", "address_hash"]
    await connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changed, where=stronger))


async def lift(connection: AsyncConnection, dealer_id: str, channel: str, address_hash: str, reason: Reason) -> bool:
    """Open an address that was closed for this reason; False where it was not."""
    columns = suppression.c
    mine = (columns.dealer_id == dealer_id) & (columns.channel == channel) & (columns.address_hash == address_hash)
    return (await connection.execute(delete(suppression).where(mine, columns.reason == reason))).rowcount == 1


async def find_suppressed(connection: AsyncConnection, keys: Iterable[AddressKey]) -> dict[AddressKey, str]:
    """The reason of each of these addresses that is closed."""
    return {key: one.reason for key, one in (await find_closures(connection, keys)).items()}


async def find_closures(connection: AsyncConnection, keys: Iterable[AddressKey]) -> dict[AddressKey, Closure]:
    """Why and since when each of these addresses is closed, in one statement; those that are open are left out."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    columns = dict(zip(("dealers", "channels", "hashes"), map(list, zip(*wanted, strict=True)), strict=True))
    rows = await _CLOSURES.rows(connection, columns)
    return {(row.dealer_id, row.channel, row.address_hash): Closure(row.reason, row.at) for row in rows}


async def lift_all(connection: AsyncConnection, dealer_id: str, keys: Iterable[_Key]) -> None:
    """Open these addresses (channel and hash), whatever closed them."""
    columns = suppression.c
    mine = tuple_(columns.channel, columns.address_hash).in_(sorted(set(keys)))
    await connection.execute(delete(suppression).where(columns.dealer_id == dealer_id, mine))


_CLOSURES: Final = Prepared(
    """
    select dealer_id, channel, address_hash, s.reason, s.at
      from unnest(cast(:dealers as text[]), cast(:channels as text[]), cast(:hashes as text[]))
        as wanted(dealer_id, channel, address_hash)
      join suppression s using (dealer_id, channel, address_hash)
    """
)
