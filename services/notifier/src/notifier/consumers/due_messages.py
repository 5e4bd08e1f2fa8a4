"""Dates of time rules that owe the customer a message: a recalled appointment, a card on its day, an invitation."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select

from notifier.context import NotifierContext
from notifier.notifications.request import NotificationRequest, Recipient
from notifier.notifications.types import NOTIFICATION_TYPES
from notifier.planning.planner import request_notifications
from shared.calendar.durations import shift_months
from shared.calendar.open_intervals import opening_instant
from shared.channels.post import POST
from shared.channels.registry import customer_channels
from shared.db.bulk import in_keys, unnest_keys
from shared.db.schema import appointment, customer, vehicle
from shared.messaging.bus import Record
from shared.sla.store.due_subjects import DueSubject, read_due
from shared.sla.store.policies import load_policies
from shared.sla.triggers.scheduled_triggers import current
from shared.sla.triggers.series import all_series, rule_of

REMINDER: Final = "T-06"
CARD: Final = "T-13"
INVITATION: Final = "T-12"
_YEAR: Final = 12
"""Months from one anniversary to the next."""


def asks_for_message(record: Record) -> bool:
    """Whether the date that has come is one of a rule that writes to the customer."""
    return record.data["kind"] == "trigger" and rule_of(record.data.get("rule") or "") in (REMINDER, CARD, INVITATION)


async def on_due(context: NotifierContext, records: Sequence[Record]) -> None:
    """Plan the messages of these dates, where the records still ask for them; the caller holds the customers' locks."""
    due = [read_due(record.data) for record in records]
    reminders = await _reminders(context, [one for one in due if rule_of(one.cause) == REMINDER])
    cards = await _cards(context, [one for one in due if rule_of(one.cause) == CARD])
    invitations = await _invitations(context, [one for one in due if rule_of(one.cause) == INVITATION])
    await request_notifications(context, [*reminders, *cards, *invitations])


async def _reminders(context: NotifierContext, due: Sequence[DueSubject]) -> list[NotificationRequest]:
    """An appointment that stands as it stood when the date was set, and is still to come."""
    if not due:
        return []
    columns = appointment.c
    query = select(columns.dealer_id, columns.appointment_id, columns.record).where(
        in_keys(columns.dealer_id, columns.appointment_id)
    )
    rows = await context.connection.execute(query, unnest_keys((one.dealer_id, one.subject_id) for one in due))
    found = {(row.dealer_id, row.appointment_id): row.record for row in rows}
    policies = await load_policies(context.connection, {one.dealer_id for one in due})
    requests = []
    for one in due:
        record = found.get((one.dealer_id, one.subject_id))
        date = current(all_series()[REMINDER], record, policies[one.dealer_id], one.cycle) if record else None
        if record is None or date is None or date.until is None or date.until <= context.now:
            continue
        about = {"appointment_id": one.subject_id, "starts_at": record["starts_at"], "kind": record["kind"]}
        requests.append(_request("REMIND", one, record["customer_id"], about, deadline=date.until))
    return requests


async def _cards(context: NotifierContext, due: Sequence[DueSubject]) -> list[NotificationRequest]:
    """A day of a customer. Once it is over no message is right any more, only a letter."""
    if not due:
        return []
    columns = customer.c
    query = select(columns.dealer_id, columns.customer_id, columns.record).where(
        in_keys(columns.dealer_id, columns.customer_id), columns.merged_into.is_(None)
    )
    rows = await context.connection.execute(query, unnest_keys((one.dealer_id, one.subject_id) for one in due))
    found = {(row.dealer_id, row.customer_id): row.record for row in rows}
    policies = await load_policies(context.connection, {one.dealer_id for one in due})
    requests = []
    for one in due:
        record, own = found.get((one.dealer_id, one.subject_id)), policies[one.dealer_id]
        date = current(all_series()[one.cause], record, own, one.cycle) if record is not None else None
        if date is None:
            continue
        on_the_day = date.day == context.now.astimezone(own.zone).date()
        tried = () if on_the_day else tuple(_written())
        ends = opening_instant(own.zone, date.day + timedelta(days=1), 0)
        about = {"occasion": one.cause.partition("/")[2]}
        requests.append(_request("CARD", one, one.subject_id, about, deadline=ends, tried=tried))
    return requests


async def _invitations(context: NotifierContext, due: Sequence[DueSubject]) -> list[NotificationRequest]:
    """A vehicle that is still the customer's and whose registration is soon a year older; not once that day is over."""
    if not due:
        return []
    columns = vehicle.c
    query = select(columns.dealer_id, columns.vin, columns.record).where(in_keys(columns.dealer_id, columns.vin))
    rows = await context.connection.execute(query, unnest_keys((one.dealer_id, one.subject_id) for one in due))
    found = {(row.dealer_id, row.vin): row.record for row in rows}
    policies = await load_policies(context.connection, {one.dealer_id for one in due})
    requests = []
    for one in due:
        record, own = found.get((one.dealer_id, one.subject_id), {}), policies[one.dealer_id]
        whose, known = record.get("customer_id"), current(all_series()[INVITATION], record, own, one.cycle)
        if known is None or whose != one.customer_id:
            continue
        anniversary = _anniversary(date.fromisoformat(record["registered_on"]), known.day)
        ends = opening_instant(own.zone, anniversary, 0)
        if ends > context.now:
            about = {"vin": one.subject_id, "registered_on": record["registered_on"]}
            about |= {"plate": record.get("plate") or "", "anniversary": anniversary.isoformat()}
            requests.append(_request("INVITE", one, whose, about, deadline=ends))
    return requests


def _anniversary(began: date, after: date) -> date:
    """The first whole year since a date that is later than `after`; 29 February is kept on the 28th."""
    years = max(1, after.year - began.year)
    coming = (shift_months(began, _YEAR * (years + more)) for more in range(3))
    return next(day for day in coming if day > after)


def _written() -> Iterator[str]:
    return (kind for kind in customer_channels() if kind != POST.name)


def _request(
    name: str,
    one: DueSubject,
    customer_id: str,
    about: dict[str, str],
    deadline: datetime | None = None,
    tried: tuple[str, ...] = (),
) -> NotificationRequest:
    return NotificationRequest(
        dealer_id=one.dealer_id,
        notification_type=NOTIFICATION_TYPES[name],
        recipient=Recipient(customer_id=customer_id),
        key=f"{one.cause}:{one.subject_id}:{one.cycle}",
        deadline=deadline,
        tried=tried,
        about=about,
    )
