"""The peers as processes: FastAPI in front of a queue and its worker, on a PostgreSQL of their own."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from machine import HERE, answers, database, free_port, postmaster, running, until

PEERS = HERE / "peers"
PROGRAMS = HERE.parents[1] / ".venv-bench" / "bin"
CELERY, QUEUE = "FastAPI, Celery and Redis", "FastAPI and PgQueuer"
MISSING_REDIS = f"{CELERY} (no redis-server: `apt-get install redis-server`)"
PREFORKED = 2


@dataclass
class Peer:
    """A running peer and a connection to its database."""

    name: str
    port: int
    processes: Sequence[int]
    connection: "asyncpg.Connection[asyncpg.Record]"

    def pids(self) -> list[int]:
        """Front, worker, database, and Redis where there is one."""
        return list(self.processes)

    async def notified(self) -> int:
        """Rows of notifications."""
        return int(await self.connection.fetchval("select count(*) from notification"))

    async def notified_at(self) -> dict[str, float]:
        """By the database's clock when the row was written."""
        query = """
            select e.customer_id, extract(epoch from n.sent_at)::float8 as at
              from notification n join event e using (event_id)
        """
        return {row["customer_id"]: row["at"] for row in await self.connection.fetch(query)}


def has_redis() -> bool:
    """Whether Celery can take part."""
    return shutil.which("redis-server") is not None


@asynccontextmanager
async def celery() -> AsyncIterator[Peer]:
    """Celery on a Redis that keeps an append-only file, flushed every second, and a worker of two processes."""
    with database() as postgres, ExitStack() as ends:
        redis_port = free_port()
        redis = ends.enter_context(_redis(postgres.folder, redis_port))
        environment = _environment(postgres.url()) | {"BENCH_REDIS": f"redis://127.0.0.1:{redis_port}/0"}
        command = [PROGRAMS / "celery", "-A", "celery_tasks", "worker", "-c", str(PREFORKED), "-l", "INFO"]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        log = postgres.folder / "worker.log"
        worker = ends.enter_context(running([*map(str, command), *quiet], environment, log))
        until(lambda: log.exists() and " ready." in log.read_text(errors="replace"), CELERY)
        port, front = ends.enter_context(_front("celery_front.py", environment, postgres.folder))
        async with _opened(postgres.url()) as connection:
            yield Peer(CELERY, port, [front, worker, redis, postmaster(postgres)], connection)


@asynccontextmanager
async def queue() -> AsyncIterator[Peer]:
    """PgQueuer, its jobs in the same database as the rows."""
    with database() as postgres, ExitStack() as ends:
        environment = _environment(postgres.url())
        with running([str(PROGRAMS / "python"), str(PEERS / "queue_front.py"), "install"], environment) as installing:
            until(lambda: _ended(installing), QUEUE)
        command = [str(PROGRAMS / "python"), str(PEERS / "queue_worker.py")]
        worker = ends.enter_context(running(command, environment, postgres.folder / "worker.log"))
        port, front = ends.enter_context(_front("queue_front.py", environment, postgres.folder))
        async with _opened(postgres.url()) as connection:
            yield Peer(QUEUE, port, [front, worker, postmaster(postgres)], connection)


def _ended(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


@contextmanager
def _redis(folder: Path, port: int) -> Iterator[int]:
    data = folder / "redis"
    data.mkdir()
    server = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(data)]
    kept = ["--save", "", "--appendonly", "yes", "--appendfsync", "everysec"]
    log = folder / "redis.log"
    with running([*server, *kept], dict(os.environ), log) as pid:
        until(lambda: "Ready to accept connections" in log.read_text(errors="replace"), "redis-server")
        yield pid


@contextmanager
def _front(script: str, environment: dict[str, str], folder: Path) -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [str(PROGRAMS / "python"), str(PEERS / script), str(port)]
    with running(command, environment, folder / "front.log") as pid:
        until(lambda: answers(f"http://127.0.0.1:{port}/openapi.json"), script)
        yield port, pid


def _environment(address: str) -> dict[str, str]:
    path = os.pathsep.join([str(PEERS), str(HERE.parents[1] / "shared" / "src")])
    return {**os.environ, "BENCH_DATABASE": address, "PYTHONPATH": path}


@asynccontextmanager
async def _opened(address: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(address)
    try:
        await connection.execute((PEERS / "tables.sql").read_text())
        yield connection
    finally:
        await connection.close()
