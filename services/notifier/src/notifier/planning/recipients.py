"""Loads who is to be told: their addresses and wishes, their hours, their language and name."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from notifier.content.language import language_of, zone_of
from notifier.context import CustomerKey, Desk, Record
from notifier.notifications.request import Obligation
from notifier.notifications.types import SAFETY_PURPOSES, TASK_CHANNELS, Purpose, purpose_of
from notifier.planning.allowed_times import CustomerHours, customer_pauses, staff_pauses
from notifier.planning.channel_selection import PauseOf
from notifier.planning.preferences import Address, Request, Wishes
from notifier.planning.whatsapp_window import barred_addresses
from shared.calendar.availability import StaffMember
from shared.calendar.quiet_hours import parse_marketing_window, parse_windows
from shared.people.addresses import address_hash, region_of
from shared.people.suppressions import UNSUBSCRIBED, find_suppressed
from shared.vocabulary import STAFF_CHANNELS, WRITTEN_CHANNELS

_CONSENTS: Final = ("service", "marketing")
_CUSTOMER_KINDS: Final = (*WRITTEN_CHANNELS, *TASK_CHANNELS)


@dataclass(frozen=True)
class Audience:
    """A recipient as the plan sees it, and the language its words are in."""

    wishes: Wishes
    request: Request
    pause_of: PauseOf
    language: str


@dataclass(frozen=True, slots=True)
class _Person:
    record: Record
    addresses: tuple[Address, ...]


_LEAD: Final = "lead"
"""The source of consent of a profile that began with an enquiry; a system that stores the customer says another."""

_Closed = Mapping[tuple[str, Address], str]
"""Why an address of a dealer is closed to us."""


async def load_audience(desk: Desk, obligation: Obligation) -> Audience:
    """What the plan needs to know of an obligation's recipient; of one without a record, nothing is known."""
    return (await load_audiences(desk, [obligation]))[0]


async def load_audiences(desk: Desk, obligations: Sequence[Obligation]) -> list[Audience]:
    """What the plans need to know of the obligations' recipients, in their order; read together."""
    named = {(one.dealer_id, one.recipient.customer_id) for one in obligations if one.recipient.customer_id}
    customers = await desk.customers(named)
    people = [await _person(desk, one, customers) for one in obligations]
    closed = await _closed(desk, [(one.dealer_id, person) for one, person in zip(obligations, people, strict=True)])
    return [await _audience(desk, one, person, closed) for one, person in zip(obligations, people, strict=True)]


async def _person(desk: Desk, obligation: Obligation, customers: Mapping[CustomerKey, Record]) -> _Person:
    recipient = obligation.recipient
    if recipient.customer_id is not None:
        record = customers.get((obligation.dealer_id, recipient.customer_id), {})
        return _Person(record, customer_addresses(record, purpose_of(obligation.notice, obligation.topics)))
    if recipient.staff_id is not None:
        record = (await desk.staff(obligation.dealer_id)).get(recipient.staff_id, {})
        return _Person(record, read_addresses(record, verified=True))
    return _Person({}, (Address("email", recipient.mailbox or ""),))


async def _audience(desk: Desk, obligation: Obligation, person: _Person, closed: _Closed) -> Audience:
    if obligation.recipient.customer_id is not None:
        return await _customer(desk, obligation, person, closed)
    if obligation.recipient.staff_id is not None:
        return await _member(desk, obligation, person, closed)
    return await _mailbox(desk, obligation, person)


async def _customer(desk: Desk, obligation: Obligation, person: _Person, closed: _Closed) -> Audience:
    dealer, record = await desk.dealer(obligation.dealer_id), person.record
    purpose = purpose_of(obligation.notice, obligation.topics)
    wishes = Wishes(
        person.addresses,
        {name: bool(given) for name, given in (record.get("consent") or {}).items() if name in _CONSENTS},
        read_topics(record),
        _suppressed(obligation.dealer_id, person.addresses, purpose, closed),
    )
    kinds = _CUSTOMER_KINDS if obligation.notice.becomes_task else WRITTEN_CHANNELS
    barred = await barred_addresses(desk, obligation, person.addresses)
    # a call may be returned at night; that does not make one of a message
    first = tuple(kind for kind in obligation.reply_kinds if kind in WRITTEN_CHANNELS)
    request = Request(purpose, obligation.topics, kinds, first, barred=barred)
    pauses = _customer_pauses(obligation, purpose, record, dealer)
    return Audience(wishes, request, pauses, language_of(record.get("locale"), dealer.get("locale")))


