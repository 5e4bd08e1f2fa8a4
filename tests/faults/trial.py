"""A trial: a load on a running installation, a fault beside it, and afterwards the proof that nothing went wrong."""

import asyncio
import math
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from event_mix import BATCH_SIZE, plan_posts, writing_customers
from expected_tasks import Act
from feed_reader import FeedReader
from load_client import Ledger, LoadClient
from load_dealer import RECORD, open_dealer
from mail_ledger import MailLedger
from people import People
from proofs_of_clocks import prove_escalations, prove_offers, prove_thresholds
from proofs_of_events import prove_events, prove_feeds, prove_histories, prove_inboxes, prove_tasks
from proofs_of_messages import prove_addresses, prove_mails, prove_told, prove_told_once
from proofs_of_rebuilding import prove_no_drift
from proofs_of_topics import prove_topics
from quiescence import until_quiet
from running_stack import RunningStack

EACH_SECOND = 25
QUIET_WITHIN = 240.0
_FEED_WITHIN = 60.0


@dataclass
class Trial:
    """Loads one after another on one installation; the proof is over all of them."""

    stack: RunningStack
    mails: MailLedger | None = None
    servers: str = ""
    """The brokers, where the records travel over Kafka."""
    repeats: int = 0
    """How many messages the brokers have more than once."""
    poison: set[str] = field(default_factory=set)
    """The ids of records that nobody can handle."""
    record: Mapping[str, Any] = field(default_factory=lambda: RECORD)
    """The dealer."""
    quiet_within: float = QUIET_WITHIN
    batch_size: int = BATCH_SIZE
    """Events of a request that holds many."""
    ledger: Ledger = field(init=False)
    accepted: set[str] = field(default_factory=set)
    completed: dict[str, str | None] = field(default_factory=dict)
    cursors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.stack.folder / "ledger.jsonl")

    async def run(
        self,
        seed: int,
        seconds: int,
        fault: Coroutine[Any, Any, None],
        each_second: int = EACH_SECOND,
        within: float = math.inf,
    ) -> int:
        """Load the installation for so long with the fault beside it, then wait until nothing is left to do.

        Answers how many events were posted: fewer than planned where some had no turn `within` so many seconds.
        """
        posts = plan_posts(seed, seconds * each_second, self.batch_size)
        async with self.stack.api() as api, asyncio.TaskGroup() as group:
            await open_dealer(api, writing_customers(posts), self.record)
            people = People(api, self.accepted, self.completed)
            reader = FeedReader(api, (await api.get("/v1/tasks"))["feed_cursor"], self.cursors)
            reading, ending = group.create_task(reader.run()), asyncio.Event()
            working = group.create_task(people.run(ending))
            failing = group.create_task(fault)
            client = LoadClient(api, self.ledger)
            await client.run(posts, each_second, within)
            await failing
            ending.set()
            await working
            await until_quiet(self.stack, self.quiet_within)
            await reader.until_read((await api.get("/v1/tasks"))["feed_cursor"], _FEED_WITHIN)
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading
        return client.posted

    async def prove(self) -> None:
        """Every guarantee, by the tests' own reckoning."""
        words = self.ledger.by_word()
        assert not words["unknown"] | words["sent"]
        async with self.stack.database() as connection:
            await prove_events(connection, words["ok"], words["rejected"], self.poison)
            assert await prove_tasks(connection, await self._acts(connection))
            await prove_histories(connection)
            assert await prove_thresholds(connection)
            await prove_escalations(connection)
            assert await prove_offers(connection)
            await prove_told_once(connection)
            if self.mails is not None:
                await self._prove_mails(connection, self.mails)
            followed = await prove_feeds(connection, self.poison)
            await prove_inboxes(connection)
            if self.servers:
                self.repeats = await prove_topics(connection, self.servers)
        await prove_no_drift((self.stack.folder / "data/database-url").read_text().strip())
        assert len(self.cursors) == len(set(self.cursors)) == followed

    async def _prove_mails(self, connection: asyncpg.Connection, ledger: MailLedger) -> None:
        taken = ledger.mails()
        await prove_mails(connection, taken)
        await prove_addresses(connection, taken)
        await prove_told(connection)

    async def _acts(self, connection: asyncpg.Connection) -> dict[str, Act]:
        """What people did, by customer; the tables agree with what they were answered."""
        rows = await connection.fetch(
            "select task_id, customer_id, entry, status from task where first_accepted_at is not null"
        )
        assert {row["task_id"] for row in rows} == self.accepted
        assert {row["task_id"] for row in rows if row["status"] == "completed"} == self.completed.keys()
        return {
            row["customer_id"]: Act(row["entry"], row["task_id"] in self.completed, self.completed.get(row["task_id"]))
            for row in rows
        }
