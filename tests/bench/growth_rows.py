"""Rows by which an installation grows: those that one event left, copied under ids of their own, many at once.

An open task comes with its event, case, history, running clocks and its customer's dates. The dealer's people hold no
more of them than they do by default, the others wait in the queue of a role that nobody has. Events of the past have
led to nothing.
"""

from collections.abc import Mapping
from typing import Final

import asyncpg
from handoff import PEOPLE
from machine import DEALER

from shared.people.staff import DEFAULT_CAPACITY

PREFIX: Final = "G"
MODEL: Final = f"{PREFIX}-0"
"""The customer of the event whose rows are copied."""

_COLUMNS: Final = """
    select string_agg(quote_ident(column_name), ', ') from information_schema.columns
     where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER' and is_identity = 'NO'
"""
_COPY: Final = """
    with model as materialized (select to_jsonb(t)::text as row from {table} t where {where})
    insert into {table} ({columns}) select {columns}
      from model, generate_series(1, $1::int) n,
           jsonb_populate_record(null::{table}, {renamed}::jsonb || {changed}) r
"""
_UNCHANGED: Final = "'{}'"
_HELD: Final = PEOPLE * DEFAULT_CAPACITY
_WITH_A_TASK: Final[Mapping[str, str]] = {
    "journey_event": _UNCHANGED,
    "event_intake": _UNCHANGED,
    "routing": "jsonb_build_object('decisions', jsonb_build_array())",
    "moment": _UNCHANGED,
    "journey_case": _UNCHANGED,
    "task": f"case when n <= {_HELD} then jsonb_build_object('offered_to', 'S-' || n % {PEOPLE})"
    " else jsonb_build_object('offered_to', null, 'to_role', 'sales_manager') end",
    "task_source": _UNCHANGED,
    "task_event": _UNCHANGED,
    "sla_timer": _UNCHANGED,
    "sla_timer_event": _UNCHANGED,
    "timer_due": _UNCHANGED,
}
"""What is changed in the copies of each table."""

_PAST: Final = "'customer_id', 'P-' || n / 10, '{column}', now() - n * interval '1 second'"
_LED_TO_NOTHING: Final = ", 'case_id', null, 'fired', jsonb_build_array(), 'decisions', jsonb_build_array()"
_OF_THE_PAST: Final[Mapping[str, str]] = {
    "journey_event": f"jsonb_build_object({_PAST.format(column='occurred_at')})",
    "routing": f"jsonb_build_object({_PAST.format(column='routed_at')}{_LED_TO_NOTHING})",
    "moment": f"jsonb_build_object({_PAST.format(column='at')}, 'case_id', null, 'entry', null)",
}
_OF_A_DEALER: Final[Mapping[str, str]] = {
    "dealer": "jsonb_build_object('revision', gen_random_uuid()::text)",
    "staff": _UNCHANGED,
    "timer_due": _UNCHANGED,
}


async def add_dealers(connection: "asyncpg.Connection[asyncpg.Record]", count: int) -> None:
    """So many more dealers, named by `dealer_id`, each with as many people and the same dates to come."""
    of_dealer = {"timer_due": f"subject_id = '{DEALER}'"}
    for table, changed in _OF_A_DEALER.items():
        where = of_dealer.get(table, f"dealer_id = '{DEALER}'")
        await _copy(connection, table, where, changed, {DEALER: f"'{DEALER}-' || n"}, count)


def dealer_id(number: int) -> str:
    """The id of a dealer: of the first, and of those that were added."""
    return f"{DEALER}-{number}" if number else DEALER


async def add_tasks(connection: "asyncpg.Connection[asyncpg.Record]", count: int) -> None:
    """So many more open tasks of the dealer."""
    ids = await _ids(connection)
    timers = await connection.fetch("select timer_id from sla_timer where customer_id = $1", MODEL)
    listed = ", ".join(f"'{row['timer_id']}'" for row in timers)
    places = {
        "task_source": f"task_id = '{ids['task_id']}'",
        "task_event": f"task_id = '{ids['task_id']}'",
        "sla_timer_event": f"timer_id in ({listed})",
        "timer_due": f"subject_id in ({listed}, '{ids['case_id']}', '{MODEL}')",
    }
    renamed = [*ids.values(), MODEL, *(row["timer_id"] for row in timers)]
    for table, changed in _WITH_A_TASK.items():
        where = places.get(table, f"customer_id = '{MODEL}'")
        await _copy(connection, table, where, changed, {one: f"'{one}-' || n" for one in renamed}, count)


async def add_journey(connection: "asyncpg.Connection[asyncpg.Record]", count: int) -> None:
    """So many more events of the past, ten of each customer, a second after one another."""
    ids = await _ids(connection)
    renamed = {ids["event_id"]: f"'{ids['event_id']}-p' || n", ids["id"]: f"'{ids['id']}-p' || n"}
    for table, changed in _OF_THE_PAST.items():
        await _copy(connection, table, f"customer_id = '{MODEL}'", changed, renamed, count)


async def _ids(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, str]:
    """The ids of the model."""
    found = await connection.fetchrow(
        "select e.event_id, e.id, t.task_id, t.case_id from journey_event e join task t using (event_id)"
        " where e.customer_id = $1",
        MODEL,
    )
    return dict(found)


async def _copy(
    connection: "asyncpg.Connection[asyncpg.Record]",
    table: str,
    where: str,
    changed: str,
    renamed: Mapping[str, str],
    count: int,
) -> None:
    """Copy rows so often, each id of the model in them replaced by an expression of `n`, the number of the copy."""
    row = "row"
    for one, other in renamed.items():
        row = f"replace({row}, '{one}', {other})"
    columns = await connection.fetchval(_COLUMNS, table)
    statement = _COPY.format(table=table, where=where, columns=columns, renamed=row, changed=f"({changed})::jsonb")
    await connection.execute(statement, count, timeout=None)