def _customer_pauses(
    obligation: Obligation, purpose: Purpose, record: Mapping[str, Any], dealer: Mapping[str, Any]
) -> PauseOf:
    hours = CustomerHours(
        zone_of(record, dealer),
        parse_windows(record.get("quiet_hours")) or None,
        parse_windows(dealer.get("quiet_hours")),
        parse_marketing_window(dealer.get("marketing_window")),
    )
    return customer_pauses(hours, purpose, obligation.reply_kinds, obligation.inbound_at)


async def _member(desk: Desk, obligation: Obligation, person: _Person, closed: _Closed) -> Audience:
    dealer, people = await desk.dealer(obligation.dealer_id), await desk.people(obligation.dealer_id)
    staff_id = obligation.recipient.staff_id or ""
    member = people.members.get(staff_id) or StaffMember(staff_id, ())
    return Audience(
        Wishes(person.addresses, suppressed=_suppressed(obligation.dealer_id, person.addresses, "staff", closed)),
        Request("staff", kinds=STAFF_CHANNELS),
        staff_pauses(member, people, any_hour=obligation.notice.any_hour),
        language_of(person.record.get("locale"), dealer.get("locale")),
    )


async def _mailbox(desk: Desk, obligation: Obligation, person: _Person) -> Audience:
    def never_rests(_kind: str, _at: datetime) -> None:
        return None

    language = language_of(None, (await desk.dealer(obligation.dealer_id)).get("locale"))
    return Audience(Wishes(person.addresses), Request("staff", kinds=("email",)), never_rests, language)


def customer_addresses(record: Mapping[str, Any], purpose: Purpose) -> tuple[Address, ...]:
    """The channels of a customer; a lead asked by its own addresses, so it is served on them though unverified."""
    is_lead = (record.get("consent") or {}).get("source") == _LEAD
    return read_addresses(record, verified=True if is_lead and purpose == "service" else None)


def read_addresses(record: Mapping[str, Any], *, verified: bool | None = None) -> tuple[Address, ...]:
    """The channels of a record in their order, each once; `verified`: for records that do not say."""
    found = (
        Address(one["kind"], one["address"], bool(one.get("verified")) if verified is None else verified)
        for one in record.get("channels") or ()
    )
    return tuple(dict.fromkeys(found))


def read_topics(record: Mapping[str, Any]) -> dict[str, tuple[str, ...] | None]:
    """The wishes by topic; None is off."""
    given = (record.get("preferences") or {}).items()
    return {topic: None if kinds == "off" else tuple(kinds) for topic, kinds in given}


async def _closed(desk: Desk, people: Iterable[tuple[str, _Person]]) -> _Closed:
    """Which addresses of these dealers' people are closed, and why."""
    addresses: dict[str, set[Address]] = defaultdict(set)
    for dealer_id, person in people:
        addresses[dealer_id].update(person.addresses)
    closed: dict[tuple[str, Address], str] = {}
    for dealer_id, some in addresses.items():
        region = region_of(await desk.dealer(dealer_id))
        keys = {one: (one.kind, address_hash(one.kind, one.address, region)) for one in some}
        found = await find_suppressed(desk.connection, dealer_id, keys.values())
        closed |= {(dealer_id, one): found[key] for one, key in keys.items() if key in found}
    return closed


def _suppressed(
    dealer_id: str, addresses: tuple[Address, ...], purpose: Purpose, closed: _Closed
) -> frozenset[Address]:
    """The addresses closed to a message of this purpose; no wish stops one of safety."""
    reasons = {address: closed[dealer_id, address] for address in addresses if (dealer_id, address) in closed}
    wished = purpose in SAFETY_PURPOSES
    return frozenset(address for address, reason in reasons.items() if not (wished and reason == UNSUBSCRIBED))
