"""Statements compiled once and run on the driver, for what every event, task or message needs.

There SQLAlchemy costs more than the statement: one row on one connection takes 265 microseconds of the process by a
select of SQLAlchemy, 142 by a text, and 55 on the driver. Elsewhere SQLAlchemy stays.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, Final, Protocol

from asyncpg import InterfaceError, PostgresError, Record
from pydantic_core import to_json
from sqlalchemy import JSON, ClauseElement, PoolProxiedConnection, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

DIALECT: Final = make_url("postgresql+asyncpg://").get_dialect()()
_BEGIN: Final = text("select")


class Waiting(Protocol):
    """Writes that wait to be sent together."""

    async def send(self, connection: AsyncConnection) -> None:
        """Send those that wait on this connection."""
        ...


waiting: Final[ContextVar[Waiting | None]] = ContextVar("waiting", default=None)
"""What goes before the next statement (`write_group`)."""


class Row(Record):  # type: ignore[misc]
    """A row whose values are attributes too; by the names of its columns it is a mapping."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Prepared:
    """A statement of fixed text. Parameters that are declared as JSON, and all JSON in rows, are Python values."""

    def __init__(self, statement: ClauseElement | str) -> None:
        self._statement = text(statement) if isinstance(statement, str) else statement
        self._compiled: Compiled | None = None

    async def rows(self, connection: AsyncConnection, values: Mapping[str, Any] | None = None) -> Sequence[Row]:
        """All rows of the statement run with these parameters, in the connection's transaction.

        Raises KeyError for a parameter that is missing, DBAPIError for what the database refuses.
        """
        if (writes := waiting.get()) is not None:
            await writes.send(connection)
        compiled = self.compile()
        return await fetch(connection, compiled.query, compiled.arguments(values or {}))

    async def first(self, connection: AsyncConnection, values: Mapping[str, Any] | None = None) -> Any:
        """The first row, None where there is none."""
        return next(iter(await self.rows(connection, values)), None)

    def compile(self) -> "Compiled":
        """What goes to the driver, made once.

        Raises ValueError for a list of values that grows, and for a column whose value SQLAlchemy would make.
        """
        if self._compiled is None:
            self._compiled = Compiled(self._statement)
        return self._compiled


async def fetch(connection: AsyncConnection, query: str, arguments: Sequence[Any]) -> Sequence[Row]:
    """The rows of a text with these arguments. Raises DBAPIError."""
    driver = await driver_of(connection)
    with translated(connection, query):
        rows: list[Row] = await driver.fetch(query, *arguments, record_class=Row)
    return rows


class Compiled:
    """The text that goes to the database, and how values go in and come out."""

    def __init__(self, statement: ClauseElement) -> None:
        compiled: Any = statement.compile(dialect=DIALECT)
        if compiled.post_compile_params:
            raise ValueError(f"a prepared statement cannot have a list that grows: {compiled.string}")
        if made := [*(compiled.insert_prefetch or ()), *(compiled.update_prefetch or ())]:
            raise ValueError(f"a prepared statement needs a value for {made[0]}")
        binds = {compiled.bind_names[bind]: bind for bind in compiled.binds.values()}
        self.query: str = compiled.string
        self._names: Sequence[str] = compiled.positiontup or ()
        required = {name for name, bind in binds.items() if bind.required}
        self._fixed = {name: value for name, value in compiled.params.items() if name not in required}
        self._json = {name for name, bind in binds.items() if isinstance(bind.type, JSON)}

    @property
    def parameters(self) -> int:
        """How many arguments it takes."""
        return len(self._names)

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The values in the order of the text. Raises KeyError for one that is missing."""
        given = {**self._fixed, **values}
        return [_written(given[name]) if name in self._json else given[name] for name in self._names]


def _written(value: Any) -> str | None:
    return None if value is None else to_json(value).decode()


def _pooled(connection: AsyncConnection) -> PoolProxiedConnection:
    assert connection.sync_connection is not None
    return connection.sync_connection.connection


async def driver_of(connection: AsyncConnection) -> Any:
    """The driver's own connection, in the connection's transaction unless that is in AUTOCOMMIT."""
    pooled = _pooled(connection)
    adapted: Any = pooled.dbapi_connection
    driver: Any = pooled.driver_connection
    if not (driver.is_in_transaction() or adapted.autocommit):
        await connection.execute(_BEGIN)
    return driver


@contextmanager
def translated(connection: AsyncConnection, query: str) -> Iterator[None]:
    """Raise what the driver raises as SQLAlchemy does; a connection whose statement was given up is closed."""
    driver: Any = _pooled(connection).driver_connection
    try:
        yield
    except asyncio.CancelledError:
        driver.terminate()
        raise
    except (PostgresError, InterfaceError) as error:
        raise DBAPIError(query, None, error, hide_parameters=True, connection_invalidated=driver.is_closed()) from error


@asynccontextmanager
async def driver_transaction(connection: AsyncConnection) -> AsyncIterator[None]:
    """A transaction of the driver, on a connection in AUTOCOMMIT. Commits at the end, rolls back on an error.

    Who is stopped within does not wait for what the server does: the connection is closed. Raises DBAPIError.
    """
    driver = await driver_of(connection)
    transaction = driver.transaction()
    with translated(connection, "begin"):
        await transaction.start()
    try:
        yield
    except Exception:
        try:
            await transaction.rollback()
        except Exception:
            driver.terminate()
        raise
    except BaseException:
        driver.terminate()
        raise
    with translated(connection, "commit"):
        await transaction.commit()
