"""Customers who come to their appointments: kept when the record turns to `arrived` or `started`, and judged."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.calendar.durations import Duration
from shared.db.schema import appointment_status_change
from shared.ids import new_id
from shared.messaging.moments_due import Due, note_due
from shared.sla.policy.policy import Policies
from shared.sla.store.policies import load_policies

KEPT: Final = ("arrived", "started")
RECEPTION: Final = "T-23"
_USUAL: Final = timedelta(minutes=5)


async def note_arrival(
    connection: AsyncConnection, before: Mapping[str, Any] | None, row: Row[Any], now: datetime
) -> None:
    """Keep the change of an appointment that was `before`, None for a new one, to one of KEPT; have it judged."""
    record = row.record
    status = record.get("status")
    if status not in KEPT or (before or {}).get("status") == status:
        return
    policies = (await load_policies(connection, [row.dealer_id]))[row.dealer_id]
    whose = {"dealer_id": row.dealer_id, "customer_id": record["customer_id"], "case_id": record.get("case_id")}
    change = {
        "change_id": new_id(),
        "appointment_id": row.appointment_id,
        "status": status,
        "at": now,
        "starts_at": datetime.fromisoformat(record["starts_at"]),
        "allowed": _allowed(policies),
        "staff_id": record.get("staff_id"),
    }
    await connection.execute(insert(appointment_status_change).values(whose | change))
    await note_due(connection, [Due(**whose, cause_kind="appointment", cause_id=row.appointment_id)])


def _allowed(policies: Policies) -> timedelta:
    """How long a customer may wait: the dealer's time for the reception, the usual where that is in days."""
    target = policies.snapshot(RECEPTION, "promise", None).target
    return target.time if isinstance(target, Duration) and target.is_time else _USUAL
