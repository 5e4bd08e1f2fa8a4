"""The journey of a customer, as data."""

from typing import Annotated, Any

from fastapi import Depends, Path
from sqlalchemy import func, select

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import DealerDep, StackDep, TransactionDep, requires
from journey_api.cases.timeline import read_journey
from journey_api.http.languages import AskedLanguageDep
from journey_api.http.problems import not_found
from journey_api.tasks.documents import load_language_code
from shared.db.schema import customer

router = keyed_router("journeys")


@router.get("/dealers/{dealer_id}/customers/{customer_id}/journey", dependencies=[Depends(requires("tasks:read"))])
async def get_journey(
    dealer_id: DealerDep,
    customer_id: Annotated[str, Path()],
    stack: StackDep,
    connection: TransactionDep,
    asked: AskedLanguageDep,
) -> dict[str, Any]:
    """Steps in order of time with phase, occurrences, handoffs, timers, contacts, promises and messages."""
    known = select(func.coalesce(customer.c.merged_into, customer.c.customer_id)).where(
        customer.c.dealer_id == dealer_id, customer.c.customer_id == customer_id
    )
    current = await connection.scalar(known)
    if current is None:
        raise not_found()
    language = await load_language_code(connection, dealer_id, asked)
    return await read_journey(connection, stack.playbook.texts, language, dealer_id, current)
