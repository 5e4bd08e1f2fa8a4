"""`/v1/dealers`: dealers themselves, and the holidays proposed to them."""

from typing import Annotated, Any

from fastapi import Depends, Query
from starlette.responses import Response

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import DealerDep, NowDep, PrincipalDep, StackDep, TransactionDep, requires
from journey_api.http.auth import Principal
from journey_api.http.etags import IfMatchDep
from journey_api.http.pagination import PageDep
from journey_api.http.problems import not_found
from journey_api.reference.collections import DEALER
from journey_api.reference.dealer_changes import follow_dealer
from journey_api.reference.dealer_record import Dealer
from journey_api.reference.redaction import show_record
from journey_api.reference.store import Place, list_records, put_record, read_record
from journey_api.routes.reference import REPLACED, PathId, SearchDep, add_changing, answer_record
from shared.calendar.holidays import propose_holidays

router = keyed_router("dealers")


@router.put("/dealers/{dealer_id}", status_code=201, responses=REPLACED)
async def put_dealer(
    dealer_id: PathId,
    record: Dealer,
    admin: Annotated[Principal, Depends(requires("admin"))],
    connection: TransactionDep,
    expected: IfMatchDep,
    now: NowDep,
    stack: StackDep,
) -> Response:
    """Store a dealer; a dealer-bound admin stores its own. Queues and idle cases follow its hours and tables.

    A calendar with a later `effective_from` comes into force then, by itself; the present one of its name stays until
    then. A second one that is coming replaces the first; equal to the present one it calls the coming one off.
    """
    if not admin.sees(dealer_id):
        raise not_found()
    row, new = await put_record(connection, stack.playbook, Place(DEALER, dealer_id, dealer_id), record, expected, now)
    if not new:
        await follow_dealer(connection, row, stack.playbook, now)
    return answer_record(show_record(DEALER, row, admin), 201 if new else 200)


@router.get("/dealers")
async def list_dealers(
    connection: TransactionDep, principal: PrincipalDep, page: PageDep, query: SearchDep = None
) -> dict[str, Any]:
    """The dealers of the key."""
    rows = await list_records(connection, DEALER, None, query, page)
    return page.answer(rows, lambda row: show_record(DEALER, row, principal), lambda row: [row.dealer_id])


@router.get("/dealers/{dealer_id}")
async def read_dealer(dealer_id: DealerDep, connection: TransactionDep, principal: PrincipalDep) -> Response:
    """A dealer."""
    row = await read_record(connection, Place(DEALER, dealer_id, dealer_id))
    if row is None:
        raise not_found()
    return answer_record(show_record(DEALER, row, principal))


@router.get("/dealers/{dealer_id}/holidays")
async def list_holidays(
    dealer_id: DealerDep,
    connection: TransactionDep,
    year: Annotated[int, Query(ge=1900, le=2200)],
    calendar: Annotated[str, Query(max_length=50)] = "default",
) -> dict[str, Any]:
    """The public holidays of a year where a calendar of the dealer says it is; only accepted ones close."""
    row = await read_record(connection, Place(DEALER, dealer_id, dealer_id))
    calendars = (row.record.get("calendars") if row else None) or {}
    place = (calendars.get(calendar) or {}).get("holidays") or {}
    if not place.get("country"):
        return {"items": [], "next_cursor": None}
    accepted = frozenset(place.get("accepted") or ())
    items = [
        {"date": holiday.day.isoformat(), "name": holiday.name, "accepted": holiday.day.isoformat() in accepted}
        for holiday in propose_holidays(place["country"], place.get("subdivision"), year)
    ]
    return {"items": items, "next_cursor": None}


add_changing(router, DEALER, "/dealers/{dealer_id}", "admin")
