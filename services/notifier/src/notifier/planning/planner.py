"""Carries a plan out: loads the recipient, plans, stores the notification, starts what people have to do."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import RowMapping

from notifier.context import Desk, Means
from notifier.followup.fallback_chain import has_ended
from notifier.followup.manual_sends import start_send, tell_unreachable
from notifier.notifications.request import Obligation
from notifier.notifications.still_relevant import is_still_owed
from notifier.planning.channel_selection import Plan, Situation, plan
from notifier.planning.digests import Windows, load_windows, put_in_bundle
from notifier.planning.plan_store import Planned, store_plans
from notifier.planning.recipients import Audience, load_audiences
from shared.channels.registry import kind_of


async def meet(desk: Desk, obligation: Obligation) -> RowMapping | None:
    """Meet one obligation; None where it has been met by this channel already."""
    return (await meet_all(desk, [obligation]))[0]


async def meet_all(desk: Desk, obligations: Sequence[Obligation]) -> list[RowMapping | None]:
    """Plan obligations and store what comes of them; None for each that has been met by its channel already.

    The caller holds the customers' locks. A call or letter becomes a task at once; with no channel left the customer
    owner is told that the customer cannot be reached.
    """
    if not obligations:
        return []
    audiences = await load_audiences(desk, obligations)
    windows = await load_windows(desk, obligations)
    pairs = zip(audiences, obligations, strict=True)
    planned = [_planned(desk, audience, obligation, windows) for audience, obligation in pairs]
    rows = await store_plans(desk, planned)
    return [
        None if row is None else await follow(desk, one.obligation, one.plan, row)
        for one, row in zip(planned, rows, strict=True)
    ]


def _planned(desk: Desk, audience: Audience, obligation: Obligation, windows: Windows) -> Planned:
    planned = plan_for(audience, desk.means, obligation, desk.now)
    together = windows.ends(obligation) if planned.not_before is None else None
    if together is not None and planned.address is not None:
        obligation, planned = put_in_bundle(obligation), replace(planned, not_before=together)
    elif planned.address is not None or planned.not_before is not None:
        windows.open(obligation, desk.now)
    if obligation.awaits_routing(desk.real) and not _by_machine(planned):
        planned = replace(planned, not_before=planned.not_before or desk.now)
    return Planned(obligation, planned, audience.language)


async def follow(desk: Desk, obligation: Obligation, planned: Plan, row: RowMapping) -> RowMapping:
    """What a stored plan asks of people: a call, a letter, a way to a customer no channel reaches."""
    if planned.not_before is not None:
        return row
    if planned.address and kind_of(planned.address.kind).manual:
        return await start_send(desk, row)
    if planned.exhausted and obligation.notice.becomes_task:
        await tell_unreachable(desk, obligation)
    return row


def _by_machine(planned: Plan) -> bool:
    """Whether a machine sends it, which knows to wait; people's tasks need the case at once."""
    return planned.address is not None and kind_of(planned.address.kind).manual is None


async def move_on(
    desk: Desk,
    obligation: Obligation,
    channel: str | None,
) -> RowMapping | None:
    """Try the next channel of an obligation after `channel` has failed; None where none needs to be tried.

    A recipient who was reached is left alone, and nobody is told what has been dealt with.
    """
    if await has_ended(desk, obligation) or not await is_still_owed(desk, obligation):
        return None
    tried = (*obligation.tried, channel) if channel else obligation.tried
    return await meet(desk, replace(obligation, tried=tried))


def plan_for(audience: Audience, means: Means, obligation: Obligation, now: datetime) -> Plan:
    """The plan of an obligation as things are now."""
    situation = Situation(
        configured=means.configured,
        availability_of=audience.availability_of,
        token=obligation.name,
        becomes_task=obligation.notice.becomes_task,
        urgent=obligation.urgent,
        deadline=obligation.deadline,
        tried=frozenset(obligation.tried),
    )
    return plan(audience.preferences, audience.message, situation, now)
