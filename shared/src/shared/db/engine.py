"""Transactions: the one place where a connection learns which dealers it may see.

Every connection begins in the role `handoff_app`, which row-level security binds. Nothing is visible until
`app.dealers` is set: by each transaction, or for all connections of a service that acts for no caller.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final

from pydantic_core import from_json, to_json
from sqlalchemy import event, select
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.clock import Anchor
from shared.db.kept_plans import PLAN_ONCE, forget_old_plans
from shared.db.prepared import Prepared, driver_transaction
from shared.db.schema import clock_anchor
from shared.db.write_group import send_waiting

EVERY_DEALER: Final = "*"
APP_ROLE: Final = "handoff_app"
STANDS_STILL_AFTER: Final = "10s"
"""A transaction in which nothing is asked for so long belongs to a process that was stopped: its locks are given up."""
LASTS_AT_MOST: Final = "30s"
"""A transaction of a service. One whose process was stopped in the middle of a statement never counts as idle."""
WAITS_AT_MOST: Final = "8s"
"""For a lock; then it counts as an outage and is tried again. Shorter, so that what a stopped process waits for besides
is given up before it is granted, and its transactions do not hold up others one after the other."""

STATEMENTS_KEPT: Final = 300
"""Prepared statements a connection keeps of those that go to the driver: more than a service has."""

_SCOPE: Final = Prepared("select set_config('app.dealers', :dealers, cast(:local as boolean))")


class Database:
    """An engine whose transactions are bound to dealers.

    `name` is how the database lists its connections (`pg_stat_activity`, its log).
    `sees`: the dealers whose rows every connection sees from its start; "" leaves that to each transaction.
    `longest`: after which a transaction is ended, whatever it does; `0` where commands take their time.
    `plan_once`: a connection plans every statement once, and again as tables grow (`kept_plans`). For services whose
    statements are few, of fixed text and found by indexes: planning anew is a quarter of what the database does of a
    quiet event.
    """

    def __init__(
        self,
        url: str,
        *,
        name: str = "handoff",
        sees: str = "",
        pool_size: int = 10,
        role: str | None = APP_ROLE,
        longest: str = LASTS_AT_MOST,
        plan_once: bool = False,
    ) -> None:
        self._sees = sees
        self._plan_once = plan_once
        session = _session(name, sees, role, longest) | (PLAN_ONCE if plan_once else {})
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            pool_use_lifo=True,
            max_overflow=0,
            hide_parameters=True,
            json_serializer=lambda value: to_json(value).decode(),
            json_deserializer=from_json,
            connect_args={
                "server_settings": session,
                "timeout": 10,
                "statement_cache_size": STATEMENTS_KEPT,
                "max_cached_statement_lifetime": 0,
            },
        )
        self._statements = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        event.listen(self.engine.sync_engine, "checkout", _refuse_closed)
        event.listen(self.engine.sync_engine, "before_cursor_execute", send_waiting)

    @asynccontextmanager
    async def transaction(self, dealers: str | Iterable[str] = EVERY_DEALER) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees these dealers only; `*` sees all. Commits at the end, rolls back on an error.

        It is the driver's own, so that statements of SQLAlchemy and of the driver share it.
        """
        async with self._connected() as connection, driver_transaction(connection):
            if dealers != self._sees:
                await bind(connection, dealers)
            yield connection

    @asynccontextmanager
    async def look(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees every dealer, for one statement: it is a transaction by itself.

        Where connections do not see every dealer from their start it is a transaction as any other.
        """
        if self._sees != EVERY_DEALER:
            async with self.transaction() as connection:
                yield connection
            return
        async with self._connected() as connection:
            yield connection

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        async with self._statements.connect() as connection:
            if self._plan_once:
                await forget_old_plans(connection)
            yield connection

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def _refuse_closed(connection: Any, *_pooling: object) -> None:
    """Let the pool replace what the server has closed. To ask the server each time would take three round trips."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _session(name: str, sees: str, role: str | None, longest: str) -> dict[str, str]:
    settings = {
        "application_name": name,
        "app.dealers": sees,
        "jit": "off",
        "timezone": "UTC",
        "idle_in_transaction_session_timeout": STANDS_STILL_AFTER,
        "transaction_timeout": longest,
        "lock_timeout": WAITS_AT_MOST,
    }
    return {**settings, "role": role} if role else settings


async def bind(connection: AsyncConnection, dealers: str | Iterable[str]) -> None:
    """Let the running transaction see these dealers."""
    await _SCOPE.rows(connection, {"dealers": _scope(dealers), "local": True})


async def bind_session(driver: Any, dealers: str | Iterable[str]) -> None:
    """Let every statement outside of transactions see these dealers, until bound otherwise.

    By one statement, on the driver's own connection, outside of transactions: one that its only user closes and never
    gives back to the pool.
    """
    scope = _SCOPE.compile()
    await driver.fetch(scope.query, *scope.arguments({"dealers": _scope(dealers), "local": False}))


def _scope(dealers: str | Iterable[str]) -> str:
    return dealers if isinstance(dealers, str) else ",".join(sorted(dealers))


MERGED_INTO: Final = """
    (select merged_into from customer where dealer_id = split_part(k, '/', 1)
                                        and customer_id = substr(k, strpos(k, '/') + 1))
"""
"""Into whom the customer of the record key `k` was merged; null for everybody else.

By the customer's own key: for a join the planner would rather go through all who have been merged.
"""

_LOCK: Final = Prepared(
    f"""
    select pg_advisory_xact_lock(h)
      from (select distinct hashtextextended(k, 0) as h
              from (select k from unnest(cast(:keys as text[])) k
                    union all
                    select split_part(k, '/', 1) || '/' || {MERGED_INTO} from unnest(cast(:keys as text[])) k
                   ) wanted
             order by h) locks
    """
)


async def lock_keys(connection: AsyncConnection, keys: Iterable[str]) -> None:
    """Make this transaction the only one working on these record keys (`dealer/customer` or `dealer`).

    The key of a customer who has been merged into another locks the other too. Taken in one order by all, so that two
    holders never wait for each other. Released by the commit.
    """
    ordered = sorted(set(keys))
    if ordered:
        await _LOCK.rows(connection, {"keys": ordered})


async def read_anchor(database: Database) -> Anchor | None:
    """The clock's anchor, if the launcher has set one."""
    async with database.transaction() as connection:
        row = (await connection.execute(select(clock_anchor))).one_or_none()
    return Anchor(row.wall_clock_at, row.domain_at, row.rate) if row else None


def record_key(dealer_id: str, customer_id: str | None) -> str:
    """The key that orders records and serialises work: the customer's, else the dealer's."""
    return f"{dealer_id}/{customer_id}" if customer_id else dealer_id
