"""Loads who is to be told: their addresses and wishes, their hours, their language and name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from notifier.desk import Desk
from notifier.messages.language import language_of
from notifier.notices import SAFETY_PURPOSES, Purpose, purpose_of
from notifier.obligations import Obligation
from notifier.plan import PauseOf
from notifier.preferences import TASK_CHANNELS, Address, Request, Wishes
from notifier.timing import CustomerHours, customer_pauses, staff_pauses
from notifier.windows import barred_addresses
from shared.addresses import address_hash, region_of
from shared.sla.quiet_hours import parse_marketing_window, parse_windows
from shared.staff import read_colleague, read_people
from shared.suppressions import UNSUBSCRIBED, find_suppressed
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


async def load_audience(desk: Desk, obligation: Obligation) -> Audience:
    """What the plan needs to know of an obligation's recipient; of one without a record, nothing is known."""
    dealer = await desk.dealer(obligation.dealer_id)
    if obligation.recipient.customer_id is not None:
        return await _customer(desk, obligation, dealer)
    if obligation.recipient.staff_id is not None:
        return await _member(desk, obligation, dealer)
    return _mailbox(obligation, dealer)


def zone_of(record: Mapping[str, Any], dealer: Mapping[str, Any]) -> ZoneInfo:
    """The zone of a customer: the profile's, else the site's, which is the dealer's."""
    return ZoneInfo(record.get("time_zone") or dealer["time_zone"])


async def _customer(desk: Desk, obligation: Obligation, dealer: Mapping[str, Any]) -> Audience:
    record = await desk.customer(obligation.dealer_id, obligation.recipient.customer_id)
    purpose = purpose_of(obligation.notice, obligation.topics)
    addresses = read_addresses(record)
    wishes = Wishes(
        addresses,
        {name: bool(given) for name, given in (record.get("consent") or {}).items() if name in _CONSENTS},
        read_topics(record),
        await _suppressed(desk, obligation.dealer_id, addresses, purpose),
    )
    kinds = _CUSTOMER_KINDS if obligation.notice.becomes_task else WRITTEN_CHANNELS
    barred = await barred_addresses(desk, obligation, addresses)
    request = Request(purpose, obligation.topics, kinds, obligation.reply_kinds, barred=barred)
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


async def _member(desk: Desk, obligation: Obligation, dealer: Mapping[str, Any]) -> Audience:
    staff_id = obligation.recipient.staff_id or ""
    record = (await desk.staff(obligation.dealer_id)).get(staff_id, {})
    zone = ZoneInfo(dealer["time_zone"])
    member = read_colleague(staff_id, record, zone).member
    addresses = read_addresses(record, verified=True)
    return Audience(
        Wishes(addresses, suppressed=await _suppressed(desk, obligation.dealer_id, addresses, "staff")),
        Request("staff", kinds=STAFF_CHANNELS),
        staff_pauses(member, read_people(dealer, (), zone), any_hour=obligation.notice.any_hour),
        language_of(record.get("locale"), dealer.get("locale")),
    )


def _mailbox(obligation: Obligation, dealer: Mapping[str, Any]) -> Audience:
    def never_rests(_kind: str, _at: datetime) -> None:
        return None

    addresses = (Address("email", obligation.recipient.mailbox or ""),)
    language = language_of(None, dealer.get("locale"))
    return Audience(Wishes(addresses), Request("staff", kinds=("email",)), never_rests, language)


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


async def _suppressed(
    desk: Desk, dealer_id: str, addresses: tuple[Address, ...], purpose: Purpose
) -> frozenset[Address]:
    """The addresses closed to a message of this purpose; no wish stops one of safety."""
    region = region_of(await desk.dealer(dealer_id))
    keys = {address: (address.kind, address_hash(address.kind, address.address, region)) for address in addresses}
    closed = await find_suppressed(desk.connection, dealer_id, keys.values())
    if purpose in SAFETY_PURPOSES:
        closed = {key: reason for key, reason in closed.items() if reason != UNSUBSCRIBED}
    return frozenset(address for address, key in keys.items() if key in closed)
