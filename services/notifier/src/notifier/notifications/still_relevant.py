"""Whether a notice is still owed: what has been dealt with meanwhile is not said any more."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, text

from notifier.context import NotifierContext
from notifier.notifications.request import NotificationRequest
from shared.db.bulk import in_keys, unnest_keys
from shared.db.prepared import Prepared
from shared.db.schema import appointment, journey_case, promise, sla_timer, task, vehicle
from shared.sla.engine.apply_fact import ACKNOWLEDGED_FOR
from shared.sla.fact_view import NOT_REACHED, spoken_contact_channels
from shared.sla.triggers.series import UPCOMING

_OFFERED: Final = ("offered", "open")
_CLOSED: Final = Prepared(
    select(journey_case.c.dealer_id, journey_case.c.case_id).where(
        in_keys(journey_case.c.dealer_id, journey_case.c.case_id), journey_case.c.status == "closed"
    )
)
_APPOINTMENTS: Final = Prepared(
    select(appointment.c.dealer_id, appointment.c.appointment_id, appointment.c.record).where(
        in_keys(appointment.c.dealer_id, appointment.c.appointment_id)
    )
)
_VEHICLES: Final = Prepared(
    select(vehicle.c.dealer_id, vehicle.c.vin, vehicle.c.record).where(in_keys(vehicle.c.dealer_id, vehicle.c.vin))
)
_ANSWERED: Final = text(
    """
    select asked.place
      from unnest(cast(:dealers as text[]), cast(:customers as text[]), cast(:cases as text[]),
                  cast(:since as text[])) with ordinality as asked(dealer_id, customer_id, case_id, since, place)
     where exists (
       select from contact as c
        where c.dealer_id = asked.dealer_id and c.customer_id = asked.customer_id and c.direction = 'outbound'
          and c.kind in ('acknowledgement', 'answer', 'proposal', 'estimate')
          and (c.notification_id is null or c.staff_id is not null) and c.at >= cast(asked.since as timestamptz)
          and coalesce(c.outcome <> all(cast(:in_vain as text[])), true)
          and (c.channel <> all(cast(:spoken as text[])) or c.outcome = 'spoke')
          and (asked.case_id is null or c.case_id = asked.case_id)
     )
    """
)
"""Which messages a person has acknowledged or answered since they came; who called in vain has not."""


_COVERED: Final = text(
    """
    select asked.place
      from unnest(cast(:dealers as text[]), cast(:customers as text[]), cast(:cases as text[]), cast(:keys as text[]),
                  cast(:kinds as text[])) with ordinality as asked(dealer_id, customer_id, case_id, key, kinds, place)
     where exists (
       select from notification as n
        where n.dealer_id = asked.dealer_id and n.customer_id = asked.customer_id and n.message = 'ACK'
          and n.status not in ('withdrawn', 'failed') and n.created_at > :since
          and (asked.case_id is null or n.case_id is null or n.case_id = asked.case_id)
          and n.params -> 'reply_kinds' ?| string_to_array(asked.kinds, ',')
          and n.params ->> 'key' <> asked.key
          and (n.status not in ('queued', 'held') or n.params ->> 'key' < asked.key)
     ) or exists (
       select from sla_timer as t join contact as c on c.dealer_id = t.dealer_id and c.case_id = t.case_id
        where t.dealer_id = asked.dealer_id and t.case_id = asked.case_id
          and t.target = 'first_response' and t.state in ('running', 'paused')
          and c.direction = 'outbound' and c.kind = 'acknowledgement' and c.at >= t.started_at
     )
    """
)
"""Which acknowledgements another one makes needless: of the same conversation just now, or of an answer still owed."""


async def is_relevant(context: NotifierContext, request: NotificationRequest) -> bool:
    """Whether what the notice is about still stands; a breach stays one, unless the clock was met in time after all."""
    return (await filter_relevant(context, [request]))[0]


async def filter_relevant(context: NotifierContext, requests: Sequence[NotificationRequest]) -> list[bool]:
    """The same of many, in their order; a statement for each kind of notice."""
    kinds: dict[str, list[int]] = defaultdict(list)
    for place, request in enumerate(requests):
        kinds[request.notification_type.name].append(place)
    relevant = [True] * len(requests)
    for kind, places in kinds.items():
        if kind in _CHECKS:
            answers = await _CHECKS[kind](context, [requests[place] for place in places])
            for place, answer in zip(places, answers, strict=True):
                relevant[place] = answer
    return relevant


async def _unanswered(context: NotifierContext, requests: Sequence[NotificationRequest]) -> list[bool]:
    asked = {
        "dealers": [one.dealer_id for one in requests],
        "customers": [one.recipient.customer_id for one in requests],
        "cases": [one.case_id for one in requests],
        "since": [one.inbound_at and one.inbound_at.isoformat() for one in requests],
        "in_vain": sorted(NOT_REACHED),
        "spoken": sorted(spoken_contact_channels()),
    }
    answered = set(await context.connection.scalars(_ANSWERED, asked))
    answered |= set(await context.connection.scalars(_COVERED, _conversations(context, requests)))
    return [place not in answered for place, _ in enumerate(requests, start=1)]


def _conversations(context: NotifierContext, requests: Sequence[NotificationRequest]) -> dict[str, Any]:
    return {
        "dealers": [one.dealer_id for one in requests],
        "customers": [one.recipient.customer_id for one in requests],
        "cases": [one.case_id for one in requests],
        "keys": [one.key for one in requests],
        "kinds": [",".join(one.reply_kinds) for one in requests],
        "since": context.now - ACKNOWLEDGED_FOR,
    }


async def _case_open(context: NotifierContext, requests: Sequence[NotificationRequest]) -> list[bool]:
    cases = [(one.dealer_id, one.case_id) for one in requests if one.case_id is not None]
    closed = {tuple(row) for row in await _CLOSED.rows(context.connection, unnest_keys(cases))} if cases else set()
    return [(one.dealer_id, one.case_id) not in closed for one in requests]


async def _date_stands(context: NotifierContext, requests: Sequence[NotificationRequest]) -> list[bool]:
    """Whether the date they tell of is still promised, and nobody else has told the customer of it."""
    ids = [one.about[name] for one in requests for name in ("promise_id", "successor_id")]
    query = select(promise.c.promise_id, promise.c.state, promise.c.customer_told_at)
    rows = await context.connection.execute(query.where(promise.c.promise_id.in_(ids)))
    found = {row.promise_id: row for row in rows}
    return [
        found[one.about["successor_id"]].state == "open" and found[one.about["promise_id"]].customer_told_at is None
        for one in requests
    ]


async def _still_to_come(context: NotifierContext, requests: Sequence[NotificationRequest]) -> list[bool]:
    keys = [(one.dealer_id, one.about["appointment_id"]) for one in requests]
    rows = await _APPOINTMENTS.rows(context.connection, unnest_keys(keys))
    found = {(row.dealer_id, row.appointment_id): row.record for row in rows}
    records = [found.get(key, {}) for key in keys]
    return [
        record.get("status", "booked") in UPCOMING and record.get("starts_at") == one.about["starts_at"]
        for record, one in zip(records, requests, strict=True)
    ]


async def _still_invited(context: NotifierContext, requests: Sequence[NotificationRequest]) -> list[bool]:
    keys = [(one.dealer_id, one.about["vin"]) for one in requests]
    rows = await _VEHICLES.rows(context.connection, unnest_keys(keys))
    found = {(row.dealer_id, row.vin): row.record for row in rows}
    records = [found.get(key, {}) for key in keys]
    return [
        record.get("customer_id") == one.recipient.customer_id
        and record.get("registered_on") == one.about["registered_on"]
        for record, one in zip(records, requests, strict=True)
    ]


async def _offer_stands(context: NotifierContext, requests: Sequence[NotificationRequest]) -> list[bool]:
    cycle = task.c.offer["cycle"].as_integer()
    query = select(task.c.task_id, task.c.offered_to, cycle).where(
        task.c.task_id.in_([one.task_id for one in requests]), task.c.status.in_(_OFFERED)
    )
    offers = {tuple(row) for row in await context.connection.execute(query)}
    return [(one.task_id, one.recipient.staff_id, one.cycle) in offers for one in requests]


async def _clock_runs(context: NotifierContext, requests: Sequence[NotificationRequest]) -> list[bool]:
    running = await _running(context, requests)
    return [one.about["timer_id"] in running for one in requests]


async def _not_yet_late(context: NotifierContext, requests: Sequence[NotificationRequest]) -> list[bool]:
    running = await _running(context, requests)
    return [running.get(one.about["timer_id"], context.now) is None for one in requests]


async def _breach_stands(context: NotifierContext, requests: Sequence[NotificationRequest]) -> list[bool]:
    """Whether it is not known meanwhile that the clock was met in time."""
    met = (sla_timer.c.state == "completed") & sla_timer.c.breached_at.is_(None)
    ids = [one.about["timer_id"] for one in requests]
    kept = set(await context.connection.scalars(select(sla_timer.c.timer_id).where(sla_timer.c.timer_id.in_(ids), met)))
    return [one.about["timer_id"] not in kept for one in requests]


async def _running(context: NotifierContext, requests: Sequence[NotificationRequest]) -> dict[str, datetime | None]:
    """When each of the running clocks was breached, if it was."""
    ids = [one.about["timer_id"] for one in requests]
    query = select(sla_timer.c.timer_id, sla_timer.c.breached_at)
    rows = await context.connection.execute(query.where(sla_timer.c.timer_id.in_(ids), sla_timer.c.state == "running"))
    return {row.timer_id: row.breached_at for row in rows}


_CHECKS: Final[Mapping[str, Callable[[NotifierContext, Sequence[NotificationRequest]], Awaitable[list[bool]]]]] = {
    "ACK": _unanswered,
    "STATUS": _case_open,
    "PARTS": _case_open,
    "READY": _case_open,
    "DATE": _date_stands,
    "REMIND": _still_to_come,
    "INVITE": _still_invited,
    "OFFERED": _offer_stands,
    "WARNING": _not_yet_late,
    "BREACHED": _breach_stands,
    "ESCALATED": _clock_runs,
}
