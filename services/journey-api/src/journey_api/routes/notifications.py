"""Operations: what was sent, held, failed or withdrawn."""

from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Query, Response

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.csv_export import AS_CSV, ExportDep
from journey_api.access.dependencies import PrincipalDep, TransactionDep, requires
from journey_api.http.pagination import PageDep
from journey_api.http.periods import PeriodDep
from journey_api.http.query_parameters import given
from journey_api.reports.notification_list import (
    NotificationFilter,
    list_notifications,
    notifications_query,
    show_notifications,
)
from shared.messaging.field_types import Channel

router = keyed_router("notifications")
_READING: Final = [Depends(requires("ops:read"))]
Text = Annotated[str | None, Query(max_length=200)]
Status = Literal["queued", "held", "sending", "sent", "delivered", "read", "failed", "withdrawn", "unknown"]
COLUMNS: Final = (
    "notification_id",
    "dealer_id",
    "customer_id",
    "staff_id",
    "task_id",
    "case_id",
    "timer_id",
    "message",
    "purpose",
    "channel",
    "address",
    "status",
    "code",
    "not_before",
    "created_at",
    "words.subject",
    "words.text",
    "votes",
    "attempts",
)


def read_filter(
    period: PeriodDep,
    dealer_id: Text = None,
    customer_id: Text = None,
    staff_id: Text = None,
    task_id: Text = None,
    case_id: Text = None,
    timer_id: Annotated[
        str | None, Query(max_length=200, description="The clock that a message to staff is about.")
    ] = None,
    message: Annotated[list[str] | None, Query(max_length=200)] = None,
    channel: Annotated[list[Channel] | None, Query()] = None,
    status: Annotated[list[Status] | None, Query()] = None,
) -> NotificationFilter:
    """What the request asks for."""
    filters = {
        "dealer_id": dealer_id,
        "customer_id": customer_id,
        "staff_id": staff_id,
        "task_id": task_id,
        "case_id": case_id,
        "timer_id": timer_id,
        "message": message,
        "channel": channel,
        "status": status,
    }
    return NotificationFilter(given(filters), period)


@router.get("/notifications", dependencies=_READING, response_model=dict[str, Any], responses=AS_CSV)
async def get_notifications(
    principal: PrincipalDep,
    connection: TransactionDep,
    page: PageDep,
    export: ExportDep,
    wanted: Annotated[NotificationFilter, Depends(read_filter)],
) -> dict[str, Any] | Response:
    """Notifications, the newest first, each with the votes on its channels and its attempts.

    `from` and `to` are of the making. The words are told to keys with `tasks:read`.
    """
    if export.wanted:
        return await export.answer(
            "notifications",
            COLUMNS,
            notifications_query(wanted),
            lambda connection, rows: show_notifications(connection, rows, principal),
        )
    rows = await list_notifications(connection, wanted, page.instant_key(), page.limit)
    shown = await show_notifications(connection, rows[: page.limit], principal)
    documents = {document["notification_id"]: document for document in shown}
    return page.answer(
        rows,
        lambda row: documents[row["notification_id"]],
        lambda row: (row["created_at"].isoformat(), row["notification_id"]),
    )
