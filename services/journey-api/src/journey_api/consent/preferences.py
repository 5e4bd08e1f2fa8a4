"""How a customer wishes to be written to: read from the record, changed by a form, kept with its source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.consent.unsubscribe import find_token
from journey_api.http.etags import Expected
from journey_api.http.problems import Problem
from journey_api.reference.checks import check_customer
from journey_api.reference.collections import CUSTOMER
from journey_api.reference.models import Customer, CustomerAddress
from journey_api.reference.store import Place, read_record, store_document
from shared.calendar.opening_hours import WEEKDAYS
from shared.db.schema import dealer, preference_change
from shared.ids import new_id
from shared.people.addresses import address_hash, region_of
from shared.people.merged_customers import lock_customer
from shared.vocabulary import SAFETY_TOPICS, TOPICS

SOURCE: Final = "preference page"
"""What the consent and the change name as where they come from."""

KEPT: Final = ("channels", "consent", "preferences", "quiet_hours")
MOST_WINDOWS: Final = 3
MIDNIGHT: Final = "24:00"
_KEY_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose preferences a link opens: the customer's record and its version, the dealer's record."""

    dealer_id: str
    customer_id: str
    record: Customer
    version: int
    dealer: Mapping[str, Any]


async def load_holder(connection: AsyncConnection, token: str) -> Holder | None:
    """The customer of a link, None where there is none any more. Raises Problem 404 for a link we never made."""
    link = await find_token(connection, token)
    return await _holder(connection, link.dealer_id, link.customer_id)


async def save_preferences(
    connection: AsyncConnection, token: str, form: Sequence[tuple[str, str]], now: datetime
) -> None:
    """Store what the form says. The same again changes nothing.

    What changed is kept with its source, before and after. Takes the customer's lock. Raises Problem: 404 for a link
    we never made, 412 where the record has changed since the page was shown, 422 for hours that cannot be.
    """
    link = await find_token(connection, token)
    customer_id = await lock_customer(connection, link.dealer_id, link.customer_id)
    holder = await _holder(connection, link.dealer_id, customer_id)
    if holder is None:
        raise Problem(404, "There is no such customer any more.")
    given = dict(form)
    if given.get("version") != str(holder.version):
        raise Problem(412, "The preferences have changed since the page was shown.", code="stale")
    changed = changed_record(holder.record, form, region_of(holder.dealer), now)
    before, after = (CUSTOMER.document(one) for one in (holder.record, changed))
    difference = {name for name in KEPT if before.get(name) != after.get(name)}
    if not difference:
        return
    place = Place(CUSTOMER, holder.dealer_id, holder.customer_id)
    await store_document(connection, place, after, Expected(frozenset({str(holder.version)})), now)
    change = {"change_id": new_id(), "dealer_id": holder.dealer_id, "customer_id": holder.customer_id, "at": now}
    change |= {"source": SOURCE, "before": _part(before, difference), "after": _part(after, difference)}
    await connection.execute(insert(preference_change).values(change))


def changed_record(record: Customer, form: Sequence[tuple[str, str]], region: str | None, now: datetime) -> Customer:
    """The record as the form wishes it. Pure. Raises Problem 422 for hours that cannot be.

    Consent keeps its source and time where the form leaves it as it is.
    """
    given = dict(form)
    document = record.model_dump(by_alias=True, mode="json")
    ordered = sorted(record.channels, key=lambda one: _place(record, one, given, region))
    document["channels"] = [one.model_dump(mode="json") for one in ordered]
    document["quiet_hours"] = [*_windows(record, form), *document["quiet_hours"][MOST_WINDOWS:]]
    document["preferences"] = _topics(record, given)
    wished = {name: name in given for name in ("service", "marketing")}
    if wished != {name: getattr(record.consent, name) for name in wished}:
        document["consent"] = {**wished, "source": SOURCE, "at": now.isoformat()}
    try:
        changed = Customer.model_validate(document)
    except ValidationError:
        raise Problem(422, "The form holds what cannot be kept.", code="unreadable") from None
    if check_customer(changed, region):
        raise Problem(422, "Hours run from one time of day to another, and must end some time.", code="hours")
    return changed


def channel_key(one: CustomerAddress, region: str | None) -> str:
    """What a field of the form calls an address; it cannot be read back."""
    return address_hash(one.kind, one.address, region)[:_KEY_LENGTH]


def topic_value(kinds: Sequence[str] | str | None) -> str:
    """What the form says for a topic's channels: none, `off`, or kinds in their order."""
    return kinds if isinstance(kinds, str) else ",".join(kinds or ())


def shown_end(ends: str) -> str:
    """The end of a time to be quiet as a browser takes it: midnight is 00:00."""
    return "00:00" if ends == MIDNIGHT else ends


def _place(record: Customer, one: CustomerAddress, given: Mapping[str, str], region: str | None) -> tuple[int, int]:
    present = record.channels.index(one)
    wished = given.get(f"place-{channel_key(one, region)}", "")
    return (int(wished) if wished.isdecimal() and len(wished) < 4 else present + 1), present


def _windows(record: Customer, form: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """The times to be quiet that the form shows; a row without both of its times is none."""
    windows = []
    for number in range(MOST_WINDOWS):
        days = [value for name, value in form if name == f"quiet-{number}-days" and value in WEEKDAYS]
        begins, ends = (dict(form).get(f"quiet-{number}-{side}", "")[:5] for side in ("from", "to"))
        kept = record.quiet_hours[number] if number < len(record.quiet_hours) else None
        if kept is not None and ends == shown_end(kept.ends):
            ends = kept.ends
        if begins and ends:
            ordered = [day for day in WEEKDAYS if day in days]
            windows.append({"days": ordered or list(WEEKDAYS), "from": begins, "to": ends})
    return windows


def _topics(record: Customer, given: Mapping[str, str]) -> dict[str, Any]:
    """The channels by topic; a topic the form does not name stays as it is."""
    kept = dict(record.preferences)
    for topic in TOPICS:
        value = given.get(f"topic-{topic}")
        if value is None:
            continue
        kept.pop(topic, None)
        if value == "off" and topic not in SAFETY_TOPICS:
            kept[topic] = "off"
        elif value and value != "off":
            kept[topic] = value.split(",")
    return kept


def _part(document: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: document.get(name) for name in sorted(names)}


async def _holder(connection: AsyncConnection, dealer_id: str, customer_id: str) -> Holder | None:
    row: Row[Any] | None = await read_record(connection, Place(CUSTOMER, dealer_id, customer_id))
    place = await connection.scalar(select(dealer.c.record).where(dealer.c.dealer_id == dealer_id))
    if row is None or place is None:
        return None
    return Holder(dealer_id, row.customer_id, Customer.model_validate(row.record), row.version, place)
