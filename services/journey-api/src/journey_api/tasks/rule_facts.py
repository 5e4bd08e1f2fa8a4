"""What the time rules of tasks' cases are told, read beside their packets."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import in_keys, unnest_keys
from shared.db.schema import customer
from shared.ids import CaseKey
from shared.lifecycle import Task
from shared.sla.facts import NOBODY, EventSeen, Fact, RecordPut, contact_fact, event_fact


async def load_rule_facts(
    connection: AsyncConnection, tasks: Collection[Task], contacts: Mapping[CaseKey, Sequence[RowMapping]]
) -> dict[str, tuple[Fact, ...]]:
    """By task the contacts of its case, and when its customer's record was last stored."""
    stored = await _records(connection, {(one.dealer_id, one.customer_id) for one in tasks if one.customer_id})
    found = {}
    for task in tasks:
        facts: list[Fact] = []
        if task.case_id is not None:
            facts += [contact_fact(dict(row), NOBODY) for row in contacts.get((task.dealer_id, task.case_id), ())]
        record = stored.get((task.dealer_id, task.customer_id or ""))
        found[task.task_id] = (*facts, record) if record is not None else tuple(facts)
    return found


def event_facts(rows: Iterable[RowMapping]) -> Iterator[EventSeen]:
    """The live events among these rows, each joined to its routing's; history tells time rules nothing.

    One that is not routed yet says what it was posted as.
    """
    for row in rows:
        if row["intent"] == "live":
            yield event_fact(
                event_id=row["event_id"],
                occurred_at=row["occurred_at"],
                dealer_id=row["dealer_id"],
                case_id=row["case_id"],
                customer_id=row["customer_id"],
                owner=NOBODY,
                data=row["data"],
                occurrences=row["occurrences"] or row["data"].get("occurrences") or (),
            )


async def _records(connection: AsyncConnection, keys: Collection[CaseKey]) -> dict[CaseKey, RecordPut]:
    """When the records of these customers were last stored; a profile that an event began was stored by nobody."""
    if not keys:
        return {}
    columns = customer.c
    query = select(columns.dealer_id, columns.customer_id, columns.updated_at).where(
        in_keys(columns.dealer_id, columns.customer_id), columns.record != {}
    )
    return {
        (row.dealer_id, row.customer_id): RecordPut(
            fact_id=f"record:{row.customer_id}",
            occurred_at=row.updated_at,
            dealer_id=row.dealer_id,
            case_id=None,
            customer_id=row.customer_id,
            record="customer",
        )
        for row in await connection.execute(query, unnest_keys(keys))
    }
