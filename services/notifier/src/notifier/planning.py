"""Carries a plan out: loads the recipient, plans, stores the notification, starts what people have to do."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.means import Means
from notifier.notifications import store_plan
from notifier.obligations import Obligation
from notifier.plan import Plan, Situation, plan
from notifier.preferences import TASK_CHANNELS
from notifier.recipients import Audience, load_audience
from notifier.reminders import start_send, tell_unreachable


async def meet(
    connection: AsyncConnection, means: Means, obligation: Obligation, now: datetime, real: datetime
) -> RowMapping | None:
    """Plan an obligation and store what comes of it; None where it has been met by this channel already.

    The caller holds the customer's lock. A call or letter becomes a task at once; with no channel left the customer
    owner is told that the customer cannot be reached.
    """
    audience = await load_audience(connection, obligation)
    planned = plan_for(audience, means, obligation, now)
    if obligation.awaits_routing(real) and not _by_machine(planned):
        planned = replace(planned, not_before=planned.not_before or now)
    row = await store_plan(connection, obligation, planned, now, real, audience.language)
    if row is None:
        return None
    return await follow(connection, obligation, planned, row, now, real)


async def follow(
    connection: AsyncConnection, obligation: Obligation, planned: Plan, row: RowMapping, now: datetime, real: datetime
) -> RowMapping:
    """What a stored plan asks of people: a call, a letter, a way to a customer no channel reaches."""
    if planned.not_before is not None:
        return row
    if planned.address and planned.address.kind in TASK_CHANNELS:
        return await start_send(connection, row, now, real)
    if planned.exhausted and obligation.notice.becomes_task:
        await tell_unreachable(connection, obligation, now)
    return row


def _by_machine(planned: Plan) -> bool:
    """Whether a machine sends it, which knows to wait; people's tasks need the case at once."""
    return planned.address is not None and planned.address.kind not in TASK_CHANNELS


async def move_on(
    connection: AsyncConnection,
    means: Means,
    obligation: Obligation,
    channel: str | None,
    now: datetime,
    real: datetime,
) -> RowMapping | None:
    """Try the next channel of an obligation after `channel` has failed."""
    tried = (*obligation.tried, channel) if channel else obligation.tried
    return await meet(connection, means, replace(obligation, tried=tried), now, real)


def plan_for(audience: Audience, means: Means, obligation: Obligation, now: datetime) -> Plan:
    """The plan of an obligation as things are now."""
    situation = Situation(
        configured=means.configured,
        pause_of=audience.pause_of,
        token=obligation.name,
        becomes_task=obligation.notice.becomes_task,
        urgent=obligation.urgent,
        deadline=obligation.deadline,
        tried=frozenset(obligation.tried),
    )
    return plan(audience.wishes, audience.request, situation, now)
