"""Operations: what was sent, held, failed or withdrawn."""

from typing import Annotated, Any, Literal

from fastapi import Depends, Query

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import TransactionDep, requires
from journey_api.http.pagination import PageDep
from journey_api.http.query_parameters import given
from journey_api.reports.notification_list import attempts_of, list_notifications, notification_document
from shared.messaging.field_types import Channel

router = keyed_router("notifications")
Text = Annotated[str | None, Query(max_length=200)]
Status = Literal["queued", "held", "sending", "sent", "delivered", "read", "failed", "withdrawn", "unknown"]


@router.get("/notifications", dependencies=[Depends(requires("ops:read"))])
async def get_notifications(
    connection: TransactionDep,
    page: PageDep,
    dealer_id: Text = None,
    customer_id: Text = None,
    staff_id: Text = None,
    task_id: Text = None,
    case_id: Text = None,
    message: Annotated[list[str] | None, Query(max_length=200)] = None,
    channel: Annotated[list[Channel] | None, Query()] = None,
    status: Annotated[list[Status] | None, Query()] = None,
) -> dict[str, Any]:
    """Notifications, the newest first, each with the votes on its channels and its attempts."""
    wanted = given(
        {
            "dealer_id": dealer_id,
            "customer_id": customer_id,
            "staff_id": staff_id,
            "task_id": task_id,
            "case_id": case_id,
            "message": message,
            "channel": channel,
            "status": status,
        }
    )
    rows = await list_notifications(connection, wanted, page.instant_key(), page.limit)
    attempts = await attempts_of(connection, [row["notification_id"] for row in rows])
    return page.answer(
        rows,
        lambda row: notification_document(row, attempts),
        lambda row: (row["created_at"].isoformat(), row["notification_id"]),
    )
