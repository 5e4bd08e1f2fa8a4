"""Counts what goes to a database: a statement carried out for each of many rows counts as often."""

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
