"""Triggers of rules that hang on a dealer's calendar: the quarter, the list of due customers, the workshop's day."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Text, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.triggers.events import SOURCE, TriggeredEvent, make_events
from handoff_worker.triggers.reminders import Reminder, remind
from handoff_worker.triggers.trigger_handler import TriggerContext
from shared.calendar.open_intervals import opening_instant
from shared.db.engine import record_key
from shared.db.schema import OPEN_TASK, dealer
from shared.sla.policy.rules import load_rules
from shared.sla.store.due_subjects import DueSubject, schedule
from shared.sla.store.policies import load_policies
from shared.sla.triggers.dealer_days import DUE_LIST, QUARTER, WORKSHOP_DAY, next_dealer_trigger
from shared.sla.triggers.series import day_of

LIST: Final = f"{DUE_LIST}/list"
"""The list itself, written once the other rules of the morning have said who is due."""

_DAY: Final = timedelta(days=1)
_LONGEST_PAUSE: Final = timedelta(days=31)
"""What happened longer ago than so is on no list any more, whenever the last one was."""
_CONTACTS: Final = (
    "proactive_contact_due",
    "service_due_soon",
    "post_delivery_contact_due",
    "order_status_contact_due",
    "recall_campaign_applies",
    "offer_follow_up_due",
    "service_crm_activity_planning_due",
)
"""What asks somebody to turn to a customer."""

_DUE: Final = text(
    """
    select distinct customer_id from journey_event
     where dealer_id = :dealer_id and source = :source and customer_id is not null
       and data -> 'occurrences' ?| :occurrences
       and occurred_at > coalesce((
         select max(e.at) from task t join task_event e using (task_id)
          where t.dealer_id = :dealer_id and t.customer_id is null and t.entry = :rule and t.updated_at >= :since
            and e.entry = :rule and e.action in ('created', 'updated') and e.at >= :since), :since)
    """
).bindparams(bindparam("occurrences", type_=ARRAY(Text)))
"""Who became due since the last list there was, or since `:since`."""
_STILL_DUE: Final = text(
    f"""
    select jsonb_array_elements_text(packet -> 'customers') from task
     where dealer_id = :dealer_id and entry = :rule and customer_id is null and {OPEN_TASK}
    """
)
"""The customers of a list that nobody has been through yet."""
_BOOKED_TODAY: Final = text(
    """
    select distinct customer_id from appointment
     where dealer_id = :dealer_id and record ->> 'kind' = 'service'
       and coalesce(record ->> 'status', 'booked') in ('booked', 'confirmed', 'arrived', 'started')
       and cast(record ->> 'starts_at' as timestamptz) >= :since
       and cast(record ->> 'starts_at' as timestamptz) < :until
     order by 1
    """
)


async def fire_quarters(context: TriggerContext, due: Sequence[DueSubject]) -> None:
    """The programmes and activities of the quarter are planned: who plans them is reminded."""
    rule = load_rules()[QUARTER]
    events = [
        TriggeredEvent(
            dealer_id=one.dealer_id,
            rule=QUARTER,
            subject_id=one.subject_id,
            cycle=one.cycle,
            occurrence=emitted.occurrence,
            observer=emitted.observer,
            part=emitted.occurrence,
        )
        for one in due
        for emitted in rule.emits
    ]
    await make_events(context.connection, events, context.now)
    days = await _days(context.connection, due)
    reminders = [Reminder(dealer_id, QUARTER, role, since=since) for dealer_id, since, _ in days for role in rule.to]
    await remind(context, reminders)
    await _schedule_next(context.connection, due, context.now)


async def begin_lists(context: TriggerContext, due: Sequence[DueSubject]) -> None:
    """Write the day's lists once more has been said of it, and look again on the next open day."""
    lists = [
        DueSubject("trigger", one.dealer_id, one.subject_id, context.now, cause=LIST, cycle=one.cycle) for one in due
    ]
    await schedule(context.connection, lists, context.now)
    await _schedule_next(context.connection, due, context.now)


