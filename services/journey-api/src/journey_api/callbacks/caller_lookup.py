"""Whose number it is: the customer, and the dealer, behind a message that came in."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import phonenumbers
from phonenumbers import PhoneNumberFormat
from sqlalchemy import Row, Select, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.channels.address_forms import TELEPHONE_NUMBER
from shared.channels.registry import customer_channels, kind_of, written_channels
from shared.channels.telephone_numbers import comparable, e164, same_line
from shared.db.schema import journey_case, notification
from shared.people.addresses import region_of

_FORMS: Final = (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL)
_TAIL: Final = 7

_WITH_SUCH_A_NUMBER: Final = text(
    """
    select c.dealer_id, c.customer_id, c.record, d.record as dealer
      from customers_with_number(:tail) found
      join customer c using (dealer_id, customer_id)
      join dealer d using (dealer_id)
     order by c.dealer_id, c.customer_id
    """
)
"""By the end of the number, which is the same however it is spelt."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A customer of a dealer."""

    dealer_id: str
    customer_id: str


async def find_sender(
    connection: AsyncConnection, number: str, dealers: Collection[str] = frozenset()
) -> Sender | None:
    """The customer behind a number in E.164; the dealer is that of the newest message to it, else the only one.

    `dealers`: one of these, where there are any: it was their own number that was written to. None for a number nobody
    knows, or that several dealers know and none has written to. Of several customers of the dealer with one number it
    is the one with the newest open case.
    """
    newest = _messages(dealers).where(notification.c.address.in_(spellings(number))).limit(1)
    if row := (await connection.execute(newest)).first():
        return Sender(row.dealer_id, row.customer_id)
    known = [one for one in await _customers_with(connection, number) if not dealers or one.dealer_id in dealers]
    if not known:
        return None
    if found := await _written_to_otherwise(connection, known, number):
        return found
    if len({sender.dealer_id for sender in known}) > 1:
        return None
    return await _at_work_on(connection, known) if len(known) > 1 else known[0]


def spellings(number: str) -> tuple[str, ...]:
    """The usual ways to write a number that is given in E.164, and the others of one line with it."""
    lines = [phonenumbers.parse(one) for one in (number, *same_line(number))]
    ways = [phonenumbers.format_number(line, form) for line in lines for form in _FORMS]
    ways += [way.replace(" ", "") for way in ways]
    ways += ["00" + way.removeprefix("+") for way in ways if way.startswith("+")]
    return (*dict.fromkeys(ways), number.removeprefix("+"))


def _messages(dealers: Collection[str] = frozenset()) -> Select[Any]:
    """Messages to customers' numbers that were handed over, the newest first; of these dealers, where there are any."""
    columns = notification.c
    query = select(columns.dealer_id, columns.customer_id, columns.address)
    by_number = columns.channel.in_(_numbered(written_channels()))
    query = query.where(by_number, columns.customer_id.is_not(None), columns.attempt_count > 0)
    if dealers:
        query = query.where(columns.dealer_id.in_(sorted(dealers)))
    return query.order_by(columns.created_at.desc(), columns.notification_id.desc())


def _numbered(channels: Iterable[str]) -> list[str]:
    """Those of the channels whose addresses are telephone numbers."""
    return [name for name in channels if kind_of(name).address is TELEPHONE_NUMBER]


async def _customers_with(connection: AsyncConnection, number: str) -> list[Sender]:
    rows = await connection.execute(_WITH_SUCH_A_NUMBER, {"tail": number[-_TAIL:]})
    return [Sender(row.dealer_id, row.customer_id) for row in rows if _has(row, number)]


def _has(row: Row[Any], number: str) -> bool:
    region = region_of(row.dealer)
    kinds = _numbered(customer_channels())
    ways = (way for way in row.record["channels"] if way.get("kind") in kinds)
    numbers = (e164(way.get("address") or "", region) for way in ways)
    return any(comparable(one) == comparable(number) for one in numbers if one)


async def _written_to_otherwise(connection: AsyncConnection, known: Sequence[Sender], number: str) -> Sender | None:
    """Whom of these the newest message went to, where their number is spelt in an unusual way."""
    them = tuple_(notification.c.dealer_id, notification.c.customer_id)
    rows = await connection.execute(_messages().where(them.in_([(one.dealer_id, one.customer_id) for one in known])))
    digits = number[-_TAIL:]
    for row in rows:
        if "".join(filter(str.isdigit, row.address or "")).endswith(digits):
            return Sender(row.dealer_id, row.customer_id)
    return None


async def _at_work_on(connection: AsyncConnection, known: Sequence[Sender]) -> Sender:
    columns = journey_case.c
    query = select(columns.dealer_id, columns.customer_id).where(
        columns.dealer_id == known[0].dealer_id,
        columns.customer_id.in_([one.customer_id for one in known]),
        columns.status == "open",
    )
    newest = query.order_by(columns.newest_event_at.desc().nulls_last(), columns.case_id.desc()).limit(1)
    row = (await connection.execute(newest)).first()
    return Sender(row.dealer_id, row.customer_id) if row else known[0]
