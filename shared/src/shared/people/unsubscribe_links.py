"""Links by which a customer unsubscribes in one step (RFC 8058): random, and stored as a hash only."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import insert_all
from shared.db.schema import unsubscribe_link

PATH: Final = "/u/"
_BYTES: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a link ends: messages of a purpose to an address of a customer."""

    dealer_id: str
    customer_id: str
    channel: str
    address_hash: str
    purpose: str


async def make_links(
    connection: AsyncConnection, public_url: str, wanted: Sequence[Subscription], at: datetime
) -> list[str]:
    """A new address to unsubscribe at for each of these, in their order; they never end."""
    tokens = [secrets.token_urlsafe(_BYTES) for _ in wanted]
    made = zip(wanted, tokens, strict=True)
    rows = [{**asdict(to), "token_hash": token_hash(token), "created_at": at} for to, token in made]
    await insert_all(connection, unsubscribe_link, rows)
    return [public_url.rstrip("/") + PATH + token for token in tokens]


async def find_link(connection: AsyncConnection, token: str) -> Row[Any] | None:
    """The row behind a token."""
    query = select(unsubscribe_link).where(unsubscribe_link.c.token_hash == token_hash(token))
    return (await connection.execute(query)).one_or_none()


def token_hash(token: str) -> str:
    """What is stored of a token: it is random, so a plain SHA-256 holds."""
    return sha256(token.encode()).hexdigest()
