"""Which tasks a list or a feed is about, as a request asks for them."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from fastapi import Depends, Query

from journey_api.http.query import given
from shared.lifecycle import KINDS
from shared.vocabulary import ROLES, TASK_STATUSES

FILTERS: Final[Mapping[str, str]] = {
    "dealer_id": "dealer_id",
    "role": "to_role",
    "assignee_id": "assignee_id",
    "offered_to": "offered_to",
    "customer_id": "customer_id",
    "case_id": "case_id",
    "kind": "kind",
    "status": "status",
}
"""The names of a request's filters, and the fields of a task they mean."""

_Text = Annotated[str | None, Query(max_length=200)]


def read_task_filters(
    dealer_id: _Text = None,
    role: Literal[*ROLES] | None = None,  # type: ignore[valid-type]
    assignee_id: _Text = None,
    offered_to: _Text = None,
    customer_id: _Text = None,
    case_id: _Text = None,
    kind: Literal[*KINDS] | None = None,  # type: ignore[valid-type]
    status: Literal[*TASK_STATUSES] | None = None,  # type: ignore[valid-type]
) -> dict[str, str]:
    """The filters given, by name."""
    return given(
        {
            "dealer_id": dealer_id,
            "role": role,
            "assignee_id": assignee_id,
            "offered_to": offered_to,
            "customer_id": customer_id,
            "case_id": case_id,
            "kind": kind,
            "status": status,
        }
    )


TaskFiltersDep = Annotated[dict[str, str], Depends(read_task_filters)]
