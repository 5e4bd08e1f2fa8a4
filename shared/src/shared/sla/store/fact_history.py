"""What the clocks of a case were told before: where it stands, and its facts read back from the tables."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.prepared import Prepared
from shared.ids import CaseKey
from shared.sla.facts import (
    EventSeen,
    Fact,
    Owner,
    TaskChanged,
    contact_fact,
    event_fact,
    order_key,
    task_fact_id,
    transition_of,
)
from shared.sla.store.case_status_history import StatusChange
from shared.sla.store.open_deliveries import OPEN_DELIVER, WAITS_OUTSIDE, waits_outside
from shared.vocabulary import TERMINAL_STATUSES

_FACT_ACTIONS: Final = "(te.action not in ('created', 'updated') or te.action = 'created' and t.kind = 'deliver')"
"""What the clocks of a case were told of its tasks. That a deliver was made counts, for until it is offered to somebody
it is open and moves; of another kind it moves nothing."""

_FIRST_OFFER: Final = 1
"""The version of an offer that was made together with its task."""

_NAMED: Final = "unnest(cast(:dealers as text[]), cast(:cases as text[])) as c(dealer_id, case_id)"
_OF_CASES: Final = f"join {_NAMED} using (dealer_id, case_id)"

_DELIVERIES_STATE = Prepared(
    f"""
    select c.dealer_id, c.case_id,
      greatest(
        (select max(e.occurred_at) from routing r join journey_event e on e.event_id = r.event_id
          where r.dealer_id = c.dealer_id and r.case_id = c.case_id and r.event_id <> all(cast(:added as text[]))),
        (select max(k.at) from contact k
          where k.dealer_id = c.dealer_id and k.case_id = c.case_id and k.contact_id <> all(cast(:added as text[]))),
        (select max(te.at) from task t join task_event te on te.task_id = t.task_id
          where t.dealer_id = c.dealer_id and t.case_id = c.case_id and {_FACT_ACTIONS}),
        (select max(u.at) from case_status_change u
          where u.dealer_id = c.dealer_id and u.case_id = c.case_id and u.change_id <> all(cast(:added as text[])))
      ) as latest,
      coalesce((
        select bool_and({WAITS_OUTSIDE}) filter (where {OPEN_DELIVER})
          from task t where t.dealer_id = c.dealer_id and t.case_id = c.case_id
      ), false) as waiting
      from {_NAMED}
    """
)
_EVENTS = Prepared(
    f"""
    select r.dealer_id, r.case_id, e.event_id, e.occurred_at, e.customer_id, e.data, r.occurrences
      from routing r {_OF_CASES} join journey_event e on e.event_id = r.event_id
     where e.intent = 'live'
    """
)
_CONTACTS = Prepared(f"select k.* from contact k {_OF_CASES}")
_TASK_EVENTS = Prepared(
    f"""
    select t.dealer_id, t.case_id,
           te.task_id, te.version, te.at, te.action, te.by, te.to_status, te.reason, t.kind, t.to_role, t.customer_id
      from task t {_OF_CASES} join task_event te on te.task_id = t.task_id
     where {_FACT_ACTIONS}
     order by te.at, te.task_id, te.version
    """
)
_OWNERS = Prepared(
    f"select j.dealer_id, j.case_id, owner_role, owner_staff_id, customer_id from journey_case j {_OF_CASES}"
)
_STATUS_CHANGES = Prepared(f"select u.* from case_status_change u {_OF_CASES}")


@dataclass(frozen=True, slots=True)
class DeliveriesState:
    """The newest fact a case's clocks were told, and whether every open deliver of it waits for somebody outside."""

    latest: tuple[datetime, str] | None = None
    waiting: bool = False


