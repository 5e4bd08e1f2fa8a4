"""Loads who is to be told: their addresses and preferences, their hours, their language and name."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from notifier.context import NotifierContext, Record
from notifier.notifications.request import NotificationRequest
from notifier.planning.allowed_times import staff_availability
from notifier.planning.session_window import barred_addresses
from shared.calendar.availability import StaffMember
from shared.channels.email import EMAIL
from shared.channels.post import POST
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
from shared.people.open_complaints import has_open_complaint


@dataclass(frozen=True)
class ResolvedRecipient:
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


async def resolve_recipient(context: NotifierContext, request: NotificationRequest) -> ResolvedRecipient:
    """What the plan needs to know of an obligation's recipient; of one without a record, nothing is known."""
    return (await resolve_recipients(context, [request]))[0]


async def resolve_recipients(
    context: NotifierContext, requests: Sequence[NotificationRequest]
) -> list[ResolvedRecipient]:
    """What the plans need to know of the obligations' recipients, in their order; read together."""
    named = {(one.dealer_id, one.recipient.customer_id) for one in requests if one.recipient.customer_id}
    await context.read_dealers({one.dealer_id for one in requests})
    customers = await context.customers(named)
    people = [await _person(context, one, customers) for one in requests]
    dealers = [one.dealer_id for one in requests]
    closed = await _load_closed(context, zip(dealers, people, strict=True))
    return [await _resolve(context, one, person, closed) for one, person in zip(requests, people, strict=True)]


async def _person(
    context: NotifierContext, request: NotificationRequest, customers: Mapping[CustomerKey, Record]
) -> _Person:
    recipient = request.recipient
    if recipient.customer_id is not None:
        record = customers.get((request.dealer_id, recipient.customer_id), {})
        return _Person(record, customer_addresses(record, request.purpose))
    if recipient.staff_id is not None:
        record = (await context.staff(request.dealer_id)).get(recipient.staff_id, {})
        return _Person(record, read_addresses(record, verified=True))
    return _Person({}, (Address(EMAIL.name, recipient.mailbox or ""),))


async def _resolve(
    context: NotifierContext, request: NotificationRequest, person: _Person, closed: _Closed
) -> ResolvedRecipient:
    if request.recipient.customer_id is not None:
        return await _customer(context, request, person, closed)
    if request.recipient.staff_id is not None:
        return await _member(context, request, person, closed)
    return await _mailbox(context, request, person)


async def _customer(
    context: NotifierContext, request: NotificationRequest, person: _Person, closed: _Closed
) -> ResolvedRecipient:
    dealer = await context.dealer(request.dealer_id)
    barred = await barred_addresses(context, request, person.addresses)
    key = request.dealer_id, request.recipient.customer_id or ""
    complained = request.purpose == "marketing" and await has_open_complaint(context.connection, *key)
    return customer_audience(request, person.record, dealer, closed[request.dealer_id], barred, complained=complained)


def customer_audience(
    request: NotificationRequest,
    record: Record,
    dealer: Record,
    closed: Mapping[Address, str],
    barred: Mapping[Address, str],
    *,
    complained: bool = False,
) -> ResolvedRecipient:
    """What the plan needs to know of a customer's and its dealer's record; `barred` as in `Message`.

    `complained`: a negative feedback of the customer is open.
    """
    purpose = request.purpose
    kinds = customer_channels() if request.notification_type.becomes_task else written_channels()
    if request.notification_type.as_letter:
        kinds = (*kinds, POST.name)
    inbound = Inbound(request.inbound_at, request.reply_kinds) if request.inbound_at else None
    return ResolvedRecipient(
        customer_preferences(record, closed, purpose),
        replace(customer_message(purpose, request.topics, kinds, dealer, inbound, barred), complaint_open=complained),
        customer_availability(customer_hours(record, dealer), purpose, inbound),
        choose_language(record.get("locale"), dealer),
    )


async def _member(
    context: NotifierContext, request: NotificationRequest, person: _Person, closed: _Closed
) -> ResolvedRecipient:
    dealer, people = await context.dealer(request.dealer_id), await context.people(request.dealer_id)
    staff_id = request.recipient.staff_id or ""
    member = people.members.get(staff_id) or StaffMember(staff_id, ())
    return ResolvedRecipient(
        Preferences(person.addresses, closed=closed[request.dealer_id]),
        Message("staff", kinds=staff_channels()),
        staff_availability(member, people, any_hour=request.notification_type.any_hour),
        choose_language(person.record.get("locale"), dealer),
    )


async def _mailbox(context: NotifierContext, request: NotificationRequest, person: _Person) -> ResolvedRecipient:
    def never_blocked(_kind: str, _at: datetime) -> None:
        return None

    language = choose_language(None, await context.dealer(request.dealer_id))
    return ResolvedRecipient(
        Preferences(person.addresses), Message("staff", kinds=(EMAIL.name,)), never_blocked, language
    )


async def _load_closed(context: NotifierContext, people: Iterable[tuple[str, _Person]]) -> _Closed:
    addresses: dict[str, set[Address]] = defaultdict(set)
    for dealer_id, person in people:
        addresses[dealer_id].update(person.addresses)
    wanted = {dealer_id: (await context.dealer(dealer_id), some) for dealer_id, some in addresses.items()}
    return await load_closed(context.connection, wanted)
