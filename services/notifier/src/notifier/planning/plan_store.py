"""Stores plans as notifications."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, update

from notifier.context import NotifierContext
from notifier.notifications.request import NotificationRequest
from notifier.notifications.store import announce
from notifier.planning.channel_selection import Plan
from shared.db.bulk import insert_new
from shared.db.schema import notification
from shared.ids import new_id


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to be done for an obligation, and the language of its words."""

    request: NotificationRequest
    plan: Plan
    locale: str


async def store_plans(context: NotifierContext, planned: Sequence[Planned]) -> list[RowMapping | None]:
    """Store what was planned, once; None for each obligation that has a row for its channel already."""
    rows = [_new_row(context, one) for one in planned]
    stored = {row["notification_id"]: row for row in await insert_new(context.connection, notification, rows)}
    found = [stored.get(row["notification_id"]) for row in rows]
    await announce(context, [row for row in found if row is not None])
    return found


async def apply_plan(
    context: NotifierContext, row: RowMapping, request: NotificationRequest, plan: Plan, locale: str
) -> RowMapping:
    """Give a row that was queued without a plan what was planned; it was told of as queued before."""
    mine = notification.c.notification_id == row["notification_id"]
    statement = update(notification).where(mine).values(**_planned(context, request, plan, locale))
    planned: RowMapping = (await context.connection.execute(statement.returning(notification))).mappings().one()
    if planned["status"] != row["status"]:
        await announce(context, [planned])
    return planned


def _new_row(context: NotifierContext, planned: Planned) -> dict[str, Any]:
    request = planned.request
    return {
        **_planned(context, request, planned.plan, planned.locale),
        "notification_id": new_id(),
        "dealer_id": request.dealer_id,
        "customer_id": request.recipient.customer_id,
        "staff_id": request.recipient.staff_id,
        "task_id": request.task_id,
        "case_id": request.case_id,
        "message": request.notification_type.name,
        "created_at": context.now,
    }


def _planned(context: NotifierContext, request: NotificationRequest, plan: Plan, locale: str) -> dict[str, Any]:
    """The columns that a plan decides."""
    channel = plan.address.kind if plan.address else None
    held = plan.scheduled_for is not None
    failed = plan.address is None and not held
    return {
        "purpose": request.purpose,
        "channel": channel,
        "address": plan.address.address if plan.address else None,
        "status": "failed" if failed else "held" if held else "queued",
        "votes": [vote.document() for vote in plan.votes],
        "params": request.params(),
        "fallback": list(plan.fallback),
        "dedupe_key": request.dedupe_key(channel),
        "locale": locale,
        "code": plan.code,
        "scheduled_for": plan.scheduled_for,
        "updated_at": context.now,
        "next_attempt_wall_clock_at": None if failed or held else context.real,
    }
