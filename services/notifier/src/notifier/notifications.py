"""The store of notifications: rows, their status, and the record every change of status appends."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, and_, select, update

from notifier.desk import Desk
from notifier.notices import purpose_of
from notifier.obligations import Obligation
from notifier.plan import Plan
from shared.identifiers import new_id
from shared.messaging import outbox
from shared.notification_records import RECORDED, notification_record
from shared.row_sets import insert_new
from shared.tables import notification
from shared.telemetry import notifications_total
from shared.wakeups import SENDERS, ring

UNSENT: Final = ("queued", "held")
"""Not with a provider: can still be taken back."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to be done for an obligation, and the language of its words."""

    obligation: Obligation
    plan: Plan
    locale: str


async def store_plans(desk: Desk, planned: Sequence[Planned]) -> list[RowMapping | None]:
    """Store what was planned, once; None for each obligation that has a row for its channel already."""
    rows = [_new_row(desk, one) for one in planned]
    stored = {row["notification_id"]: row for row in await insert_new(desk.connection, notification, rows)}
    found = [stored.get(row["notification_id"]) for row in rows]
    await announce(desk, [row for row in found if row is not None])
    return found


async def apply_plan(desk: Desk, row: RowMapping, obligation: Obligation, plan: Plan, locale: str) -> RowMapping:
    """Give a row that was queued without a plan what was planned; it was told of as queued before."""
    mine = notification.c.notification_id == row["notification_id"]
    statement = update(notification).where(mine).values(**_planned(desk, obligation, plan, locale))
    planned: RowMapping = (await desk.connection.execute(statement.returning(notification))).mappings().one()
    if planned["status"] != row["status"]:
        await announce(desk, [planned])
    return planned


async def load_for_update(desk: Desk, notification_id: str) -> RowMapping | None:
    """The row, locked until the transaction ends."""
    return (await load_all_for_update(desk, [notification_id])).get(notification_id)


async def load_all_for_update(desk: Desk, ids: Sequence[str]) -> dict[str, RowMapping]:
    """The rows that are there, by id, locked until the transaction ends."""
    query = select(notification).where(notification.c.notification_id.in_(sorted(ids)))
    rows = await desk.connection.execute(query.order_by(notification.c.notification_id).with_for_update())
    return {row["notification_id"]: row for row in rows.mappings()}


async def change_status(desk: Desk, ids: Sequence[str], status: str, **values: Any) -> Sequence[RowMapping]:
    """Give these rows a status, and tell of it; answers the rows as they now are."""
    if not ids:
        return []
    return await _change(desk, notification.c.notification_id.in_(ids), status, **values)


async def queue_again(desk: Desk, notification_id: str, code: str | None, at: datetime) -> None:
    """Let it wait for another attempt at this real instant; it was told of as queued before."""
    mine = notification.c.notification_id == notification_id
    again = {"status": "queued", "code": code, "next_attempt_real_at": at, "updated_at": desk.now}
    await desk.connection.execute(update(notification).where(mine).values(again))
    if at <= desk.real:
        await ring(desk.connection, SENDERS)


async def withdraw(desk: Desk, dealer_id: str, *where: ColumnElement[bool], code: str = "closed") -> int:
    """Take back what no provider has yet and what has lost its reason; answers how many.

    What waits for another attempt is taken back too.
    """
    mine = and_(notification.c.dealer_id == dealer_id, notification.c.status.in_(UNSENT), *where)
    return len(await _change(desk, mine, "withdrawn", code=code, next_attempt_real_at=None))


async def announce(desk: Desk, rows: Iterable[RowMapping]) -> None:
    """Append the record of each row's present status, where it has one; at the end where the desk gathers them."""
    if desk.said is None:
        await _tell(desk, rows)
    else:
        desk.said.extend(rows)


async def tell_said(desk: Desk) -> None:
    """Append the records of what the desk has gathered."""
    rows, desk.said = desk.said or (), None
    await _tell(desk, rows)


async def _tell(desk: Desk, rows: Iterable[RowMapping]) -> None:
    told = [row for row in rows if row["status"] in RECORDED]
    for row in told:
        notifications_total.labels(row["channel"] or "none", row["status"]).inc()
    await outbox.append(desk.connection, [notification_record(row, desk.now) for row in told])
    if any(row["status"] == "queued" for row in told):
        await ring(desk.connection, SENDERS)


def _new_row(desk: Desk, planned: Planned) -> dict[str, Any]:
    obligation = planned.obligation
    return {
        **_planned(desk, obligation, planned.plan, planned.locale),
        "notification_id": new_id(),
        "dealer_id": obligation.dealer_id,
        "customer_id": obligation.recipient.customer_id,
        "staff_id": obligation.recipient.staff_id,
        "task_id": obligation.task_id,
        "case_id": obligation.case_id,
        "message": obligation.notice.name,
        "created_at": desk.now,
    }


def _planned(desk: Desk, obligation: Obligation, plan: Plan, locale: str) -> dict[str, Any]:
    """The columns that a plan decides."""
    channel = plan.address.kind if plan.address else None
    held = plan.not_before is not None
    failed = plan.address is None and not held
    return {
        "purpose": purpose_of(obligation.notice, obligation.topics),
        "channel": channel,
        "address": plan.address.address if plan.address else None,
        "status": "failed" if failed else "held" if held else "queued",
        "votes": [vote.document() for vote in plan.votes],
        "params": obligation.params(),
        "fallback": list(plan.fallback),
        "dedupe_key": obligation.dedupe_key(channel),
        "locale": locale,
        "code": plan.code,
        "not_before": plan.not_before,
        "updated_at": desk.now,
        "next_attempt_real_at": None if failed or held else desk.real,
    }


async def _change(desk: Desk, where: ColumnElement[bool], status: str, **values: Any) -> Sequence[RowMapping]:
    statement = update(notification).where(where).values(status=status, updated_at=desk.now, **values)
    rows: Sequence[RowMapping] = (await desk.connection.execute(statement.returning(notification))).mappings().all()
    await announce(desk, rows)
    return rows
