"""Counts what goes to a database: a statement carried out for each of many rows counts as often."""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from shared.db.engine import Database


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The statements that the services send within, begin and commit left out."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        sent.extend([statement] * (len(parameters) if many else 1))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


_WRITES = re.compile(r"\b(insert into|update|delete from)\b", re.IGNORECASE)


@contextmanager
def effects(*databases: Database) -> Iterator[list[int]]:
    """How many statements each transaction within has that writes something, begin and commit left out."""
    counted: list[int] = []
    running: dict[int, list[str]] = defaultdict(list)

    def note(connection: Any, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool) -> None:
        running[id(connection)].append(statement)

    def commit(connection: Any) -> None:
        sent = running.pop(id(connection), [])
        if any(_WRITES.search(statement) for statement in sent):
            counted.append(len(sent))

    def give_up(connection: Any) -> None:
        running.pop(id(connection), None)

    listeners = (("before_cursor_execute", note), ("commit", commit), ("rollback", give_up))
    engines = {database.engine.sync_engine for database in databases}
    for engine in engines:
        for name, listener in listeners:
            event.listen(engine, name, listener)
    try:
        yield counted
    finally:
        for engine in engines:
            for name, listener in listeners:
                event.remove(engine, name, listener)
