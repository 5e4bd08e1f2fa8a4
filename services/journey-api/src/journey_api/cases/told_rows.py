"""The stored messages and notices that a timeline tells."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.cases.timeline_facts import Row
from journey_api.reports.notification_list import attempts_of
from shared.db.schema import notification, sla_timer


async def load_told(
    connection: AsyncConnection, wanted: ColumnElement[bool], timers: ColumnElement[bool], events: Sequence[Row]
) -> list[Row]:
    """What was told of the cases and tasks, of their clocks, and of their events before a case was found."""
    cases = {event["event_id"]: event["case_id"] for event in events}
    about_event = notification.c.params["about"]["event_id"].as_string()
    dealers, customers = ({event[name] for event in events} for name in ("dealer_id", "customer_id"))
    whose = notification.c.dealer_id.in_(dealers) & notification.c.customer_id.in_(customers)
    wanted |= whose & notification.c.case_id.is_(None) & about_event.in_(cases)
    clocks = notification.c.params["about"]["timer_id"].as_string().in_(select(sla_timer.c.timer_id).where(timers))
    of_dealer = notification.c.dealer_id.in_(select(sla_timer.c.dealer_id).where(timers).distinct())
    query = select(notification).where(wanted | (of_dealer & clocks))
    rows = [dict(row) for row in (await connection.execute(query)).mappings()]
    attempts = await attempts_of(connection, [row["notification_id"] for row in rows])
    return [
        {
            **row,
            "case_id": row["case_id"] or cases.get(_event_of(row)),
            "attempts": attempts.get(row["notification_id"], []),
        }
        for row in rows
    ]


def _event_of(told: Row) -> str | None:
    event_id: str | None = ((told["params"] or {}).get("about") or {}).get("event_id")
    return event_id
