"""How many messages Handoff writes a customer by itself in a while: what is more waits for its turn, nothing is lost.

What answers the customer, what a person wrote and what concerns safety never waits.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Text, bindparam, func, not_, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from notifier.context import NotifierContext
from notifier.notifications.request import NotificationRequest
from notifier.notifications.types import NOTIFICATION_TYPES
from shared.calendar.durations import format_duration, parse_duration
from shared.channels.registry import kind_of, machine_channels
from shared.db.bulk import in_keys, one_of, unnest_keys
from shared.db.prepared import Prepared
from shared.db.schema import notification, notification_attempt
from shared.ids import CustomerKey
from shared.people.contact_hours import MOST_MESSAGES, MOST_MESSAGES_PER, AvailabilityOf, BlockedUntil
from shared.people.eligibility import SAFETY_PURPOSES

LAYER: Final = "throttle"
_COLUMNS: Final = notification.c
_FIRST_ATTEMPT: Final = (
    select(func.min(notification_attempt.c.at))
    .where(notification_attempt.c.notification_id == _COLUMNS.notification_id)
    .scalar_subquery()
)
_GOES_AT: Final = func.coalesce(_COLUMNS.scheduled_for, _FIRST_ATTEMPT, _COLUMNS.updated_at)
_SENT: Final = Prepared(
    select(
        _COLUMNS.dealer_id,
        _COLUMNS.customer_id,
        _COLUMNS.message,
        _COLUMNS.params["key"].as_string().label("key"),
        (_COLUMNS.status == "held").label("held"),
        _GOES_AT.label("at"),
    )
    .where(in_keys(_COLUMNS.dealer_id, _COLUMNS.customer_id))
    .where(one_of(_COLUMNS.message, (one.name for one in NOTIFICATION_TYPES.values() if one.throttled)))
    .where(not_(one_of(_COLUMNS.status, ("withdrawn", "failed"))))
    .where(or_(_COLUMNS.status == "held", _COLUMNS.updated_at > bindparam("since", type_=_COLUMNS.updated_at.type)))
    .where(_COLUMNS.channel == func.any(bindparam("channels", type_=ARRAY(Text))))
)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many messages in any stretch of so much time."""

    messages: int = MOST_MESSAGES
    per: timedelta = MOST_MESSAGES_PER


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that went at an instant, or is to go then; `name` tells obligations apart."""

    at: datetime
    name: str


def limit_of(dealer: Mapping[str, Any]) -> Limit:
    """The limit of a dealer's record (`throttle`); what is not there is the default."""
    given = dealer.get("throttle") or {}
    per = given.get("per")
    return Limit(given.get("messages") or Limit().messages, parse_duration(per).time if per else Limit().per)


def free_from(sent: Iterable[datetime], limit: Limit, at: datetime) -> datetime | None:
    """When the next message may go after these; None: at `at` already."""
    newest = sorted(sent)[-limit.messages :]
    free = newest[0] + limit.per if len(newest) == limit.messages else at
    return free if free > at else None


class Throttle:
    """What customers were sent and are to be sent, those of obligations planned meanwhile among it."""

    def __init__(self, sent: Mapping[CustomerKey, Sequence[Sent]], limits: Mapping[str, Limit]) -> None:
        self._limits = limits
        self._sent: dict[CustomerKey, list[Sent]] = defaultdict(list)
        for key, some in sent.items():
            self._sent[key] += some

    def over(self, request: NotificationRequest, available: AvailabilityOf) -> AvailabilityOf:
        """When an obligation's recipient may be written to, the limit counted; other channels of it are no new one."""
        if not is_throttled(request):
            return available
        limit, name = self._limits[request.dealer_id], _name(request.notification_type.name, request.key)
        others = [one.at for one in self._sent[_customer(request)] if one.name != name]

        def blocked(channel: str, at: datetime) -> BlockedUntil | None:
            first = available(channel, at)
            free = None if kind_of(channel).manual else free_from(others, limit, first.until if first else at)
            if free is None:
                return first
            words = f"{limit.messages} messages within {format_duration(limit.per)} already"
            return BlockedUntil(free, LAYER, f"{words}, the next may go at {free.isoformat()}")

        return blocked

    def note(self, request: NotificationRequest, at: datetime) -> None:
        """This obligation is met at `at` by a machine."""
        if is_throttled(request):
            self._sent[_customer(request)].append(Sent(at, _name(request.notification_type.name, request.key)))


async def load_throttle(
    context: NotifierContext, requests: Iterable[NotificationRequest], *, held: bool = True
) -> Throttle:
    """What counts for these obligations' recipients; `held` False: what has gone only, not what waits as well."""
    counted = [one for one in requests if is_throttled(one)]
    if not counted:
        return Throttle({}, {})
    dealers = {one.dealer_id for one in counted}
    limits = {dealer_id: limit_of(await context.dealer(dealer_id)) for dealer_id in dealers}
    given = {"since": context.now - max(one.per for one in limits.values()), "channels": list(machine_channels())}
    sent: dict[CustomerKey, list[Sent]] = defaultdict(list)
    for row in await _SENT.rows(context.connection, {**unnest_keys({_customer(one) for one in counted}), **given}):
        if held or not row.held:
            sent[row.dealer_id, row.customer_id].append(Sent(row.at, _name(row.message, row.key)))
    return Throttle(sent, limits)


def is_throttled(request: NotificationRequest) -> bool:
    """Whether it counts, and may have to wait."""
    return request.notification_type.throttled and request.purpose not in SAFETY_PURPOSES


def _name(message: str, key: str) -> str:
    return f"{message}:{key}"


def _customer(request: NotificationRequest) -> CustomerKey:
    return request.dealer_id, request.recipient.customer_id or ""
