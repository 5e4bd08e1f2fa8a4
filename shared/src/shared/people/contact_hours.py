"""When a customer may be reached: quiet hours, the marketing window, and the exemption of a quick reply. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from shared.calendar.quiet_hours import (
    Window,
    marketing_from,
    parse_marketing_window,
    parse_windows,
    quiet_until,
    release_at,
)
from shared.channels.registry import kind_of
from shared.people.eligibility import Purpose

REPLY_EXEMPTION: Final = timedelta(minutes=15)
"""How long after an inbound contact a reply on its channel may disturb quiet hours."""

MOST_MESSAGES: Final = 10
MOST_MESSAGES_PER: Final = timedelta(hours=1)
"""So many messages Handoff writes a customer by itself in so much time, where the dealer does not say (`throttle`)."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """What a customer said of late: when last, and the channels of a reply."""

    at: datetime
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BlockedUntil:
    """A channel may not be used before `until`; `layer` says whose rule it is, `because` in words."""

    until: datetime
    layer: str
    because: str


AvailabilityOf = Callable[[str, datetime], BlockedUntil | None]
"""Whether a channel is blocked at an instant, and until when."""


@dataclass(frozen=True, slots=True)
class CustomerHours:
    """A customer's zone and quiet hours; `own` None: the dealer's apply. `marketing`: the dealer's window."""

    zone: ZoneInfo
    own: Sequence[Window] | None
    dealer: Sequence[Window]
    marketing: Window


def customer_hours(record: Mapping[str, Any], dealer: Mapping[str, Any]) -> CustomerHours:
    """The hours of a customer's and a dealer's record. Raises KeyError for a dealer without a zone."""
    return CustomerHours(
        zone_of(record, dealer),
        parse_windows(record.get("quiet_hours")) or None,
        parse_windows(dealer.get("quiet_hours")),
        parse_marketing_window(dealer.get("marketing_window")),
    )


def zone_of(record: Mapping[str, Any], dealer: Mapping[str, Any]) -> ZoneInfo:
    """The zone of a customer: the profile's, else the site's, which is the dealer's."""
    return ZoneInfo(record.get("time_zone") or dealer["time_zone"])


def customer_availability(hours: CustomerHours, purpose: Purpose, inbound: Inbound | None = None) -> AvailabilityOf:
    """When a message of this purpose may reach the customer, by channel.

    `urgent_safety` always; a reply on the channel of an inbound contact younger than 15 minutes too.
    """
    layer, windows = ("customer", hours.own) if hours.own is not None else ("dealer", hours.dealer)
    marketing = hours.marketing if purpose == "marketing" else None

    def blocked(channel: str, at: datetime) -> BlockedUntil | None:
        if purpose == "urgent_safety" or not kind_of(channel).disturbs:
            return None
        if inbound is not None and channel in inbound.kinds and at - inbound.at < REPLY_EXEMPTION:
            return None
        quiet = quiet_until(windows, hours.zone, at)
        if quiet is None and (marketing is None or marketing_from(marketing, hours.zone, at) <= at):
            return None
        until = release_at(windows, hours.zone, at, marketing)
        if quiet is not None:
            return BlockedUntil(until, layer, f"quiet hours of the {layer} until {until.isoformat()}")
        return BlockedUntil(until, "dealer", f"outside the dealer's marketing window until {until.isoformat()}")

    return blocked