async def load_deliveries_state(
    connection: AsyncConnection, cases: Collection[CaseKey], new_ids: Collection[str]
) -> dict[CaseKey, DeliveriesState]:
    """Where these cases stand; the facts of the ids in `new_ids` are about to be told and do not count."""
    if not cases:
        return {}
    rows = await _DELIVERIES_STATE.rows(connection, {**_named(cases), "added": sorted(new_ids)})
    return {
        # without an id: what came in the same instant is never late
        (row.dealer_id, row.case_id): DeliveriesState((row.latest, "") if row.latest else None, row.waiting)
        for row in rows
    }


async def load_logs(connection: AsyncConnection, cases: Collection[CaseKey]) -> dict[CaseKey, list[Fact]]:
    """Every fact of these cases that their tables remember, in the order they happened.

    Owners are those of today: a timer that is told anew keeps the owner it has.
    """
    if not cases:
        return {}
    named = _named(cases)
    owners = await _by_case(connection, _OWNERS, named)
    events = await _by_case(connection, _EVENTS, named)
    contacts = await _by_case(connection, _CONTACTS, named)
    task_events = await _by_case(connection, _TASK_EVENTS, named)
    changes = await _by_case(connection, _STATUS_CHANGES, named)
    logs: dict[CaseKey, list[Fact]] = {}
    for key, (case,) in owners.items():
        owner = Owner(case["owner_role"], case["owner_staff_id"])
        status_changes = [StatusChange(**row) for row in changes[key]]
        opened = {
            change.event_id: (change.at, change.change_id) for change in status_changes if change.event_id is not None
        }
        facts: list[Fact] = [_event_fact(row, owner, opened.get(row["event_id"])) for row in events[key]]
        facts += [contact_fact(dict(row), owner) for row in contacts[key]]
        facts += _task_facts(task_events[key], key)
        facts += [change.fact(case["customer_id"], owner) for change in status_changes]
        logs[key] = sorted(facts, key=order_key)
    return logs


def _named(cases: Collection[CaseKey]) -> dict[str, list[str]]:
    ordered = sorted(set(cases))
    return {"dealers": [dealer_id for dealer_id, _ in ordered], "cases": [case_id for _, case_id in ordered]}


async def _by_case(
    connection: AsyncConnection, statement: Prepared, values: Mapping[str, Any]
) -> dict[CaseKey, list[RowMapping]]:
    found: dict[CaseKey, list[RowMapping]] = defaultdict(list)
    for row in await statement.rows(connection, values):
        found[row["dealer_id"], row["case_id"]].append(row)
    return found


def _event_fact(row: RowMapping, owner: Owner, opened: tuple[datetime, str] | None) -> EventSeen:
    names = ("event_id", "occurred_at", "dealer_id", "case_id", "customer_id", "data", "occurrences")
    return event_fact(**{name: row[name] for name in names}, owner=owner, opened=opened)


def _task_facts(rows: list[RowMapping], case: CaseKey) -> Iterator[TaskChanged]:
    """The changes of the case's tasks, each with how many delivers were open and waiting after it."""
    open_delivers: dict[str, bool] = {}
    offered = {row["task_id"] for row in rows if row["action"] == "offered" and row["version"] == _FIRST_OFFER}
    for row in rows:
        if row["kind"] == "deliver":
            open_delivers[row["task_id"]] = waits_outside(row["to_status"], row["reason"])
            if row["to_status"] in TERMINAL_STATUSES:
                del open_delivers[row["task_id"]]
        transition = transition_of(row["action"], offered=row["task_id"] in offered)
        if transition is not None:
            yield TaskChanged(
                fact_id=task_fact_id(row["task_id"], row["version"]),
                occurred_at=row["at"],
                dealer_id=case[0],
                case_id=case[1],
                customer_id=row["customer_id"],
                owner=Owner(row["to_role"], row["by"]),
                task_id=row["task_id"],
                kind=row["kind"],
                transition=transition,
                open_delivers=len(open_delivers),
                waiting_delivers=sum(open_delivers.values()),
            )
