"""What an event costs at the least: its POST taken, the playbook asked, its rows kept, and nothing else done."""

import io
import itertools
import math
from dataclasses import dataclass

import asyncpg
import bodies
import psutil
from carrying import carry
from contest import CONNECTIONS
from handoff import Handoff
from load import drive, post
from machine import bare_app
from processes import Meter

from handoff_local.kafka import EmbeddedKafka
from shared.db.schema import metadata

_POSTS = 5_000
_SCHEMA = "bench_floor"


@dataclass(frozen=True, slots=True)
class Floor:
    """Processor milliseconds an event of each part, and how many rows one event leaves."""

    taking: float
    deciding: float
    keeping: float
    rows: float
    carrying: float | None
    """None where there is no Kafka."""

    @property
    def whole(self) -> float:
        """All parts but the carrying."""
        return self.taking + self.deciding + self.keeping


async def measure(stack: Handoff, kafka: EmbeddedKafka | None, decided: float) -> Floor:
    """By the rows of all events that the stack has had so far; `decided`: how many a second the pure routing does."""
    taking = await _taking()
    events = int(await stack.connection.fetchval("select count(*) from journey_event"))
    keeping, rows = await _keeping(stack.connection)
    carrying = 1000 * await carry(stack.machine.address(), kafka) / events if kafka else None
    return Floor(taking, 1000 / decided, 1000 * keeping / events, rows / events, carrying)


async def _taking() -> float:
    """Milliseconds of the bare endpoint's process for a POST."""
    with bare_app() as bare:
        await _post(bare.port)
        meter = Meter([bare.pid])
        await _post(bare.port)
        return 1000 * meter.read().cpu / _POSTS


async def _post(port: int) -> None:
    requests = itertools.repeat(post("/v1/events", bodies.single(), bodies.BARE), _POSTS)
    await drive(port, CONNECTIONS, math.inf, lambda: next(requests, None))


async def _keeping(connection: "asyncpg.Connection[asyncpg.Record]") -> tuple[float, int]:
    """Processor seconds for copying all rows into empty tables with the same indexes, and how many rows they are.

    COPY in its binary form, a table at a time: nothing that keeps a row, its index entries and its log is cheaper.
    Neither changes of rows nor the reading of any are in it.
    """
    backend = psutil.Process(await connection.fetchval("select pg_backend_pid()"))
    await connection.execute(f"create schema {_SCHEMA}")
    try:
        kept = {table.name: await _copied_out(connection, table.name) for table in metadata.sorted_tables}
        before = backend.cpu_times()
        copied = [
            await connection.copy_to_table(name, source=rows, schema_name=_SCHEMA, format="binary")
            for name, rows in kept.items()
        ]
        after = backend.cpu_times()
    finally:
        await connection.execute(f"drop schema {_SCHEMA} cascade")
    return after.user + after.system - before.user - before.system, sum(int(tag.split()[-1]) for tag in copied)


async def _copied_out(connection: "asyncpg.Connection[asyncpg.Record]", name: str) -> io.BytesIO:
    """The rows of a table; an empty one like it is made."""
    await connection.execute(f"create table {_SCHEMA}.{name} (like {name} including all)")
    rows = io.BytesIO()
    await connection.copy_from_table(name, output=rows, format="binary")
    rows.seek(0)
    return rows
