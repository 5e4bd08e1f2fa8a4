"""Writes that go to the database together: many tables in one round trip."""

import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache, cached_property, partial
from typing import Any, Final

from sqlalchemy import ClauseElement, Connection
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.util import await_only

from shared.db.prepared import Prepared, fetch, waiting

_WRITTEN: Final = re.compile(r"\b(?:insert into|update(?!\s+set\b)|delete from)\s+(\w+)", re.IGNORECASE)
_PLACE: Final = re.compile(r"\$(\d+)")
_WITH: Final = re.compile(r"\s*with\s", re.IGNORECASE)
_PARTS, _NO_MORE = "with ", " select"
"""What goes around the parts of a write that has nothing else."""


class Write(Prepared):
    """A statement whose rows nobody needs: within `written_together` it waits for others.

    `kinds`: of a table, the kinds of rows it writes, where writes of other kinds touch none of these.
    """

    def __init__(self, statement: ClauseElement | str, kinds: Mapping[str, Collection[str]] | None = None) -> None:
        super().__init__(statement)
        self._kinds = kinds or {}

    async def run(self, connection: AsyncConnection, values: Mapping[str, Any]) -> None:
        """Run it, within a group before the next statement that is no such write. Raises as `rows` does, maybe then."""
        group = _waits_on(connection)
        if group is not None:
            await group.add(self, values)
        else:
            await self.rows(connection, values)

    @cached_property
    def tables(self) -> frozenset[str]:
        """The tables it writes."""
        return frozenset(_WRITTEN.findall(self.compile().query))

    @cached_property
    def has_parts(self) -> bool:
        """Whether it begins with parts that write: those cannot be parts of a part, so it is the last of a group."""
        return _WITH.match(self.compile().query) is not None

    def meets(self, other: "Write") -> bool:
        """Whether both may write the same row: of two parts of a statement neither sees what the other wrote."""
        return any(
            table not in self._kinds or table not in other._kinds or set(self._kinds[table]) & set(other._kinds[table])
            for table in self.tables & other.tables
        )


class WriteOfParts(Write):
    """A write of several statements: each sees what those before it return, and none what they wrote.

    `parts`: the statements by names that no other write of its tables uses.
    """

    def __init__(self, parts: Mapping[str, str], kinds: Mapping[str, Collection[str]] | None = None) -> None:
        named = ", ".join(f"{name} as ({part})" for name, part in parts.items())
        super().__init__(f"{_PARTS}{named}{_NO_MORE}", kinds)

    @property
    def has_parts(self) -> bool:
        """Its parts are those of whichever statement it goes with."""
        return False


@asynccontextmanager
async def written_together(connection: AsyncConnection) -> AsyncIterator[None]:
    """Let the writes within wait for each other, as far as they are of different tables or kinds of rows.

    They go before whatever else is asked of the connection, and at the end. In one statement none sees what another
    wrote, which inserts into different tables do not ask for. Within a group of the connection it adds nothing.
    """
    if _waits_on(connection) is not None:
        yield
        return
    group = WriteGroup(connection)
    token = waiting.set(group)
    try:
        yield
        await group.send(connection)
    finally:
        group.ended = True
        waiting.reset(token)


def send_waiting(connection: Connection, *_statement: object) -> None:
    """Send the writes that wait on a connection before SQLAlchemy asks it something (`before_cursor_execute`)."""
    group = waiting.get()
    if isinstance(group, WriteGroup) and group.connection.sync_connection is connection:
        await_only(group.send(group.connection))


class WriteGroup:
    """The writes that wait on a connection. `ended`: none waits any more, also in a task that was begun within."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.ended = False
        self._writes: list[tuple[Write, Mapping[str, Any]]] = []
        self._tables: set[str] = set()

    async def add(self, write: Write, values: Mapping[str, Any]) -> None:
        """Let it wait; those before it go first where they may write one of its rows."""
        if self._comes_after(write):
            await self.send(self.connection)
        self._writes.append((write, values))
        self._tables |= write.tables

    def _comes_after(self, write: Write) -> bool:
        if write.has_parts and any(one.has_parts for one, _ in self._writes):
            return True
        return not write.tables.isdisjoint(self._tables) and any(write.meets(one) for one, _ in self._writes)

    async def send(self, connection: AsyncConnection) -> None:
        """Send what waits on this connection. Raises DBAPIError."""
        if connection is not self.connection or self.ended or not self._writes:
            return
        writes = sorted(self._writes, key=lambda one: one[0].has_parts)
        self._writes, self._tables = [], set()
        arguments = [argument for write, values in writes for argument in write.compile().arguments(values)]
        await fetch(connection, _joined(tuple(write for write, _ in writes)), arguments)


def _waits_on(connection: AsyncConnection) -> WriteGroup | None:
    """The group in which writes on the connection wait, if there is one."""
    group = waiting.get()
    return group if isinstance(group, WriteGroup) and group.connection is connection and not group.ended else None


@cache
def _joined(writes: Sequence[Write]) -> str:
    """One statement of all; what has parts of its own has the others before them.

    PostgreSQL runs parts that write from the last to the first. Named in that order they take their locks as they would
    one by one: whoever writes the same rows in other groups, or alone, waits for this one and never it for them.
    """
    texts, before = [], 0
    for write in writes:
        compiled = write.compile()
        texts.append(_PLACE.sub(partial(_moved, before), compiled.query))
        before += compiled.parameters
    if len(writes) == 1:
        return texts[0]
    rest = texts.pop() if writes[-1].has_parts else _NO_MORE
    parts = [_as_parts(writes[number], number, query) for number, query in enumerate(texts)]
    written = f"{_PARTS}{', '.join(reversed(parts))}"
    return f"{written}, {_WITH.sub('', rest, count=1)}" if _WITH.match(rest) else f"{written}{rest}"


def _as_parts(write: Write, number: int, query: str) -> str:
    if isinstance(write, WriteOfParts):
        return query.removeprefix(_PARTS).removesuffix(_NO_MORE)
    return f"write_{number} as ({query})"


def _moved(by: int, place: re.Match[str]) -> str:
    return f"${by + int(place[1])}"
