"""Processes that stand still for half a minute: a second one does their work, and what they write late is refused."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from carriers import Carrier, carried_by
from mail_ledger import MailLedger
from running_stack import RunningStack
from seeds import SEEDS
from trial import Trial
from waiting import pause, until

pytestmark = [pytest.mark.processes, pytest.mark.trial, pytest.mark.xdist_group("faults")]

INTO_THE_LOAD = 3.0
STANDS_FOR = 30.0
TAKEN_OVER_WITHIN = 60.0
"""A turn is free after 20 s; the rest is for machines that have other things to do."""
SECONDS = 36
EACH_SECOND = 5


@pytest.fixture(params=["postgres", pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.nightly])])
def carrier(request: pytest.FixtureRequest, folder: Path) -> Iterator[Carrier]:
    """Each form of the transport."""
    with carried_by(request.param, folder) as carrier:
        yield carrier


async def started(folder: Path, mails: MailLedger, carrier: Carrier) -> RunningStack:
    """An installation on this carrier."""
    told = {"HANDOFF_SMTP_URL": mails.url, "HANDOFF_SMTP_FROM": "handoff@dealer.example"}
    stack = RunningStack(folder, {**told, **carrier.settings})
    await stack.start()
    return stack


async def handled(connection: asyncpg.Connection) -> dict[str, int]:
    """How much worker and notifier have handled."""
    rows = await connection.fetch("select consumer, count(*) as n from inbox group by 1")
    found = {row["consumer"]: row["n"] for row in rows}
    return {consumer: found.get(consumer, 0) for consumer in ("handoff-worker", "notifier")}


async def stand_still(stack: RunningStack, taken_over: list[float]) -> None:
    """SIGSTOP to worker and notifier; others go on with both works before SIGCONT half a minute later."""
    loop = asyncio.get_running_loop()
    await pause(INTO_THE_LOAD)
    stopped = [stack.processes()[service] for service in ("handoff_worker", "notifier")]
    for process in stopped:
        process.send_signal(signal.SIGSTOP)
    async with stack.database() as connection:
        # what was under way when they stopped may still be committed by the server
        await pause(1.0)
        before = await handled(connection)

        async def goes_on() -> bool:
            now = await handled(connection)
            return all(now[consumer] > before[consumer] for consumer in before)

        began = loop.time()
        await until(goes_on, TAKEN_OVER_WITHIN, "others took over")
    taken_over.append(loop.time() - began)
    await pause(STANDS_FOR - taken_over[-1])
    for process in stopped:
        process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("seed", SEEDS[:1])
async def test_a_second_process_takes_over_and_the_first_does_no_harm(
    seed: int,
    carrier: Carrier,
    folder: Path,
    mails: MailLedger,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    stack = await started(folder, mails, carrier)
    taken_over: list[float] = []
    try:
        async with stack.second("handoff_worker"), stack.second("notifier"):
            trial = Trial(stack, mails, carrier.servers)
            await trial.run(seed, SECONDS, stand_still(stack, taken_over), EACH_SECOND)
            await trial.prove()
    finally:
        await stack.stop()
    record_testsuite_property(f"taken over after seconds, brokers {carrier.servers or 'none'}", taken_over[0])


@pytest.mark.nightly
async def test_an_api_that_stands_still_loses_nothing_it_said_yes_to(
    carrier: Carrier, folder: Path, mails: MailLedger
) -> None:
    stack = await started(folder, mails, carrier)

    async def stop_api() -> None:
        await pause(INTO_THE_LOAD)
        process = stack.processes()["journey_api"]
        process.send_signal(signal.SIGSTOP)
        await pause(STANDS_FOR)
        process.send_signal(signal.SIGCONT)

    try:
        trial = Trial(stack, mails, carrier.servers)
        await trial.run(SEEDS[0], SECONDS, stop_api(), EACH_SECOND)
        await trial.prove()
    finally:
        await stack.stop()
