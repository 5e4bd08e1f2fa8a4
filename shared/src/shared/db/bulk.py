"""Sets of rows, written and found by one statement text however many there are, so that it is prepared once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from pydantic_core import to_json
from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Table,
    Text,
    bindparam,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.prepared import DIALECT
from shared.db.write_group import Write

Rows = Sequence[Mapping[str, Any]]
"""The values of each row by column, ready for JSON; all rows name the same columns."""

_NEW_ONLY: Final = "on conflict do nothing"


async def insert_all(connection: AsyncConnection, table: Table, rows: Rows, *, new_only: bool = False) -> None:
    """Write rows in their order. `new_only`: pass over those that are there already, else they are an error."""
    await _write(connection, table, rows, _NEW_ONLY if new_only else "")


async def upsert_all(connection: AsyncConnection, table: Table, rows: Rows, kept: Collection[str] = ()) -> None:
    """Write rows, no two of one primary key, over those that are there; the columns `kept` stay as they were."""
    if rows:
        key = [column.name for column in table.primary_key]
        changed = (f"{name} = excluded.{name}" for name in rows[0] if name not in key and name not in kept)
        await _write(connection, table, rows, f"on conflict ({', '.join(key)}) do update set {', '.join(changed)}")


async def update_all(connection: AsyncConnection, table: Table, rows: Rows) -> None:
    """Give the rows of these primary keys the other values; a key comes once."""
    if rows:
        await _update(table, tuple(rows[0])).run(connection, _parameters(rows))


async def insert_new(connection: AsyncConnection, table: Table, rows: Rows) -> Sequence[RowMapping]:
    """Write the rows that are not there yet, by any of the table's keys; answers those, whole, as they are stored."""
    if not rows:
        return []
    statement = _insert(table.name, tuple(rows[0]), f"{_NEW_ONLY} returning {table.name}.*")
    return await statement.rows(connection, _parameters(rows))


def bulk_values(table: str) -> str:
    """SQL of the rows given as the parameter `rows` (`to_json`), as a relation with the table's columns."""
    return f"json_populate_recordset(cast(null as {table}), cast(cast(:rows as text) as json))"


async def _write(connection: AsyncConnection, table: Table, rows: Rows, conflict: str) -> None:
    if rows:
        await _insert(table.name, tuple(rows[0]), conflict).run(connection, _parameters(rows))


def _parameters(rows: Rows) -> dict[str, str]:
    return {"rows": to_json(rows).decode()}


@cache
def _insert(table: str, columns: tuple[str, ...], conflict: str) -> Write:
    names = ", ".join(columns)
    return Write(f"insert into {table} ({names}) select {names} from {bulk_values(table)} {conflict}")


@cache
def _update(table: Table, columns: tuple[str, ...]) -> Write:
    key = [column.name for column in table.primary_key]
    typed = ", ".join(f"{name} {table.c[name].type.compile(DIALECT)}" for name in columns)
    values = ", ".join(f"{name} = r.{name}" for name in columns if name not in key)
    same = " and ".join(f"{table.name}.{name} = r.{name}" for name in key)
    given = f"jsonb_to_recordset(cast(cast(:rows as text) as jsonb)) as r({typed})"
    return Write(f"update {table.name} set {values} from {given} where {same}")


def in_keys(first: ColumnElement[Any], second: ColumnElement[Any]) -> ColumnElement[bool]:
    """That the two columns are one of the `unnest_keys` the statement is executed with. Use it once in a statement."""
    firsts, seconds = (bindparam(name, type_=ARRAY(Text)) for name in ("firsts", "seconds"))
    given = func.unnest(firsts, seconds).table_valued("first", "second").render_derived()
    return tuple_(first, second).in_(select(given.c.first, given.c.second))


def one_of(column: ColumnElement[Any], words: Iterable[str]) -> ColumnElement[bool]:
    """That the column holds one of these words, as one parameter."""
    return column == func.any(literal(list(words), ARRAY(Text)))


def unnest_keys(wanted: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The parameters of `in_keys`: these pairs, each once."""
    ordered = sorted(set(wanted))
    return {"firsts": [first for first, _ in ordered], "seconds": [second for _, second in ordered]}
