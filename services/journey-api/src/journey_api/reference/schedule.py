"""What a record that is put, changed or deleted has the time rules schedule, in the transaction that stores it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.reference.collections import APPOINTMENT, CUSTOMER, DEALER, ORDER, VEHICLE, Kind
from shared.calendar.versions import COMING, PRESENT
from shared.sla.policy.policy import Policies
from shared.sla.policy.rules import load_rules
from shared.sla.store.due_subjects import DueSubject, schedule
from shared.sla.store.policies import load_policies
from shared.sla.store.trigger_rows import Placed, begin_customers, place_triggers, reschedule_dealers, withdraw_triggers
from shared.sla.triggers.dealer_days import DAY_SERIES, dealer_triggers
from shared.sla.triggers.openings import opening_from
from shared.sla.triggers.scheduled_triggers import ScheduledTrigger, triggers_of
from shared.sla.triggers.series import LOOKED_FOR, RECALL, STATUS_CHANGE, is_awaited

_NAMES: Final = {VEHICLE: "vehicle", APPOINTMENT: "appointment", ORDER: "order", CUSTOMER: "customer"}
_MOVES: Final = ("time_zone", PRESENT, COMING, "role_calendar", "sla")
"""The fields of a dealer that say when its rules act."""

Document = Mapping[str, Any]


async def schedule_record(
    connection: AsyncConnection, kind: Kind, before: Document | None, row: Row[Any], now: datetime
) -> None:
    """Place the triggers of a record that was `before`, None for a new one, and has been stored as `row`.

    What the change leaves alone is not touched, so that most changes cost no statement.
    """
    if kind is DEALER:
        await _schedule_dealer(connection, before, row, now)
    elif kind in _NAMES:
        policies = (await load_policies(connection, [row.dealer_id]))[row.dealer_id]
        await _place(connection, kind, before, row, policies, now)
        await _place_changes(connection, kind, before, row, policies, now)


async def unschedule_record(connection: AsyncConnection, kind: Kind, dealer_id: str, identity: str) -> None:
    """Withdraw all that a deleted record had scheduled."""
    record = _NAMES.get(kind, "dealer")
    rules = [one.rule for one in load_rules().values() if one.trigger is not None and one.trigger.record == record]
    await withdraw_triggers(connection, dealer_id, identity, rules)


async def _place(
    connection: AsyncConnection, kind: Kind, before: Document | None, row: Row[Any], policies: Policies, now: datetime
) -> None:
    name, identity = _NAMES[kind], row._mapping[kind.identity]
    held: dict[str, Any] = {}
    if kind is CUSTOMER and before is None:
        begun = row.created_at.astimezone(policies.zone).date().isoformat()
        held = dict.fromkeys(LOOKED_FOR, begun)
    new, old = triggers_of(name, {**row.record, **held}, policies, now), {}
    if before is not None:
        old = triggers_of(name, before, policies, now)
    whose = identity if kind is CUSTOMER else row.record.get("customer_id")
    same_owner = before is not None and (kind is CUSTOMER or before.get("customer_id") == whose)
    names = {one for one in {*new, *old} if not same_owner or new.get(one) != old.get(one)}
    if kind is CUSTOMER and before is not None:
        names = {one for one in names if one.partition("/")[0] == "T-13"}
        await begin_customers(connection, [(row.dealer_id, identity)], now)
    if names:
        triggers = [trigger for trigger in new.values() if trigger.name in names]
        await place_triggers(connection, [Placed(row.dealer_id, identity, whose, triggers)], names, now)


async def _place_changes(
    connection: AsyncConnection, kind: Kind, before: Document | None, row: Row[Any], policies: Policies, now: datetime
) -> None:
    """What happens to a record that is itself the occasion: another status of an order, a recall of a vehicle."""
    today = now.astimezone(policies.zone).date()
    at, whose = opening_from(policies.hours_on("", today), now), row.record.get("customer_id")
    if kind is VEHICLE and whose:
        told = (before or {}).get("recalls") or () if (before or {}).get("customer_id") else ()
        added = [code for code in row.record.get("recalls") or () if code not in told]
        due = [DueSubject("trigger", row.dealer_id, row.vin, at, whose, f"{RECALL}/{code}") for code in added]
        await schedule(connection, due, now)
    if kind is ORDER and before is not None and before.get("status") != row.record.get("status"):
        triggers = [ScheduledTrigger(STATUS_CHANGE, row.version, at)] if is_awaited(row.record) else []
        await place_triggers(connection, [Placed(row.dealer_id, row.order_id, whose, triggers)], [STATUS_CHANGE], now)


async def _schedule_dealer(connection: AsyncConnection, before: Document | None, row: Row[Any], now: datetime) -> None:
    """The triggers of the dealer itself; where its times have changed, also those of all its records, by the worker."""
    if before is not None and all(before.get(field) == row.record.get(field) for field in _MOVES):
        return
    policies = (await load_policies(connection, [row.dealer_id]))[row.dealer_id]
    triggers: list[ScheduledTrigger] = dealer_triggers(policies, now)
    await place_triggers(connection, [Placed(row.dealer_id, row.dealer_id, None, triggers)], DAY_SERIES, now)
    if before is not None:
        await reschedule_dealers(connection, [row.dealer_id], now)
