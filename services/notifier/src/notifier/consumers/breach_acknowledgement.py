"""Somebody who was told of a breach takes up the case: the steps that are left stay silent for a while."""

from typing import Final

from sqlalchemy import or_, select

from notifier.context import NotifierContext
from notifier.notifications.types import BUNDLED
from shared.db.schema import notification
from shared.sla.engine.due_actions import acknowledge
from shared.sla.store.timers import load_timers, store_changes
from shared.sla.types import CaseTimers, TimerChanges

_BREACH_NOTICES: Final = ("BREACHED", "ESCALATED")


async def note_acknowledgement(
    context: NotifierContext, dealer_id: str, case_id: str, staff_id: str, cause: str
) -> int:
    """Quieten the case's breached clocks of which this person was told; answers how many.

    Without a contact to the customer the chain comes back after the re-arming time. The caller holds the customer's
    lock; `cause` is the task that was taken up.
    """
    notified = await _notices_to(context, dealer_id, case_id, staff_id)
    if not notified:
        return 0
    timers = await load_timers(context.connection, cases=[(dealer_id, case_id)], lock=True)
    of_case = (timer for timer in timers if timer.timer_id in notified and timer.subject == "case")
    moves = [acknowledge(timer, context.now, cause) for timer in of_case]
    moves = [moved for moved in moves if moved.events]
    changes = TimerChanges(
        case_timers=CaseTimers(),
        changed=tuple(moved.timer for moved in moves),
        events=tuple(event for moved in moves for event in moved.events),
        due=tuple(row for moved in moves for row in moved.due),
    )
    await store_changes(context.connection, [changes], context.now)
    return len(moves)


async def _notices_to(context: NotifierContext, dealer_id: str, case_id: str, staff_id: str) -> set[str]:
    columns = notification.c
    query = select(columns.params["about"]["timer_id"].as_string()).where(
        columns.dealer_id == dealer_id,
        columns.case_id == case_id,
        columns.staff_id == staff_id,
        columns.message.in_(_BREACH_NOTICES),
        # what went in a bundle was told with it
        or_(columns.status != "withdrawn", columns.code == BUNDLED),
    )
    return {timer_id for timer_id in await context.connection.scalars(query) if timer_id}