async def fire_lists(context: TriggerContext, due: Sequence[DueSubject]) -> None:
    """Remind of the customers to whom time rules have asked somebody to turn since the last list, if there are any."""
    rule = load_rules()[DUE_LIST]
    centre, otherwise = rule.to
    reminders = []
    for dealer_id, since, _ in await _days(context.connection, due):
        customers = await _to_list(context.connection, dealer_id, since)
        has_centre = dealer.c.record["has_business_development_centre"].as_boolean()
        role = (
            centre
            if await context.connection.scalar(select(has_centre).where(dealer.c.dealer_id == dealer_id))
            else otherwise
        )
        if customers:
            reminders.append(Reminder(dealer_id, DUE_LIST, role, packet={"customers": customers}, since=since))
    await remind(context, reminders)


async def _to_list(connection: AsyncConnection, dealer_id: str, since: datetime) -> list[str]:
    """Who became due since the last list; where there are some, those of a list nobody has been through stay on it."""
    wanted = {"dealer_id": dealer_id, "rule": DUE_LIST, "source": SOURCE, "since": since - _LONGEST_PAUSE}
    fresh = list(await connection.scalars(_DUE, wanted | {"occurrences": list(_CONTACTS)}))
    left = await connection.scalars(_STILL_DUE, {"dealer_id": dealer_id, "rule": DUE_LIST}) if fresh else ()
    return sorted({*fresh, *left})


async def keys_of_booked(context: TriggerContext, due: Sequence[DueSubject]) -> set[str]:
    """The keys of the customers booked on these days."""
    return {
        record_key(dealer_id, one) for dealer_id, _, _, some in await _booked(context.connection, due) for one in some
    }


async def fire_workshop_days(context: TriggerContext, due: Sequence[DueSubject]) -> None:
    """The day's schedule reaches the salespeople, an event for each customer who is booked."""
    (emitted,) = load_rules()[WORKSHOP_DAY].emits
    events = [
        TriggeredEvent(
            dealer_id=dealer_id,
            rule=WORKSHOP_DAY,
            subject_id=dealer_id,
            cycle=cycle,
            occurrence=emitted.occurrence,
            observer=emitted.observer,
            step=emitted.step,
            customer_id=customer_id,
            part=customer_id,
        )
        for dealer_id, cycle, _, customers in await _booked(context.connection, due)
        for customer_id in customers
    ]
    await make_events(context.connection, events, context.now)
    await _schedule_next(context.connection, due, context.now)


async def _booked(connection: AsyncConnection, due: Sequence[DueSubject]) -> list[tuple[str, int, datetime, list[str]]]:
    """Dealer, cycle, beginning of the day and customers booked, of each row."""
    found = []
    for (dealer_id, since, until), one in zip(await _days(connection, due), due, strict=True):
        wanted = {"dealer_id": dealer_id, "since": since, "until": until}
        found.append((dealer_id, one.cycle, since, list(await connection.scalars(_BOOKED_TODAY, wanted))))
    return found


async def _days(connection: AsyncConnection, due: Sequence[DueSubject]) -> list[tuple[str, datetime, datetime]]:
    """Dealer, beginning and end of the local day of each row, in their order."""
    policies = await load_policies(connection, {one.dealer_id for one in due})
    found = []
    for one in due:
        zone, day = policies[one.dealer_id].zone, day_of(one.cycle)
        found.append((one.dealer_id, opening_instant(zone, day, 0), opening_instant(zone, day + _DAY, 0)))
    return found


async def _schedule_next(connection: AsyncConnection, due: Iterable[DueSubject], now: datetime) -> None:
    rows = list(due)
    policies = await load_policies(connection, {one.dealer_id for one in rows})
    triggers = [(one, next_dealer_trigger(policies[one.dealer_id], one.cause, one.cycle, now)) for one in rows]
    following = [
        DueSubject("trigger", one.dealer_id, one.subject_id, trigger.fire_at, cause=trigger.name, cycle=trigger.cycle)
        for one, trigger in triggers
        if trigger is not None
    ]
    await schedule(connection, following, now)
