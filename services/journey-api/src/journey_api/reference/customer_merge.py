"""Merging a duplicate customer into the one that stays, in the transaction of the caller."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Table, and_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.problems import Problem, invalid, not_found
from journey_api.reference.store import merged
from shared.cases.store import load_cases
from shared.db.engine import lock_keys, record_key
from shared.db.schema import customer, metadata, task
from shared.ids import CaseKey
from shared.lifecycle import Change, Task
from shared.lifecycle.types import changed
from shared.messaging.moments_due import note_all
from shared.people.addresses import canonical
from shared.playbook.ruleset.entries import Playbook
from shared.tasks.store import load_tasks, lock_case_tasks
from shared.tasks.unit_of_work import TaskChanges
from shared.vocabulary import OPEN_STATUSES


def _is_moved(table: Table) -> bool:
    return table is not customer and {"dealer_id", "customer_id"} <= set(table.c.keys())


MOVED: Final = tuple(table for table in metadata.sorted_tables if _is_moved(table))
"""Every table whose rows belong to a customer."""

_RECORD: Final = "record = record || jsonb_build_object('customer_id', cast(:into as text)), version = version + 1"


def _moving(table: Table) -> str:
    """How the rows of a table go over; where the customer is read out of a record, it is the record that changes."""
    computed = table.c.customer_id.computed is not None
    change = f"{_RECORD}, updated_at = :now" if computed else "customer_id = :into"
    return f"update {table.name} set {change} where dealer_id = :dealer_id and customer_id = :merged returning 1"


_MOVE: Final = text("with " + ", ".join(f"{table.name}_moved as ({_moving(table)})" for table in MOVED) + " select 1")


async def merge_customer(
    connection: AsyncConnection, playbook: Playbook, dealer_id: str, merged_id: str, into: str, now: datetime
) -> Row[Any]:
    """Move all that is on record of a customer to another one and unite their channels; answers the other's row.

    Takes both customers' locks. The open tasks are published as changed. Raises Problem: 404 and 422 (`/into`) for who
    is not there, 409 `merged` for who has been merged already, 409 `same_customer`.
    """
    if merged_id == into:
        raise Problem(409, "A customer cannot be merged into itself.", code="same_customer")
    await lock_keys(connection, [record_key(dealer_id, merged_id), record_key(dealer_id, into)])
    duplicate, target = await _both(connection, dealer_id, merged_id, into)
    moving = select(task.c.task_id).where(_of(dealer_id, merged_id), task.c.status.in_(OPEN_STATUSES))
    open_before = (await connection.scalars(moving)).all()
    await connection.execute(_MOVE, {"dealer_id": dealer_id, "merged": merged_id, "into": into, "now": now})
    await note_all(connection, dealer_id, into, merged_id)
    earlier = (customer.c.dealer_id == dealer_id) & (customer.c.merged_into == merged_id)
    await connection.execute(update(customer).where(earlier).values(merged_into=into))
    left = {"record": {**duplicate.record, "channels": []}, "merged_into": into, "updated_at": now}
    await connection.execute(update(customer).where(_is(duplicate)).values(left))
    row = await _unite(connection, target, duplicate, now)
    await _publish_tasks(TaskChanges(connection, playbook, now), dealer_id, open_before)
    return row


async def _unite(connection: AsyncConnection, target: Row[Any], duplicate: Row[Any], now: datetime) -> Row[Any]:
    """Give the target the duplicate's channels; answers its row."""
    united = {
        "record": with_channels_of(target.record, duplicate.record),
        "unreachable": target.unreachable and duplicate.unreachable,
        "version": target.version + 1,
        "updated_at": now,
    }
    changed_row = update(customer).where(_is(target)).values(united).returning(customer)
    row: Row[Any] = (await connection.execute(changed_row)).one()
    return row


def with_channels_of(target: Mapping[str, Any], duplicate: Mapping[str, Any]) -> dict[str, Any]:
    """The target's record with the addresses of the duplicate after its own; who verified one, verified it for both."""
    united: dict[tuple[str, str], dict[str, Any]] = {}
    for one in (*(target.get("channels") or ()), *(duplicate.get("channels") or ())):
        key = one["kind"], canonical(one["kind"], one["address"])
        kept = united.setdefault(key, one)
        if one.get("verified"):
            united[key] = {**kept, "verified": True}
    return {**target, "channels": list(united.values())}


async def _both(connection: AsyncConnection, dealer_id: str, merged_id: str, into: str) -> tuple[Row[Any], Row[Any]]:
    both = select(customer).where(customer.c.dealer_id == dealer_id, customer.c.customer_id.in_([merged_id, into]))
    rows = await connection.execute(both.order_by(customer.c.customer_id).with_for_update())
    found = {row.customer_id: row for row in rows}
    if merged_id not in found:
        raise not_found()
    if into not in found:
        raise invalid("/into", "unknown_id", "The dealer has no such customer")
    for one in (found[merged_id], found[into]):
        if one.merged_into is not None:
            raise merged(one.merged_into)
    return found[merged_id], found[into]


async def _publish_tasks(changes: TaskChanges, dealer_id: str, task_ids: Sequence[str]) -> None:
    """Publish the open tasks that came over, each one version on."""
    connection, now = changes.connection, changes.now
    tasks = await load_tasks(connection, task_ids)
    cases = {(dealer_id, one.case_id) for one in tasks.values() if one.case_id is not None}
    by_case: dict[CaseKey, list[Task]] = {key: [] for key in cases}
    for one in await lock_case_tasks(connection, cases):
        by_case[dealer_id, one.case_id or ""].append(one)
    for key, case in (await load_cases(connection, cases)).items():
        changes.prime(key, case.owner, by_case[key])
    for _, one in sorted(tasks.items()):
        await changes.store(Change(before=one, task=changed(one, now), action="updated", at=now))
    await changes.publish()


def _of(dealer_id: str, customer_id: str) -> ColumnElement[bool]:
    return (task.c.dealer_id == dealer_id) & (task.c.customer_id == customer_id)


def _is(row: Row[Any]) -> ColumnElement[bool]:
    return and_(customer.c.dealer_id == row.dealer_id, customer.c.customer_id == row.customer_id)
