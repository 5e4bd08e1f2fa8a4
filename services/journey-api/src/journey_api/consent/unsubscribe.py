"""What following the link in a mail does: marketing ends by consent, everything else at one address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.etags import Expected
from journey_api.http.problems import not_found
from journey_api.reference.collections import CUSTOMER
from journey_api.reference.models import Consent, Customer
from journey_api.reference.store import Place, read_record, store_document
from journey_api.tasks.contact_card import mask
from shared.db.schema import dealer, unsubscribe_link
from shared.languages.registry import choose_language
from shared.people.addresses import address_hash
from shared.people.eligibility import UNSUBSCRIBED
from shared.people.merged_customers import lock_customer
from shared.people.suppressions import find_suppressed, suppress
from shared.people.unsubscribe_links import find_link

MARKETING: Final = "marketing"
SOURCE: Final = "unsubscribe"
"""What the customer's consent names as its source."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a link is about, as the customer may see it. `address` is masked; None when it is no longer theirs."""

    dealer: str
    address: str | None
    purpose: str
    locale: str
    done: bool


async def describe(connection: AsyncConnection, token: str) -> Leaving:
    """What the link would end; changes nothing. Raises Problem 404 for a link we never made."""
    link = await find_token(connection, token)
    place = (await connection.execute(select(dealer.c.record).where(dealer.c.dealer_id == link.dealer_id))).scalar_one()
    row = await read_record(connection, Place(CUSTOMER, link.dealer_id, link.customer_id))
    record = row.record if row else {}
    mails = [way["address"] for way in record.get("channels", ()) if way["kind"] == link.channel]
    mine = next((mail for mail in mails if address_hash(link.channel, mail) == link.address_hash), None)
    locale = choose_language(record.get("locale"), place)
    done = await _has_ended(connection, link, record)
    return Leaving(place["name"], mask(mine) if mine else None, link.purpose, locale, done)


async def unsubscribe(connection: AsyncConnection, token: str, now: datetime) -> Leaving:
    """End what the link is about; again it changes nothing. Raises Problem 404 for a link we never made."""
    link = await find_token(connection, token)
    await lock_customer(connection, link.dealer_id, link.customer_id)
    link = await find_token(connection, token)
    mine = (unsubscribe_link.c.token_hash == link.token_hash) & unsubscribe_link.c.used_at.is_(None)
    await connection.execute(update(unsubscribe_link).where(mine).values(used_at=now))
    if link.purpose == MARKETING:
        await _withdraw_consent(connection, link, now)
    else:
        await suppress(connection, link.dealer_id, link.channel, link.address_hash, UNSUBSCRIBED, now)
    return await describe(connection, token)


async def find_token(connection: AsyncConnection, token: str) -> Row[Any]:
    """What a link is about. Raises Problem 404 for a link we never made."""
    link = await find_link(connection, token)
    if link is None:
        raise not_found()
    return link


async def _has_ended(connection: AsyncConnection, link: Row[Any], record: Mapping[str, Any]) -> bool:
    """Whether the link has been used, and what it ended was not wished for again since."""
    if link.used_at is None:
        return False
    if link.purpose == MARKETING:
        return not Customer.model_validate(record).consent.marketing
    address = (link.dealer_id, link.channel, link.address_hash)
    return address in await find_suppressed(connection, [address])


async def _withdraw_consent(connection: AsyncConnection, link: Row[Any], now: datetime) -> None:
    """The customer's record as a PUT without consent to marketing would leave it."""
    place = Place(CUSTOMER, link.dealer_id, link.customer_id)
    row = await read_record(connection, place)
    record = Customer.model_validate(row.record if row else {})
    withdrawn = {"service": record.consent.service, "marketing": False, "source": SOURCE, "at": now.isoformat()}
    consent = Consent.model_validate(withdrawn)
    if record.consent.marketing:
        changed = record.model_copy(update={"consent": consent})
        await store_document(connection, place, CUSTOMER.document(changed), Expected(), now)
