"""Records put, read and listed within the transaction of the caller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from sqlalchemy import ColumnElement, Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.etags import Expected
from journey_api.http.merge_patch import merge_patch
from journey_api.http.pagination import Page, read_bounded
from journey_api.http.problems import Problem, not_found
from journey_api.http.validation_errors import faults_of
from journey_api.reference.appointments import hold_appointment
from journey_api.reference.arrivals import note_arrival
from journey_api.reference.checked_document import checked_document
from journey_api.reference.collections import APPOINTMENT, CUSTOMER, VEHICLE, Kind
from journey_api.reference.references import find_references
from journey_api.reference.schedule import schedule_record, unschedule_record
from journey_api.reference.search import find
from shared.faults import Fault
from shared.people.merged_customers import current_customer
from shared.playbook.ruleset.entries import Playbook
from shared.sla.store.appointment_clocks import appointment_of, follow_appointment, withdraw_appointment
from shared.vehicle_ids import vehicle_key

MOST_LOOKED_AT: Final = 10_000
"""Of what words find where a list is narrowed by more."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lives: its dealer and its id."""

    kind: Kind
    dealer_id: str
    identity: str

    def key(self) -> dict[str, str]:
        """The columns of its primary key."""
        return {"dealer_id": self.dealer_id, self.kind.identity: self.identity}

    def columns(self) -> dict[str, str]:
        """The columns a new record begins with."""
        return {**self.key(), "vin_key": vehicle_key(self.identity)} if self.kind is VEHICLE else self.key()

    def clauses(self) -> list[Any]:
        """The conditions that find it; a vehicle is found however its VIN is written."""
        found = self.columns()
        if self.kind is VEHICLE:
            del found[self.kind.identity]
        return [self.kind.table.c[name] == value for name, value in found.items()]


async def put_record(
    connection: AsyncConnection, playbook: Playbook, place: Place, record: BaseModel, expected: Expected, now: datetime
) -> tuple[Row[Any], bool]:
    """Store a record whole; answers its row and whether it is new. The same content again is the same version.

    Raises Problem: 409 where it names another record, 422 for what is wrong with it, 412 when another version is
    expected, by `expected` or by the record itself.
    """
    expected = _check_place(place, record, expected)
    document = await checked_document(connection, playbook, place.kind, place.dealer_id, record, now)
    return await store_document(connection, place, document, expected, now)


async def preview_document(
    connection: AsyncConnection, playbook: Playbook, place: Place, record: BaseModel, now: datetime
) -> dict[str, Any]:
    """The document that a PUT would store over what is there. Raises Problem 422 for what is wrong with the record."""
    document = await checked_document(connection, playbook, place.kind, place.dealer_id, record, now)
    row = await read_record(connection, place)
    return place.kind.settle(document, row.record if row else {}, now)


async def store_document(
    connection: AsyncConnection, place: Place, document: dict[str, Any], expected: Expected, now: datetime
) -> tuple[Row[Any], bool]:
    """Store a document that was checked before, as `put_record` does, and what it has scheduled. Raises Problem 412."""
    kind = place.kind
    document = await _with_current_customer(connection, place, document)
    if kind is APPOINTMENT:
        await hold_appointment(connection, place.dealer_id, place.identity, document["customer_id"])
    stored = await lock_record(connection, place)
    if stored is None:
        expected.check(None)
        first = kind.settle(document, {}, now)
        fresh = {**place.columns(), "record": first, "created_at": now, "updated_at": now}
        added = await connection.execute(
            upsert(kind.table).values(fresh).on_conflict_do_nothing().returning(kind.table)
        )
        if (row := added.one_or_none()) is not None:
            await _follow(connection, kind, None, row, now)
            return row, True
        stored = await lock_record(connection, place)
    assert stored is not None
    expected.check(stored.version)
    document = kind.settle(document, stored.record, now)
    if kind.complete(stored.record) == kind.complete(document):
        return stored, False
    change = update(kind.table).where(*place.clauses())
    values = {"record": document, "version": stored.version + 1, "updated_at": now}
    row = (await connection.execute(change.values(values).returning(kind.table))).one()
    await _follow(connection, kind, stored.record, row, now)
    return row, False


async def _follow(
    connection: AsyncConnection, kind: Kind, before: Mapping[str, Any] | None, row: Row[Any], now: datetime
) -> None:
    """Keep what depends on a record to what it says; `before`: what it was, None for a new one."""
    await schedule_record(connection, kind, before, row, now)
    if kind is APPOINTMENT:
        await follow_appointment(connection, appointment_of(row), now)
        await note_arrival(connection, before, row, now)


