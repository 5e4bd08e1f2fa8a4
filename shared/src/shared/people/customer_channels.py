"""The addresses and preferences of people's records, and which of the addresses are closed."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.channels.registry import written_channels
from shared.people.addresses import address_hash, region_of
from shared.people.contact_hours import Inbound
from shared.people.eligibility import Address, Message, Preferences, Purpose
from shared.people.suppressions import find_suppressed

_CONSENTS: Final = ("service", "marketing")
_LEAD: Final = "lead"
"""The source of consent of a profile that began with an enquiry; a system that stores the customer says another."""


def read_addresses(record: Mapping[str, Any], *, verified: bool | None = None) -> tuple[Address, ...]:
    """The channels of a record in their order, each once; `verified`: for records that do not say."""
    found = (
        Address(one["kind"], one["address"], bool(one.get("verified")) if verified is None else verified)
        for one in record.get("channels") or ()
    )
    return tuple(dict.fromkeys(found))


def customer_addresses(record: Mapping[str, Any], purpose: Purpose) -> tuple[Address, ...]:
    """The channels of a customer; a lead asked by its own addresses, so it is served on them though unverified."""
    is_lead = (record.get("consent") or {}).get("source") == _LEAD
    return read_addresses(record, verified=True if is_lead and purpose == "service" else None)


def customer_preferences(record: Mapping[str, Any], closed: Mapping[Address, str], purpose: Purpose) -> Preferences:
    """What a customer's record says. `closed`: the reasons of closed ones of `customer_addresses`, of others too."""
    addresses = customer_addresses(record, purpose)
    return Preferences(
        addresses,
        {name: bool(given) for name, given in (record.get("consent") or {}).items() if name in _CONSENTS},
        {topic: () if kinds == "off" else tuple(kinds) for topic, kinds in (record.get("preferences") or {}).items()},
        {address: closed[address] for address in addresses if address in closed},
    )


def customer_message(
    purpose: Purpose,
    topics: Collection[str],
    kinds: tuple[str, ...],
    dealer: Mapping[str, Any],
    inbound: Inbound | None,
    barred: Mapping[Address, str] | None = None,
) -> Message:
    """What is to be said to a customer; as a reply it goes by the channel it answers, if that is a written one.

    A call may be returned at night; that does not make one of a message.
    """
    written = written_channels()
    first = tuple(kind for kind in inbound.kinds if kind in written) if inbound else ()
    off = tuple(dealer.get("channels_off") or ())
    return Message(purpose, tuple(topics), kinds, first, barred=barred or {}, dealer_off=off)


async def load_closed(
    connection: AsyncConnection, wanted: Mapping[str, tuple[Mapping[str, Any], Collection[Address]]]
) -> dict[str, dict[Address, str]]:
    """The reason of each address that is closed to a dealer. `wanted`: by dealer its record and the addresses."""
    keys = {
        (dealer_id, one): (dealer_id, one.kind, address_hash(one.kind, one.address, region_of(record)))
        for dealer_id, (record, addresses) in wanted.items()
        for one in addresses
    }
    found = await find_suppressed(connection, keys.values())
    closed: dict[str, dict[Address, str]] = {dealer_id: {} for dealer_id in wanted}
    for (dealer_id, one), key in keys.items():
        if key in found:
            closed[dealer_id][one] = found[key]
    return closed
