"""Addresses that answers to our mails come to: each knows the mail it answers; random, and stored as a hash only."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import insert_all
from shared.db.schema import reply_address
from shared.people.unsubscribe_links import token_hash

GOOD_FOR: Final = timedelta(days=365)
"""How long after its mail an address is known, in domain time."""

_PREFIX: Final = "reply+"
_BYTES: Final = 16
_TOKEN: Final = re.compile(rf"{re.escape(_PREFIX)}([0-9a-f]{{{2 * _BYTES}}})@(.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerable:
    """A mail that may be answered."""

    dealer_id: str
    notification_id: str


async def make_addresses(
    connection: AsyncConnection, domain: str, wanted: Sequence[Answerable], at: datetime
) -> list[str]:
    """A new address at the domain for each of these mails, in their order.

    The token is in digits and small letters: servers on the way may change the case of an address.
    """
    tokens = [secrets.token_hex(_BYTES) for _ in wanted]
    made = zip(wanted, tokens, strict=True)
    rows = [{**asdict(to), "token_hash": token_hash(token), "created_at": at} for to, token in made]
    await insert_all(connection, reply_address, rows)
    return [f"{_PREFIX}{token}@{domain}" for token in tokens]


def token_of(address: str, domain: str) -> str | None:
    """The token of an address of ours at the domain; None for any other address."""
    found = _TOKEN.fullmatch(address.strip())
    return found[1].lower() if found and found[2].lower() == domain.lower() else None


async def find_answered(connection: AsyncConnection, tokens: Sequence[str], now: datetime) -> str | None:
    """The notification that an answer with one of these tokens answers; None where none of them is good any more."""
    if not tokens:
        return None
    known = reply_address.c.token_hash.in_([token_hash(token) for token in tokens])
    query = select(reply_address.c.notification_id).where(known, reply_address.c.created_at > now - GOOD_FOR)
    found: str | None = await connection.scalar(query.order_by(reply_address.c.created_at.desc()).limit(1))
    return found
