"""`DELETE …/customers/{customer_id}/closed-addresses/{kind}`: an admin opens what was closed by mistake."""

from typing import Annotated

from fastapi import Depends, Path
from starlette.responses import Response

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import DealerDep, NowDep, TransactionDep, requires
from journey_api.http.auth import ADMIN, Principal
from journey_api.http.etags import IfMatchDep
from journey_api.http.field_types import CustomerChannel
from journey_api.reference.closed_addresses import open_addresses
from journey_api.reference.collections import CUSTOMER
from journey_api.reference.store import Place

router = keyed_router("reference data")


@router.delete("/dealers/{dealer_id}/customers/{customer_id}/closed-addresses/{kind}", status_code=204)
async def delete_closed_addresses(
    dealer_id: DealerDep,
    customer_id: Annotated[str, Path()],
    kind: Annotated[CustomerChannel, Path(description="The channel whose closed addresses are opened.")],
    connection: TransactionDep,
    principal: Annotated[Principal, Depends(requires(ADMIN))],
    expected: IfMatchDep,
    now: NowDep,
) -> Response:
    """Open every closed address of a kind of a customer, whatever closed it; messages go there again.

    404 where none is closed. Who did so, and what was closed, is kept.
    """
    await open_addresses(connection, Place(CUSTOMER, dealer_id, customer_id), kind, expected, principal.key_id, now)
    return Response(status_code=204)
