"""How the customer of a task is reached just now: the channel, the address and whether it may be used."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.calendar.quiet_hours import parse_windows, quiet_until
from shared.db.schema import customer, dealer
from shared.lifecycle import Task
from shared.people.addresses import address_hash, region_of
from shared.people.suppressions import UNSUBSCRIBED, find_suppressed
from shared.playbook.ruleset.texts import speakable
from shared.vocabulary import SAFETY_TOPICS

Closed = Mapping[tuple[str, str], str]
"""Why an address, by its channel, is closed to us."""

ENTRY_CHANNELS: Final[Mapping[str, str]] = {"CALL": "telephone", "LETTER": "post"}
"""Reminders that are about one channel."""

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "preferred": {"en": "The customer's first choice", "pt": "A primeira escolha do cliente"},
    "for_task": {"en": "The channel this task is about", "pt": "O canal de que trata esta tarefa"},
    "quiet": {"en": "Quiet hours until {until}", "pt": "Horário de silêncio até {until}"},
    "no_consent": {"en": "The customer does not consent to service messages", "pt": "O cliente não consente mensagens"},
    "off": {"en": "The customer wants nothing on this matter", "pt": "O cliente não quer contacto sobre este assunto"},
    "unverified": {"en": "The address is not verified", "pt": "O endereço não está confirmado"},
    "closed": {"en": "The address is closed to messages", "pt": "O endereço está fechado a mensagens"},
    "none": {"en": "No way to reach the customer is known", "pt": "Não se conhece forma de contactar o cliente"},
}


@dataclass(frozen=True, slots=True)
class Card:
    """A way to the customer. `because` is a key of the wording, `until` the end of quiet hours."""

    channel: str | None
    address: str | None
    allowed_now: bool
    because: str
    until: datetime | None = None


def choose_card(
    profile: Mapping[str, Any],
    place: Mapping[str, Any],
    entry: str,
    topics: Collection[str],
    now: datetime,
    closed: Closed = MappingProxyType({}),
) -> Card:
    """The customer's best channel for a person to use now. `place` is the dealer's record, for zone and quiet hours.

    The customer's choice for a topic goes before the general order; an address known to be wrong, or closed to us, is
    the last resort. A matter of safety, such as a recall, ignores what the customer does not wish.
    """
    shut = {address for address, reason in closed.items() if not (_is_safety(topics) and reason == UNSUBSCRIBED)}
    ways = _ways(profile, entry, topics, shut)
    if not ways:
        return Card(None, None, allowed_now=False, because="none")
    way = ways[0]
    card = Card(way["kind"], way["address"], allowed_now=True, because=_chosen(entry))
    refusal = "closed" if _address(way) in shut else _refusal(profile, way, topics)
    if refusal:
        return Card(card.channel, card.address, allowed_now=False, because=refusal)
    zone = ZoneInfo(profile.get("time_zone") or place.get("time_zone") or "UTC")
    windows = parse_windows(profile.get("quiet_hours") or place.get("quiet_hours"))
    quiet = quiet_until(windows, zone, now) if way["kind"] != "post" else None
    if quiet is not None:
        return Card(card.channel, card.address, allowed_now=False, because="quiet", until=quiet.astimezone(zone))
    return card


def card_document(card: Card, language: str, *, masked: bool) -> dict[str, Any]:
    """The contract's `contact`, worded; `masked` hides all but the ends of the address."""
    words = _WORDS[card.because][speakable(language)]
    return {
        "channel": card.channel,
        "address": mask(card.address) if masked and card.address else card.address,
        "allowed_now": card.allowed_now,
        "because": words.format(until=card.until.isoformat(timespec="minutes")) if card.until else words,
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


async def load_cards(connection: AsyncConnection, tasks: Sequence[Task], now: datetime) -> dict[str, Card]:
    """How to reach the customers of these tasks, by task; a task without a customer has no card."""
    keys = sorted({(task.dealer_id, task.customer_id) for task in tasks if task.customer_id})
    if not keys:
        return {}
    columns = (customer.c.dealer_id, customer.c.customer_id, customer.c.record)
    rows = await connection.execute(select(*columns).where(tuple_(*columns[:2]).in_(keys)))
    profiles = {(row.dealer_id, row.customer_id): row.record for row in rows}
    named = dealer.c.dealer_id.in_(sorted({dealer_id for dealer_id, _ in keys}))
    found = await connection.execute(select(dealer.c.dealer_id, dealer.c.record).where(named))
    places = {row.dealer_id: row.record for row in found}
    closed = await _load_closed(connection, profiles, places)
    return {
        task.task_id: choose_card(
            profiles.get((task.dealer_id, task.customer_id), {}),
            places.get(task.dealer_id, {}),
            task.entry,
            task.packet.get("topics") or (),
            now,
            closed[task.dealer_id],
        )
        for task in tasks
        if task.customer_id
    }


async def _load_closed(
    connection: AsyncConnection,
    profiles: Mapping[tuple[str, str], Mapping[str, Any]],
    places: Mapping[str, Mapping[str, Any]],
) -> dict[str, Closed]:
    """By dealer, why addresses of these profiles are closed; in a statement a dealer."""
    closed: dict[str, Closed] = defaultdict(dict)
    for dealer_id, place in places.items():
        region = region_of(place)
        mine = (profile for (owner, _), profile in profiles.items() if owner == dealer_id)
        addresses = {_address(way) for profile in mine for way in profile.get("channels") or () if way.get("address")}
        keys = {address: (address[0], address_hash(*address, region)) for address in addresses}
        reasons = await find_suppressed(connection, dealer_id, keys.values())
        closed[dealer_id] = {address: reasons[key] for address, key in keys.items() if key in reasons}
    return closed


def _address(way: Mapping[str, Any]) -> tuple[str, str]:
    return way["kind"], way["address"]


def _is_safety(topics: Collection[str]) -> bool:
    return not SAFETY_TOPICS.isdisjoint(topics)


def _ways(
    profile: Mapping[str, Any], entry: str, topics: Collection[str], shut: Collection[tuple[str, str]]
) -> list[Mapping[str, Any]]:
    ways = [way for way in profile.get("channels") or () if way.get("address")]
    wanted = ENTRY_CHANNELS.get(entry)
    if wanted:
        return [way for way in ways if way["kind"] == wanted]
    order = _preferred(profile, topics)
    ranks = {kind: place for place, kind in enumerate(order)}

    def place(way: Mapping[str, Any]) -> tuple[bool, int]:
        return way.get("verified") is False or _address(way) in shut, ranks.get(way["kind"], len(ranks))

    return sorted(ways, key=place)


def _preferred(profile: Mapping[str, Any], topics: Collection[str]) -> list[str]:
    chosen = (profile.get("preferences") or {}).get
    lists = (chosen(topic) for topic in topics)
    return next((kinds for kinds in lists if isinstance(kinds, list)), [])


def _refusal(profile: Mapping[str, Any], way: Mapping[str, Any], topics: Collection[str]) -> str | None:
    preferences = profile.get("preferences") or {}
    if not _is_safety(topics):
        if (profile.get("consent") or {}).get("service") is False:
            return "no_consent"
        if any(preferences.get(topic) == "off" for topic in topics):
            return "off"
    return "unverified" if way.get("verified") is False else None


def _chosen(entry: str) -> str:
    return "for_task" if entry in ENTRY_CHANNELS else "preferred"
