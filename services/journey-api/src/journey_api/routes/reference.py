"""`/v1/dealers/{dealer_id}/…`: staff, customers, vehicles, appointments, orders."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Depends, Path, Query
from pydantic import BaseModel
from pydantic_core import to_json
from starlette.responses import Response

from journey_api.access.authenticated_route import KeyedRoute, keyed_router
from journey_api.access.dependencies import DealerDep, NowDep, PrincipalDep, StackDep, TransactionDep, requires
from journey_api.http.auth import Principal
from journey_api.http.etags import IfMatchDep, etag
from journey_api.http.field_types import ID_PATTERN, VehicleId
from journey_api.http.merge_patch import MERGE_PATCH
from journey_api.http.pagination import PageDep
from journey_api.http.problems import not_found
from journey_api.http.request_body import JSON
from journey_api.reference.collections import APPOINTMENT, CUSTOMER, DEALER, ORDER, STAFF, VEHICLE, Kind
from journey_api.reference.dealer_changes import follow_dealer
from journey_api.reference.models import Appointment, Customer, Order, Staff, Vehicle
from journey_api.reference.orders import follow_change, hold_order
from journey_api.reference.record_filters import RecordFilter, filter_of
from journey_api.reference.store import Place, delete_record, list_records, patch_record, put_record, read_record
from journey_api.reference.visible_records import show_records
from shared.commands.change_staff import follow_staff

router = keyed_router("reference data")
PathId = Annotated[str, Path(pattern=ID_PATTERN)]
_VIN: Final = r"^[^\x00-\x1f\x7f-\x9f/]{1,32}$"
PathVin = Annotated[VehicleId, Path(pattern=_VIN)]
SearchDep = Annotated[str | None, Query(alias="query", max_length=200)]
REPLACED: Final[dict[int | str, dict[str, Any]]] = {200: {"description": "It was there before."}}
Put = Callable[[str, BaseModel], Awaitable[Response]]


def record_writer(kind: Kind, scope: str) -> Any:
    """A dependency: the function that stores a record of the path's dealer and answers with it."""

    async def writer(
        dealer_id: DealerDep,
        connection: TransactionDep,
        expected: IfMatchDep,
        now: NowDep,
        stack: StackDep,
        principal: Annotated[Principal, Depends(requires(scope))],
    ) -> Put:
        async def put(identity: str, record: BaseModel) -> Response:
            place = Place(kind, dealer_id, identity)
            before = (
                await hold_order(connection, place, getattr(record, "customer_id", None)) if kind is ORDER else None
            )
            row, new = await put_record(connection, stack.playbook, place, record, expected, now)
            if kind is STAFF:
                await follow_staff(connection, stack.playbook, dealer_id, identity, now)
            if kind is ORDER:
                await follow_change(connection, place, before, row, now)
            (shown,) = await show_records(connection, kind, [row], principal)
            return answer_record(shown, 201 if new else 200)

        return put

    return Depends(writer)


def answer_record(shown: dict[str, Any], status: int = 200) -> Response:
    """A record's answer, its version in `ETag`."""
    return Response(to_json(shown), status, {"ETag": etag(shown["version"])}, JSON)


@router.put("/dealers/{dealer_id}/staff/{staff_id}", status_code=201, responses=REPLACED)
async def put_staff(staff_id: PathId, record: Staff, put: Annotated[Put, record_writer(STAFF, "admin")]) -> Response:
    """Store a member of staff; queued tasks are offered to who has turned up."""
    return await put(staff_id, record)


@router.put("/dealers/{dealer_id}/customers/{customer_id}", status_code=201, responses=REPLACED)
async def put_customer(
    customer_id: PathId, record: Customer, put: Annotated[Put, record_writer(CUSTOMER, "events:write")]
) -> Response:
    """Store a customer's profile."""
    return await put(customer_id, record)


@router.put("/dealers/{dealer_id}/vehicles/{vin}", status_code=201, responses=REPLACED)
async def put_vehicle(
    vin: PathVin, record: Vehicle, put: Annotated[Put, record_writer(VEHICLE, "events:write")]
) -> Response:
    """Store a vehicle."""
    return await put(vin, record)


@router.put("/dealers/{dealer_id}/appointments/{id}", status_code=201, responses=REPLACED)
async def put_appointment(
    appointment_id: Annotated[str, Path(alias="id", pattern=ID_PATTERN)],
    record: Appointment,
    put: Annotated[Put, record_writer(APPOINTMENT, "events:write")],
) -> Response:
    """Store an appointment."""
    return await put(appointment_id, record)


