"""Strikes on the database: ended, restarted, its sessions ended, and what it knows of positions gone."""

import asyncio
import signal
from contextlib import suppress

import asyncpg
import psutil
from mortality import is_gone, kill
from running_stack import RunningStack
from strike_target import STANDS_AGAIN, Strike, StrikeTarget
from waiting import pause, until

AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a client meets while the database is down or ends its session."""


def signal_database(order: signal.Signals) -> Strike:
    """SIGKILL, SIGINT (fast) or SIGQUIT (immediate) to the server; the launcher starts it again."""

    async def strike(target: StrikeTarget) -> None:
        await until(lambda: database_answers(target.stack), STANDS_AGAIN, "the database answers")
        with suppress(psutil.NoSuchProcess):
            server = target.stack.postmaster()
            server.send_signal(order)
            await until(lambda: _gone(server), STANDS_AGAIN, "the database ended")

    return strike


async def end_sessions(target: StrikeTarget) -> None:
    """Some sessions ended by the server's order."""
    for _ in range(target.chance.randint(1, 4)):
        pid = await _some_session(target)
        with suppress(*AWAY):
            async with target.stack.database() as connection:
                await connection.execute("select pg_terminate_backend($1)", pid)
        await pause(target.chance.uniform(0.1, 0.5))


async def kill_session(target: StrikeTarget) -> None:
    """kill -9 of one session, for which the server ends all."""
    pid = await _some_session(target)
    with suppress(psutil.NoSuchProcess):
        psutil.Process(pid).kill()


async def _some_session(target: StrikeTarget) -> int:
    """One of the services, as soon as one is there: all may just be starting again."""
    found: list[int] = []

    async def there() -> bool:
        with suppress(*AWAY):
            async with target.stack.database() as connection:
                found[:] = await service_sessions(connection)
        return bool(found)

    await until(there, STANDS_AGAIN, "a service has a session")
    return target.chance.choice(found)


async def deliver_again(target: StrikeTarget) -> None:
    """Services killed, and no position of theirs is found: every record comes once more, in the midst of new ones."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + STANDS_AGAIN
    while loop.time() < deadline:
        with suppress(*AWAY):
            return await _rewind(target.stack)
        await pause(0.2)
    raise AssertionError("positions not deleted")


async def _rewind(stack: RunningStack) -> None:
    async with stack.database() as connection:
        for process in stack.processes().values():
            kill(process)
        # what a dead process asked for last may still be done
        await connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where backend_type = 'client backend' and pid <> pg_backend_pid()"
        )
        rewound = await connection.fetch("delete from consumer_position returning consumer")
        head = await connection.fetchval("select coalesce(max(seq), 0) from outbox")
    await until(lambda: _read_again(stack, {row["consumer"] for row in rewound}, head), STANDS_AGAIN, "all read again")


async def _read_again(stack: RunningStack, consumers: set[str], head: int) -> bool:
    """Whether these stand behind this row again; a position is a snapshot, or is in the midst of a difference."""
    with suppress(*AWAY):
        async with stack.database() as connection:
            rows = await connection.fetch("select consumer, snapshot from consumer_position")
        places = {row["consumer"]: row["snapshot"].split() for row in rows}
        return all(name in places and (len(places[name]) == 1 or int(places[name][2]) >= head) for name in consumers)
    return False


async def service_sessions(connection: asyncpg.Connection) -> list[int]:
    """The server processes of the services."""
    rows = await connection.fetch(
        "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() order by 1"
    )
    return [row["pid"] for row in rows]


async def database_answers(stack: RunningStack) -> bool:
    """Whether it lets in and answers."""
    with suppress(*AWAY):
        async with stack.database() as connection:
            return bool(await connection.fetchval("select true"))
    return False


async def _gone(process: psutil.Process) -> bool:
    return is_gone(process)
