"""kill -9 of what carries the services: the database, the launcher; and the orderly end of all."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator

import psutil
import pytest
from load_dealer import DEALER
from mortality import is_gone
from running_stack import RunningStack, passable_folder
from strikes_on_database import service_sessions
from trial import Trial
from waiting import beats, pause, until

pytestmark = [pytest.mark.processes, pytest.mark.trial, pytest.mark.xdist_group("faults")]

SECONDS = 5
INTO_THE_LOAD = 2.0
STOPS_WITHIN = 10.0


@pytest.fixture(scope="module")
async def trial() -> AsyncIterator[Trial]:
    """One installation for the tests of this module, without a channel, so that no attempt's lease is waited for."""
    with passable_folder() as folder:
        stack = RunningStack(folder)
        try:
            await stack.start()
            yield Trial(stack)
        finally:
            await stack.stop()


async def test_a_killed_database_comes_back_and_everything_goes_on(trial: Trial) -> None:
    async def kill() -> None:
        await pause(INTO_THE_LOAD)
        trial.stack.postmaster().kill()

    await trial.run(1, SECONDS, kill())
    await trial.prove()


@pytest.mark.parametrize("order", [signal.SIGINT, signal.SIGQUIT], ids=["fast", "immediate"])
async def test_a_restarted_database_finds_everybody_going_on(trial: Trial, order: signal.Signals) -> None:
    """`pg_ctl restart -m fast` and `-m immediate`, by the signals they are; the launcher starts it again."""

    async def restart() -> None:
        await pause(INTO_THE_LOAD)
        trial.stack.postmaster().send_signal(order)

    await trial.run(int(order) + 10, SECONDS, restart())
    await trial.prove()


async def test_sessions_ended_at_random_are_opened_again(trial: Trial) -> None:
    """One every two seconds by the server's order, and at last one killed, for which the server ends all."""

    async def end_sessions() -> None:
        chance = random.Random(3)
        async for _ in beats(2.0, SECONDS // 2):
            async with trial.stack.database() as connection:
                pid = chance.choice(await service_sessions(connection))
                await connection.execute("select pg_terminate_backend($1)", pid)
        async with trial.stack.database() as connection:
            pid = chance.choice(await service_sessions(connection))
        # after our own connection, which would be ended with all others
        psutil.Process(pid).kill()

    await trial.run(3, SECONDS, end_sessions())
    await trial.prove()


async def test_nothing_outlives_a_killed_launcher_and_the_next_one_loses_nothing(trial: Trial) -> None:
    async def kill() -> None:
        await pause(INTO_THE_LOAD)
        everybody = trial.stack.everybody()
        everybody[0].kill()
        await _until_gone(everybody, 30)
        await trial.stack.start()

    await trial.run(2, SECONDS, kill())
    await trial.prove()


async def test_a_terminated_group_is_gone_within_ten_seconds_with_streams_open(trial: Trial) -> None:
    everybody = trial.stack.everybody()
    async with trial.stack.api() as api, asyncio.TaskGroup() as group:
        for path in ("/v1/tasks/feed", "/v1/sla/feed"):
            opened = asyncio.Event()
            group.create_task(_follow_to_the_end(trial, path, opened))
            await opened.wait()
        assert await api.get("/v1/tasks", dealer_id=DEALER)
        trial.stack.end_group()
        await _until_gone(everybody, STOPS_WITHIN)
    assert trial.stack.launcher is not None
    assert await trial.stack.launcher.wait() == 0


async def _follow_to_the_end(trial: Trial, path: str, opened: asyncio.Event) -> None:
    async with trial.stack.api() as api, api.stream(path) as answer:
        assert answer.status_code == 200
        opened.set()
        async for _ in answer.aiter_bytes():
            pass


async def _until_gone(processes: list[psutil.Process], seconds: float) -> None:
    async def gone() -> bool:
        return all(map(is_gone, processes))

    await until(gone, seconds, f"{len(processes)} processes gone")
