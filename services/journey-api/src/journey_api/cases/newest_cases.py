"""The newest case of each of some customers."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.store import Case, case_of
from shared.db.schema import journey_case


async def load_newest_cases(
    connection: AsyncConnection, dealer_id: str, customer_ids: Collection[str]
) -> dict[str, Case]:
    """By customer the case opened last, an open one before a closed one; one statement."""
    columns = journey_case.c
    query = (
        select(journey_case)
        .ext(distinct_on(columns.customer_id))
        .where(columns.dealer_id == dealer_id, columns.customer_id.in_(customer_ids), columns.status != "reserved")
        .order_by(columns.customer_id, columns.status.desc(), columns.opened_at.desc(), columns.case_id)
    )
    cases = [case_of(row) for row in (await connection.execute(query)).mappings()]
    return {case.customer_id: case for case in cases if case.customer_id}
