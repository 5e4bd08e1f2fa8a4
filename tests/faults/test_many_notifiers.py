"""Ten notifiers on one installation, killed one after another, and their database restarted: every action happens once.

Clocks of seconds run out, and the dates of time rules come, while this goes on.
"""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import psutil
import pytest
from carriers import Carrier, carried_by
from load_dealer import DEALER, open_dealer
from mortality import is_gone, kill
from proofs_of_clocks import prove_thresholds
from proofs_of_events import prove_inboxes
from proofs_of_messages import prove_told_once
from proofs_of_rebuilding import prove_no_drift
from quiescence import until_quiet
from running_stack import Api, RunningStack
from waiting import beats, pause, until

pytestmark = [pytest.mark.processes, pytest.mark.trial, pytest.mark.xdist_group("faults")]

NOTIFIERS = 10
CUSTOMERS = [f"C-{number}" for number in range(40)]
FIRST_DUE, APART = timedelta(seconds=12), timedelta(milliseconds=300)
STRUCK_FOR = 14
RESTARTED_AT = 6
"""With which strike the database is told to restart."""
SPARED = 2
"""So many of the nine outlive all strikes."""
BEFORE_COLLECTION = timedelta(hours=1)
"""T-39 comes so long before a customer collects the vehicle."""
QUIET_WITHIN, REMINDED_WITHIN = 180.0, 60.0


@pytest.fixture(params=["postgres", pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.nightly])])
def carrier(request: pytest.FixtureRequest, folder: Path) -> Iterator[Carrier]:
    """Each form of the transport."""
    with carried_by(request.param, folder) as carrier:
        yield carrier


@pytest.fixture
async def installation(folder: Path, carrier: Carrier) -> AsyncIterator[tuple[RunningStack, list[psutil.Process]]]:
    """An installation and nine more notifiers; nothing can be sent."""
    stack = RunningStack(folder, dict(carrier.settings))
    try:
        await stack.start()
        async with AsyncExitStack() as others:
            started = [
                others.enter_async_context(stack.second("notifier", f"machine-{number}"))
                for number in range(2, NOTIFIERS + 1)
            ]
            yield stack, [psutil.Process((await one).pid) for one in started]
    finally:
        await stack.stop()


async def test_they_fire_each_action_once(installation: tuple[RunningStack, list[psutil.Process]]) -> None:
    stack, others = installation
    async with stack.api() as api:
        await open_dealer(api, CUSTOMERS)
        async with asyncio.TaskGroup() as group:
            group.create_task(make_due(api))
            group.create_task(strike(stack, others))
    await stack.ready()
    async with stack.database() as connection:
        await until(lambda: all_reminded(connection), REMINDED_WITHIN, "everybody was reminded")
        await until_quiet(stack, QUIET_WITHIN)
        assert await prove_thresholds(connection) >= 2 * len(CUSTOMERS)
        await prove_told_once(connection)
        await prove_inboxes(connection)
        assert await connection.fetch(TOLD_TWICE) == []
        assert await connection.fetchval(REMINDERS) == len(CUSTOMERS)
    await prove_no_drift((stack.folder / "data/database-url").read_text().strip())


REMINDERS = "select count(*) from task_event where entry = 'T-39' and action in ('created', 'updated')"
TOLD_TWICE = """
    select payload->>'subject_id', payload->>'rule', payload->>'cycle', count(*) from outbox
     where type = 'handoff.timer.due.v1' and payload->>'kind' = 'trigger'
       and payload->>'rule' not in ('begin', 'reschedule')
     group by 1, 2, 3 having count(*) > 1
"""


async def make_due(api: Api) -> None:
    """A collection an hour after each of many instants to come, and a message of each customer, soon overdue."""
    first = datetime.now(UTC) + FIRST_DUE + BEFORE_COLLECTION
    for number, customer_id in enumerate(CUSTOMERS):
        collection = {
            "customer_id": customer_id,
            "kind": "collection",
            "starts_at": (first + number * APART).isoformat(),
        }
        await insist(api, "PUT", f"/v1/dealers/{DEALER}/appointments/A-{number}", json=collection)
        event = {
            "specversion": "1.0",
            "type": "handoff.journey.step.v1",
            "source": f"/dealers/{DEALER}/systems/dms",
            "id": f"message-{number}",
            "data": {
                "dealer_id": DEALER,
                "customer_id": customer_id,
                "step": 16,
                "channel": "message",
                "observed_by": {"role": "service_advisor"},
            },
        }
        headers = {"content-type": "application/cloudevents+json"}
        await insist(api, "POST", "/v1/events", json=event, headers=headers)


async def insist(api: Api, method: str, path: str, **request: object) -> None:
    """Ask again while the database is away: both requests may be repeated."""

    async def answered() -> bool:
        return (await api.call(method, path, **request)).status_code in (200, 201, 202)

    await until(answered, QUIET_WITHIN, f"{method} {path}")


async def strike(stack: RunningStack, others: list[psutil.Process]) -> None:
    """kill -9 of one of the ten each second, and once the server is told to restart; the launcher's own comes back."""
    chance, beat = random.Random(14), 0
    await pause(FIRST_DUE.total_seconds() / 2)
    async for _ in beats(1.0, STRUCK_FOR):
        beat += 1
        if beat == RESTARTED_AT:
            stack.postmaster().send_signal(signal.SIGINT)
        at_work = [one for one in (stack.processes().get("notifier"), *others[SPARED:]) if one and not is_gone(one)]
        if at_work:
            kill(chance.choice(at_work))


async def all_reminded(connection: asyncpg.Connection) -> bool:
    """Whether T-39 has reminded somebody of every collection."""
    return bool(await connection.fetchval(REMINDERS) >= len(CUSTOMERS))
