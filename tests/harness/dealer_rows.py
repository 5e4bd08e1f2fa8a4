"""All that is stored of a dealer, in words that two dealers share to whom the same happened."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import text

from shared.db.engine import Database

_OURS: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_NAMED: Final = {
    "journey_case": "case_id",
    "case_status_change": "change_id",
    "task": "task_id",
    "sla_timer": "timer_id",
}
"""Tables whose rows have an id of our own, which sorts by the moment it was made."""
_LEFT_OUT: Final = {"seq", "record_id", "id", "moment_due_id", "policy_id", "wall_clock_at", "xid"}
TABLES: Final = (
    "customer",
    "vehicle",
    "journey_case",
    "case_status_change",
    "task",
    "task_event",
    "task_source",
    "sla_timer",
    "sla_timer_event",
    "timer_due",
    "routing",
    "suggestion",
)


async def stored_rows(database: Database, dealer_id: str) -> dict[str, list[str]]:
    """The rows of each table, and the records published under each key in their order, told of as `dealer`."""
    names = await _names(database, dealer_id)
    stored = {table: sorted(await _told(database, table, dealer_id, names)) for table in TABLES}
    for row in await _rows(database, "outbox", dealer_id, "seq"):
        stored.setdefault(f"records of {row['key'].replace(dealer_id, 'dealer')}", []).append(
            _tell(row, dealer_id, names)
        )
    return stored


async def _names(database: Database, dealer_id: str) -> dict[str, str]:
    names: dict[str, str] = {}
    for table, column in _NAMED.items():
        made: dict[str, int] = {}
        for row in await _rows(database, table, dealer_id, column):
            customer = str(row.get("customer_id") or names.get(row.get("case_id", ""), ""))
            made[customer] = made.get(customer, 0) + 1
            names.setdefault(row[column], f"{table} {made[customer]} of {customer}")
    return names


async def _told(database: Database, table: str, dealer_id: str, names: Mapping[str, str]) -> Iterator[str]:
    return iter([_tell(row, dealer_id, names) for row in await _rows(database, table, dealer_id)])


def _tell(row: Mapping[str, Any], dealer_id: str, names: Mapping[str, str]) -> str:
    told = json.dumps({name: value for name, value in row.items() if name not in _LEFT_OUT}, sort_keys=True)
    return _OURS.sub(lambda found: names.get(found[0], "?"), told).replace(dealer_id, "dealer")


async def _rows(database: Database, table: str, dealer_id: str, *order: str) -> Sequence[dict[str, Any]]:
    ordered = f"order by {', '.join(order)}" if order else ""
    query = text(f"select to_jsonb(t) from {table} t where dealer_id = :dealer_id {ordered}")
    async with database.transaction() as connection:
        return list(await connection.scalars(query, {"dealer_id": dealer_id}))