@router.put("/dealers/{dealer_id}/orders/{id}", status_code=201, responses=REPLACED)
async def put_order(
    order_id: Annotated[str, Path(alias="id", pattern=ID_PATTERN)],
    record: Order,
    put: Annotated[Put, record_writer(ORDER, "events:write")],
) -> Response:
    """Store an order."""
    return await put(order_id, record)


def _add_reading(kind: Kind, *scopes: str) -> None:
    """The two routes that read a kind."""

    name = Annotated[str, Path(alias=kind.parameter, pattern=_VIN if kind is VEHICLE else ID_PATTERN)]

    async def read(dealer_id: DealerDep, identity: name, connection: TransactionDep, principal: PrincipalDep) -> Any:
        """One record."""
        row = await read_record(connection, Place(kind, dealer_id, identity))
        if row is None:
            raise not_found()
        (shown,) = await show_records(connection, kind, [row], principal, identity)
        return answer_record(shown)

    async def read_list(
        dealer_id: DealerDep,
        connection: TransactionDep,
        principal: PrincipalDep,
        page: PageDep,
        narrowed: Annotated[RecordFilter, Depends(filter_of(kind))],
        query: SearchDep = None,
    ) -> Any:
        """The dealer's records by id, or those that the words of `query` find."""
        rows = await list_records(connection, kind, dealer_id, query, page, narrowed.clauses(kind))
        shown = iter(await show_records(connection, kind, rows, principal))
        return page.answer(rows, lambda _: next(shown), lambda row: [row._mapping[kind.identity]])

    path = f"/dealers/{{dealer_id}}/{kind.path}"
    allowed = [Depends(requires(*scopes))]
    router.get(f"{path}/{{{kind.parameter}}}", name=f"Read {kind.word}", dependencies=allowed)(read)
    router.get(path, name=f"List {kind.path}", dependencies=allowed)(read_list)


class PatchRoute(KeyedRoute):
    """A route whose body is a JSON merge patch."""

    accepted = frozenset({MERGE_PATCH})


def add_changing(routes: APIRouter, kind: Kind, path: str, scope: str) -> None:
    """The two routes that change a part of a record of a kind, and delete it."""
    name = Annotated[str, Path(alias=kind.parameter, pattern=_VIN if kind is VEHICLE else ID_PATTERN)]
    allowed = requires(scope)

    async def patch(
        dealer_id: DealerDep,
        identity: name,
        document: Annotated[dict[str, Any], Body(media_type=MERGE_PATCH)],
        connection: TransactionDep,
        expected: IfMatchDep,
        now: NowDep,
        stack: StackDep,
        principal: Annotated[Principal, Depends(allowed)],
    ) -> Response:
        """Change what a merge patch (RFC 7396) names of a record."""
        place = Place(kind, dealer_id, identity)
        before = await hold_order(connection, place, document.get("customer_id")) if kind is ORDER else None
        row = await patch_record(connection, stack.playbook, place, document, expected, now)
        if kind is STAFF:
            await follow_staff(connection, stack.playbook, dealer_id, identity, now)
        if kind is DEALER:
            await follow_dealer(connection, row, stack.playbook, now)
        if kind is ORDER:
            await follow_change(connection, place, before, row, now)
        (shown,) = await show_records(connection, kind, [row], principal)
        return answer_record(shown)

    async def remove(
        dealer_id: DealerDep, identity: name, connection: TransactionDep, expected: IfMatchDep, now: NowDep
    ) -> Response:
        """Delete a record that nothing refers to."""
        place = Place(kind, dealer_id, identity)
        before = await hold_order(connection, place) if kind is ORDER else None
        await delete_record(connection, place, expected, now)
        if kind is ORDER:
            await follow_change(connection, place, before, None, now)
        return Response(status_code=204)

    routes.add_api_route(path, patch, methods=["PATCH"], name=f"Patch {kind.word}", route_class_override=PatchRoute)
    routes.add_api_route(
        path, remove, methods=["DELETE"], name=f"Delete {kind.word}", status_code=204, dependencies=[Depends(allowed)]
    )


_add_reading(STAFF)
add_changing(router, STAFF, "/dealers/{dealer_id}/staff/{staff_id}", "admin")
for _kind in (CUSTOMER, VEHICLE, APPOINTMENT, ORDER):
    _add_reading(_kind, "events:write", "tasks:read")
    add_changing(router, _kind, f"/dealers/{{dealer_id}}/{_kind.path}/{{{_kind.parameter}}}", "events:write")
