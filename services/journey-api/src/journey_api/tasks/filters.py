"""Which tasks a list or a feed is about, as a request asks for them."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Query
from pydantic import StringConstraints

from journey_api.http.query_parameters import Filters, given
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
    "entry": "entry",
}
"""The names of a request's filters, and the fields of a task they mean."""

_Text = Annotated[str | None, Query(max_length=200)]
_Role = Literal[*ROLES]  # type: ignore[valid-type]
_Kind = Literal[*KINDS]  # type: ignore[valid-type]
_Status = Literal[*TASK_STATUSES]  # type: ignore[valid-type]
_Entry = Annotated[str, StringConstraints(max_length=64)]


def read_task_filters(
    dealer_id: _Text = None,
    role: Annotated[list[_Role] | None, Query()] = None,
    assignee_id: _Text = None,
    offered_to: _Text = None,
    customer_id: _Text = None,
    case_id: _Text = None,
    kind: Annotated[list[_Kind] | None, Query()] = None,
    status: Annotated[list[_Status] | None, Query()] = None,
    entry: Annotated[list[_Entry] | None, Query(max_length=200)] = None,
) -> Filters:
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
            "entry": entry,
        }
    )


TaskFiltersDep = Annotated[Filters, Depends(read_task_filters)]


def is_theirs(fields: Mapping[str, Any], person: str) -> bool:
    """Whether a task with these fields is offered to or held by the person."""
    return person in (fields["offered_to"], fields["assignee_id"])
