"""How the customer of a task is reached just now: the channel, the address and whether it may be used."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.channels.registry import channel_kinds, customer_channels
from shared.ids import CustomerKey
from shared.languages.dates import format_moment
from shared.languages.registry import text_of
from shared.lifecycle import Task
from shared.people.contact_hours import Inbound, customer_availability, customer_hours
from shared.people.customer_channels import customer_addresses, customer_message, customer_preferences, load_closed
from shared.people.customers import load_customer_records
from shared.people.dealers import load_dealer_records
from shared.people.eligibility import (
    Address,
    Purpose,
    Vote,
    allowed_channels,
    purpose_of_topics,
    purpose_on_task,
    wanted_channels,
)
from shared.people.open_complaints import has_open_complaint
from shared.people.recent_inbound import load_recent_inbound

_REFUSALS: Final = {"consent": "no_consent", "dealer": "dealer_off", "address": "unverified", "suppression": "closed"}
_LAST_RESORT: Final = ("address", "suppression")
"""The layers that refuse an address itself, whatever is said by it."""


@dataclass(frozen=True, slots=True)
class ContactOption:
    """A way to the customer. `reason` is a key of the wording, `until` the end of quiet hours in
    the customer's zone."""

    channel: str | None
    address: str | None
    allowed_now: bool
    reason: str
    until: datetime | None = None


NO_CONTACT: Final = ContactOption(None, None, allowed_now=False, reason="none")
"""No way to the customer is known."""


def choose_contact_option(
    record: Mapping[str, Any],
    place: Mapping[str, Any],
    entry: str,
    topics: Collection[str],
    now: datetime,
    closed: Mapping[Address, str] = MappingProxyType({}),
    inbound: Inbound | None = None,
    purpose: Purpose | None = None,
    *,
    complained: bool = False,
) -> ContactOption:
    """The way a message to the customer would take now, by the rules of every message; else the best one refused.

    `place` is the dealer's record, `inbound` what the customer said of late, `purpose` that of the topics unless given,
    `complained`: a negative feedback is open. An address that is wrong, or closed to us, is the last resort.
    """
    options = list_contact_options(record, place, entry, topics, now, closed, inbound, purpose, complained=complained)
    return options[0] if options else NO_CONTACT


def list_contact_options(
    record: Mapping[str, Any],
    place: Mapping[str, Any],
    entry: str,
    topics: Collection[str],
    now: datetime,
    closed: Mapping[Address, str] = MappingProxyType({}),
    inbound: Inbound | None = None,
    purpose: Purpose | None = None,
    *,
    complained: bool = False,
) -> list[ContactOption]:
    """Every way to the customer, the one to take first: what may be used in its order, then what is refused and why."""
    purpose = purpose or purpose_of_topics(topics)
    preferences = customer_preferences(record, closed, purpose)
    own = tuple(kind.name for kind in channel_kinds() if kind.manual and kind.manual.entry == entry)
    message = customer_message(purpose, topics, own or customer_channels(), place, inbound)
    message = replace(message, complaint_open=complained)
    allowed = allowed_channels(preferences, message)
    options: list[ContactOption] = []
    for chosen in allowed.addresses:
        hours = customer_hours(record, place)
        blocked = customer_availability(hours, purpose, inbound)(chosen.kind, now)
        if blocked:
            until = blocked.until.astimezone(hours.zone)
            options.append(ContactOption(chosen.kind, chosen.address, allowed_now=False, reason="quiet", until=until))
            continue
        rank = "preferred" if not options else "also"
        reason = "for_task" if own else "reply" if chosen.kind in message.first else rank
        options.append(ContactOption(chosen.kind, chosen.address, allowed_now=True, reason=reason))
    refused = [(address, vote) for address, vote in allowed.refused if address.kind in message.kinds]
    wanted = wanted_channels(preferences.by_topic, topics)
    for address, vote in sorted(refused, key=lambda one: one[1].layer in _LAST_RESORT):
        reason = _refusal(vote, wanted)
        options.append(ContactOption(address.kind, address.address, allowed_now=False, reason=reason))
    return options


def _refusal(vote: Vote, wanted: tuple[str, ...] | None) -> str:
    if vote.layer == "message":
        return "complaint"
    if vote.layer == "topic":
        return "other_channel" if wanted else "off"
    return _REFUSALS[vote.layer]


def contact_document(option: ContactOption, language: str, *, masked: bool) -> dict[str, Any]:
    """The contract's `contact`, worded; `masked` hides all but the ends of the address."""
    words = text_of("contact", option.reason, language)
    if option.until:
        words = words.format(until=format_moment(option.until, language))
    return {
        "channel": option.channel,
        "address": mask(option.address) if masked and option.address else option.address,
        "allowed_now": option.allowed_now,
        "because": words,
    }


def mask(address: str) -> str:
    """An address that can be told from others by its owner and by nobody else; of a web address only its scheme."""
    scheme, separator, _ = address.partition("://")
    if separator:
        return f"{scheme}://***"
    name, at, domain = address.partition("@")
    if at:
        top = domain[domain.rfind(".") + 1 :] if "." in domain else ""
        return f"{name[:1]}***@***" + (f".{top}" if top.isalnum() else "")
    return f"***{address[-2:]}" if len(address) > 4 else "***"


async def load_contact_options(
    connection: AsyncConnection, tasks: Sequence[Task], now: datetime
) -> dict[str, ContactOption]:
    """How to reach the customers of these tasks, by task; a task without a customer has no way to one."""
    ways = await load_ways(connection, tasks, now)
    return {task_id: options[0] if options else NO_CONTACT for task_id, options in ways.items()}


async def load_ways(
    connection: AsyncConnection, tasks: Sequence[Task], now: datetime
) -> dict[str, list[ContactOption]]:
    """Every way to the customers of these tasks, by task, the one to take first."""
    keys = {(task.dealer_id, task.customer_id) for task in tasks if task.customer_id}
    if not keys:
        return {}
    records = await load_customer_records(connection, keys)
    places = await load_dealer_records(connection, {dealer_id for dealer_id, _ in keys})
    addresses: dict[str, set[Address]] = defaultdict(set)
    for task in tasks:
        addresses[task.dealer_id].update(_addresses_of(task, records))
    wanted = {dealer_id: (place, addresses[dealer_id]) for dealer_id, place in places.items()}
    closed = await load_closed(connection, wanted)
    inbound = await load_recent_inbound(connection, keys, now)
    ways = {}
    for task in tasks:
        if task.customer_id and task.dealer_id in places:
            key, topics, purpose = (task.dealer_id, task.customer_id), _topics_of(task), _purpose_of(task)
            complained = purpose == "marketing" and await has_open_complaint(connection, *key)
            ways[task.task_id] = list_contact_options(
                records.get(key, {}),
                places[task.dealer_id],
                task.entry,
                topics,
                now,
                closed[task.dealer_id],
                inbound.get(key),
                purpose,
                complained=complained,
            )
    return ways


def _addresses_of(task: Task, records: Mapping[CustomerKey, Mapping[str, Any]]) -> tuple[Address, ...]:
    record = records.get((task.dealer_id, task.customer_id or ""), {})
    return customer_addresses(record, _purpose_of(task))


def _purpose_of(task: Task) -> Purpose:
    return purpose_on_task(_topics_of(task), task.why.get("occurrence"))


def _topics_of(task: Task) -> Collection[str]:
    return task.packet.get("topics") or ()
