"""Loads who is to be told: their addresses and wishes, their hours, their language and name."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from notifier.context import Desk, Record
from notifier.notifications.request import Obligation
from notifier.notifications.types import purpose_of
from notifier.planning.allowed_times import staff_availability
from notifier.planning.session_window import barred_addresses
from shared.calendar.availability import StaffMember
from shared.channels.email import EMAIL
from shared.channels.registry import customer_channels, staff_channels, written_channels
from shared.ids import CustomerKey
from shared.languages.registry import choose_language
from shared.people.contact_hours import AvailabilityOf, Inbound, customer_availability, customer_hours
from shared.people.customer_channels import (
    customer_addresses,
    customer_message,
    customer_preferences,
    load_closed,
    read_addresses,
)
from shared.people.eligibility import Address, Message, Preferences


@dataclass(frozen=True)
class Audience:
    """A recipient as the plan sees it, and the language its words are in."""

    preferences: Preferences
    message: Message
    availability_of: AvailabilityOf
    language: str


@dataclass(frozen=True, slots=True)
class _Person:
    record: Record
    addresses: tuple[Address, ...]


_Closed = Mapping[str, Mapping[Address, str]]
"""By dealer, why an address is closed to it."""


async def load_audience(desk: Desk, obligation: Obligation) -> Audience:
    """What the plan needs to know of an obligation's recipient; of one without a record, nothing is known."""
    return (await load_audiences(desk, [obligation]))[0]


async def load_audiences(desk: Desk, obligations: Sequence[Obligation]) -> list[Audience]:
    """What the plans need to know of the obligations' recipients, in their order; read together."""
    named = {(one.dealer_id, one.recipient.customer_id) for one in obligations if one.recipient.customer_id}
    customers = await desk.customers(named)
    people = [await _person(desk, one, customers) for one in obligations]
    dealers = [one.dealer_id for one in obligations]
    closed = await _load_closed(desk, zip(dealers, people, strict=True))
    return [await _audience(desk, one, person, closed) for one, person in zip(obligations, people, strict=True)]


async def _person(desk: Desk, obligation: Obligation, customers: Mapping[CustomerKey, Record]) -> _Person:
    recipient = obligation.recipient
    if recipient.customer_id is not None:
        record = customers.get((obligation.dealer_id, recipient.customer_id), {})
        return _Person(record, customer_addresses(record, purpose_of(obligation.notice, obligation.topics)))
    if recipient.staff_id is not None:
        record = (await desk.staff(obligation.dealer_id)).get(recipient.staff_id, {})
        return _Person(record, read_addresses(record, verified=True))
    return _Person({}, (Address(EMAIL.name, recipient.mailbox or ""),))


async def _audience(desk: Desk, obligation: Obligation, person: _Person, closed: _Closed) -> Audience:
    if obligation.recipient.customer_id is not None:
        return await _customer(desk, obligation, person, closed)
    if obligation.recipient.staff_id is not None:
        return await _member(desk, obligation, person, closed)
    return await _mailbox(desk, obligation, person)


async def _customer(desk: Desk, obligation: Obligation, person: _Person, closed: _Closed) -> Audience:
    dealer = await desk.dealer(obligation.dealer_id)
    barred = await barred_addresses(desk, obligation, person.addresses)
    return customer_audience(obligation, person.record, dealer, closed[obligation.dealer_id], barred)


def customer_audience(
    obligation: Obligation, record: Record, dealer: Record, closed: Mapping[Address, str], barred: Mapping[Address, str]
) -> Audience:
    """What the plan needs to know of a customer's and its dealer's record; `barred` as in `Message`."""
    purpose = purpose_of(obligation.notice, obligation.topics)
    kinds = customer_channels() if obligation.notice.becomes_task else written_channels()
    inbound = Inbound(obligation.inbound_at, obligation.reply_kinds) if obligation.inbound_at else None
    return Audience(
        customer_preferences(record, closed, purpose),
        customer_message(purpose, obligation.topics, kinds, dealer, inbound, barred),
        customer_availability(customer_hours(record, dealer), purpose, inbound),
        choose_language(record.get("locale"), dealer),
    )


async def _member(desk: Desk, obligation: Obligation, person: _Person, closed: _Closed) -> Audience:
    dealer, people = await desk.dealer(obligation.dealer_id), await desk.people(obligation.dealer_id)
    staff_id = obligation.recipient.staff_id or ""
    member = people.members.get(staff_id) or StaffMember(staff_id, ())
    return Audience(
        Preferences(person.addresses, closed=closed[obligation.dealer_id]),
        Message("staff", kinds=staff_channels()),
        staff_availability(member, people, any_hour=obligation.notice.any_hour),
        choose_language(person.record.get("locale"), dealer),
    )


async def _mailbox(desk: Desk, obligation: Obligation, person: _Person) -> Audience:
    def never_blocked(_kind: str, _at: datetime) -> None:
        return None

    language = choose_language(None, await desk.dealer(obligation.dealer_id))
    return Audience(Preferences(person.addresses), Message("staff", kinds=(EMAIL.name,)), never_blocked, language)


async def _load_closed(desk: Desk, people: Iterable[tuple[str, _Person]]) -> _Closed:
    addresses: dict[str, set[Address]] = defaultdict(set)
    for dealer_id, person in people:
        addresses[dealer_id].update(person.addresses)
    return {
        dealer_id: await load_closed(desk.connection, dealer_id, await desk.dealer(dealer_id), some)
        for dealer_id, some in addresses.items()
    }
