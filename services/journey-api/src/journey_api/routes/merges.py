"""`POST …/customers/{customer_id}/merge`: two records of one person become one."""

from typing import Annotated

from fastapi import Depends, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import DealerDep, NowDep, PrincipalDep, StackDep, TransactionDep, requires
from journey_api.http.field_types import Id
from journey_api.reference.collections import CUSTOMER
from journey_api.reference.customer_merge import merge_customer
from journey_api.reference.visible_records import show_records
from journey_api.routes.reference import answer_record

router = keyed_router("reference data")


class MergeBody(BaseModel):
    """Whose duplicate the customer of the path is."""

    model_config = ConfigDict(extra="forbid")

    into: Annotated[Id, Field(description="The customer that stays.")]


@router.post("/dealers/{dealer_id}/customers/{customer_id}/merge", dependencies=[Depends(requires("events:write"))])
async def post_merge(
    dealer_id: DealerDep,
    customer_id: Annotated[str, Path(max_length=128)],
    body: MergeBody,
    stack: StackDep,
    connection: TransactionDep,
    principal: PrincipalDep,
    now: NowDep,
) -> Response:
    """Merge a duplicate into another customer: all that is on record goes over, open cases stay apart.

    The merged id is taken for the other customer's from then on; it cannot be changed or merged again.
    """
    row = await merge_customer(connection, stack.playbook, dealer_id, customer_id, body.into, now)
    (shown,) = await show_records(connection, CUSTOMER, [row], principal, customer_id)
    return answer_record(shown)
