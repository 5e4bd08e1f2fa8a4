"""Everything delivered once more from the beginning, and records nobody can handle among good ones."""

import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from carriers import CARRIERS, Carrier, carried_by
from load_dealer import DEALER
from mail_ledger import MailLedger, mail_server
from running_stack import SERVICES, RunningStack, passable_folder
from trial import Trial
from waiting import pause, until

pytestmark = [pytest.mark.processes, pytest.mark.trial, pytest.mark.xdist_group("faults")]

SECONDS = 4
EFFECTS = (
    "routing",
    "suggestion",
    "task",
    "task_event",
    "task_source",
    "journey_case",
    "case_status_change",
    "contact",
    "inbox",
    "dead_letter",
)


@pytest.fixture(scope="module", params=CARRIERS)
async def carried(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Trial, Carrier]]:
    """One installation for the tests of this module, on each form of the transport."""
    with passable_folder() as folder, carried_by(request.param, folder) as carrier:
        async with mail_server(folder / "mails.jsonl") as mails:
            stack = RunningStack(folder, settings(mails, carrier))
            try:
                await stack.start()
                yield Trial(stack, mails, carrier.servers), carrier
            finally:
                await stack.stop()


def settings(mails: MailLedger, carrier: Carrier) -> dict[str, str]:
    """A channel and a carrier."""
    return {"HANDOFF_SMTP_URL": mails.url, "HANDOFF_SMTP_FROM": "handoff@dealer.example", **carrier.settings}


async def test_poison_among_good_stops_nobody(carried: tuple[Trial, Carrier]) -> None:
    """Records of events that are not there: dead letters after three tries; the same customers' others are handled."""
    trial, _ = carried

    async def poison() -> None:
        await pause(1.0)
        async with trial.stack.database() as connection:
            for number in range(3):
                trial.poison.add(record_id := f"poison-{number}")
                await connection.execute(
                    "insert into outbox (dealer_id, topic, key, record_id, type, source, occurred_at, payload)"
                    " values ($1, 'handoff.tasks.v1', $2, $3, 'handoff.task.accepted.v1', '/poison', now(), $4)",
                    DEALER,
                    f"{DEALER}/C-regular-{number}",
                    record_id,
                    json.dumps({"type": "handoff.task.accepted.v1", "task": {"task_id": "nowhere"}}),
                )

    await trial.run(4, SECONDS, poison())
    await trial.prove()


async def test_everything_once_more_has_no_new_effect(carried: tuple[Trial, Carrier]) -> None:
    """Positions back to the beginning: every record comes again, and nothing comes of it."""
    trial, carrier = carried
    if not trial.ledger.path.exists():
        await trial.run(5, SECONDS, pause(0))
    async with trial.stack.database() as connection:
        before, mails = await effects(connection), trial.mails and trial.mails.taken
        await _rewind(trial.stack, connection)
        await trial.stack.ready()
        noted = {row["consumer"]: row["n"] for row in await connection.fetch(_NOTED)}
        await until(lambda: _repeated(trial.stack, noted), 60, "everything read once more")
        assert await effects(connection) == before
    assert trial.mails is None or trial.mails.taken == mails
    await trial.prove()
    assert not carrier.servers or trial.repeats >= noted["handoff-worker"]


_NOTED = "select consumer, count(*) as n from inbox group by 1"


async def effects(connection: asyncpg.Connection) -> dict[str, Any]:
    """What came of records so far, as one sum a table."""
    found = {}
    for table in EFFECTS:
        query = f"select count(*), sum(hashtextextended(t::text, 0)::numeric) from {table} t"
        found[table] = tuple(await connection.fetchrow(query))
    return found


async def _rewind(stack: RunningStack, connection: asyncpg.Connection) -> None:
    """Services that stopped find no position of theirs any more; over Kafka the relay finds none, and begins anew."""
    stopped = list(stack.processes().values())
    for process in stopped:
        process.suspend()
    await connection.execute("delete from consumer_position")
    for process in stopped:
        process.kill()


async def _repeated(stack: RunningStack, noted: dict[str, int]) -> bool:
    """Whether the services have met as many records again as they had handled."""
    async with stack.api() as api:
        counts = dict.fromkeys(noted, 0.0)
        for service in SERVICES:
            page = (await api.client.get(f"{stack.url(service)}/metrics")).text
            for line in page.splitlines():
                for consumer in noted:
                    if line.startswith(f'handoff_consumer_records_total{{consumer="{consumer}",outcome="repeated"}}'):
                        counts[consumer] += float(line.rpartition(" ")[2])
        return all(counts[consumer] >= noted[consumer] for consumer in noted)