async def patch_record(
    connection: AsyncConnection,
    playbook: Playbook,
    place: Place,
    patch: Mapping[str, Any],
    expected: Expected,
    now: datetime,
) -> Row[Any]:
    """Change what a merge patch names of a record. Raises Problem: 404 where there is none, else as `put_record`."""
    if place.kind is APPOINTMENT:
        await hold_appointment(connection, place.dealer_id, place.identity, patch.get("customer_id"))
    stored = await lock_record(connection, place)
    if stored is None:
        raise not_found()
    merged = merge_patch(stored.record, patch)
    try:
        record = place.kind.model.model_validate(merged)
    except ValidationError as error:
        faults = faults_of(error.errors(include_url=False), merged)
        raise Problem(422, f"{faults[0].pointer}: {faults[0].detail}", errors=faults) from None
    row, _ = await put_record(connection, playbook, place, record, expected, now)
    return row


async def delete_record(connection: AsyncConnection, place: Place, expected: Expected, now: datetime) -> None:
    """Delete a record nothing refers to. Raises Problem: 404, 412 for another version, 409 naming what refers to it."""
    if place.kind is APPOINTMENT:
        await hold_appointment(connection, place.dealer_id, place.identity)
    stored = await lock_record(connection, place)
    if stored is None:
        raise not_found()
    expected.check(stored.version)
    found = await find_references(connection, place.kind, place.dealer_id, place.identity)
    if found:
        detail = (
            f"Only what nothing refers to can be deleted, as a rule a mistake. It is referred to by {', '.join(found)}."
        )
        raise Problem(
            409, detail, code="referred_to", errors=[Fault("", "referred_to", f"Referred to by {one}") for one in found]
        )
    await connection.execute(delete(place.kind.table).where(*place.clauses()))
    await unschedule_record(connection, place.kind, place.dealer_id, stored._mapping[place.kind.identity])
    if place.kind is APPOINTMENT:
        await withdraw_appointment(connection, place.dealer_id, place.identity, now)


def _check_place(place: Place, record: BaseModel, expected: Expected) -> Expected:
    """What is expected of the version, the record's own word counted in."""
    other = place.kind.other_id(record, place.dealer_id, place.identity)
    if other is not None:
        detail = f"{other} names another record than the address does"
        raise Problem(409, detail, code="other_record", errors=[Fault(f"/{other}", "other_record", detail)])
    version = getattr(record, "version", None)
    return expected if version is None else expected.and_version(version)


async def _with_current_customer(connection: AsyncConnection, place: Place, document: dict[str, Any]) -> dict[str, Any]:
    """The document naming, for a customer who has been merged, the one it was merged into."""
    named = document.get("customer_id")
    return (
        {**document, "customer_id": await current_customer(connection, place.dealer_id, named)} if named else document
    )


async def lock_record(connection: AsyncConnection, place: Place) -> Row[Any] | None:
    """The row of a record for this transaction to change, if there is one. Raises Problem 409 for a merged customer."""
    query = select(place.kind.table).where(*place.clauses()).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    if place.kind is CUSTOMER and row is not None and row.merged_into is not None:
        raise merged(row.merged_into)
    return row


def merged(target: str) -> Problem:
    """The refusal to change a customer that has been merged into this one."""
    detail = f"This customer has been merged into {target}"
    return Problem(409, detail, code="merged", errors=[Fault("", "merged", detail, (target,))])


async def read_record(connection: AsyncConnection, place: Place) -> Row[Any] | None:
    """The row of a record, if there is one; of a merged customer that of the one it was merged into."""
    row = (await connection.execute(select(place.kind.table).where(*place.clauses()))).one_or_none()
    if place.kind is CUSTOMER and row is not None and row.merged_into is not None:
        return await read_record(connection, replace(place, identity=row.merged_into))
    return row


async def list_records(
    connection: AsyncConnection,
    kind: Kind,
    dealer_id: str | None,
    query: str | None,
    page: Page,
    narrowed: Sequence[ColumnElement[bool]] = (),
) -> Sequence[Row[Any]]:
    """Rows by id, one more than a page holds (`read_bounded`); `query`: those that its words find (`reference.search`).

    `narrowed`: conditions of the rows; of what words find the first ten thousand are looked at then.
    """
    table = kind.table
    after = (page.key(str) or [""])[0]
    if query and not query.isspace():
        rows = await find(connection, kind, dealer_id, query, after, MOST_LOOKED_AT if narrowed else page.limit + 1)
    else:
        rows = select(table).where(kind.key > after)
    rows = rows.where(*narrowed)
    if dealer_id is not None:
        rows = rows.where(table.c.dealer_id == dealer_id)
    if kind is CUSTOMER:
        rows = rows.where(table.c.merged_into.is_(None))
    bounded = read_bounded(rows, [kind.key], page.limit + 1, "record")
    found: Sequence[Row[Any]] = (await connection.execute(bounded)).all()
    return found
