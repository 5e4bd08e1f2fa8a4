"""Sending: attempts, retries, what nobody knows, two senders at once, and no transaction open meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from harness.names import REPAIR_STATUS_CHANGED, REPAIR_VEHICLE
from harness.stepped_services import SteppedServices
from notifier.channels.channel import Accepted, Outbound, SendingFailed, TryLater, Undeliverable
from notifier.context import NotifierContext
from notifier.dispatch.attempts import LEASE
from notifier.dispatch.claim import claim_due
from shared.db.engine import Database
from shared.db.schema import contact, notification

pytestmark = pytest.mark.database

CLAIMED = text("select status, attempt_count from notification")


class Scripted:
    """A channel that does what the script says, then accepts."""

    provider = "scripted"
    accepted_is_delivered = True

    def __init__(self, *script: Exception) -> None:
        self.script = list(script)
        self.sent: list[Outbound] = []

    async def send(self, message: Outbound) -> Accepted:
        """Fail as scripted, else accept."""
        self.sent.append(message)
        if self.script:
            raise self.script.pop(0)
        return Accepted("ref", "250")

    async def close(self) -> None:
        """Nothing to let go of."""


@dataclass
class Flickering:
    """The database, away for so many of the next transactions."""

    inner: Database
    away: int = 0

    @asynccontextmanager
    async def transaction(self, dealers: str = "*") -> AsyncIterator[AsyncConnection]:
        """One that begins only while the database is there."""
        if self.away:
            self.away -= 1
            raise ConnectionRefusedError("away")
        async with self.inner.transaction(dealers) as connection:
            yield connection


async def queue_status(services: SteppedServices) -> None:
    """A queued message about a repair, whose case is known."""
    await services.open_dealer()
    await services.add_customer()
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.route()
    await services.notify()


async def test_an_accepted_mail_is_delivered(services: SteppedServices) -> None:
    await queue_status(services)
    await services.deliver()
    assert await services.statuses("STATUS") == [("email", "delivered")]
    assert await services.attempts() == [(1, "delivered", "250")]
    assert await services.deliver() == 0


async def test_a_passing_refusal_is_retried_with_growing_delays(services: SteppedServices) -> None:
    await queue_status(services)
    services.mail.behaviour.extend(["451", "451", "451"])
    await services.deliver()
    assert await services.attempts() == [(1, "temp_failed", "451"), (2, "temp_failed", "451")]
    services.real.advance(timedelta(seconds=23))
    assert await services.deliver() == 0
    services.real.advance(timedelta(seconds=14))
    assert await services.deliver() == 1
    services.real.advance(timedelta(seconds=95))
    assert await services.deliver() == 0
    services.real.advance(timedelta(seconds=50))
    assert await services.deliver() == 1
    assert [status for _, status, _ in await services.attempts()] == ["temp_failed"] * 3 + ["delivered"]


async def test_after_the_last_retry_the_next_channel_is_tried(services: SteppedServices) -> None:
    await queue_status(services)
    await services.change_customer(
        channels=[
            {"kind": "email", "address": "ana@example.pt", "verified": True},
            {"kind": "telephone", "address": "+351210000001", "verified": True},
        ]
    )
    services.channels["email"] = Scripted(*(TryLater("451") for _ in range(6)))
    for _ in range(7):
        await services.deliver()
        services.real.advance(timedelta(hours=2))
    assert await services.statuses("STATUS") == [("email", "failed"), ("telephone", "sent")]
    assert len(await services.attempts()) == 7
    assert [task["entry"] for task in await services.tasks("CALL")] == ["CALL"]


async def test_a_refusal_for_good_leaves_nobody_but_the_owner(services: SteppedServices) -> None:
    await queue_status(services)
    services.mail.behaviour.append("550")
    await services.deliver()
    rows = await services.notifications("STATUS")
    assert [(row["channel"], row["status"], row["code"]) for row in rows] == [
        ("email", "failed", "550"),
        (None, "failed", "no_channel"),
    ]
    assert len(await services.tasks("UNREACHABLE")) == 1


async def test_what_nobody_knows_is_repeated_once_and_only_once(services: SteppedServices) -> None:
    await queue_status(services)
    services.mail.behaviour.extend(["drop", "drop", "drop"])
    await services.deliver()
    assert await services.statuses("STATUS") == [("email", "unknown")]
    for _ in range(4):
        services.real.advance(timedelta(hours=2))
        await services.deliver()
    assert len(services.mail.accepted) == 2
    assert [status for _, status, _ in await services.attempts()] == ["unknown", "unknown"]
    assert len(await services.tasks("UNREACHABLE")) == 1


async def test_a_repeat_that_succeeds_ends_it(services: SteppedServices) -> None:
    await queue_status(services)
    services.mail.behaviour.append("drop")
    await services.deliver()
    services.real.advance(timedelta(minutes=1))
    await services.deliver()
    assert await services.statuses("STATUS") == [("email", "delivered")]
    assert [status for _, status, _ in await services.attempts()] == ["unknown", "delivered"]
    assert len(await services.rows(select(contact))) == 1


async def test_a_send_past_its_time_is_unknown(services: SteppedServices) -> None:
    await queue_status(services)
    services.mail.behaviour.append("hang")
    await services.send(replace(services.dispatcher(), send_timeout=timedelta(milliseconds=100)))
    assert await services.attempts() == [(1, "unknown", "timeout")]


async def test_an_error_of_the_channel_itself_is_unknown(services: SteppedServices) -> None:
    await queue_status(services)
    services.channels["email"] = Scripted(RuntimeError("a bug"))
    await services.deliver()
    assert await services.attempts() == [(1, "unknown", "error")]


async def test_a_crash_between_send_and_mark_repeats_at_most_once(services: SteppedServices) -> None:
    await queue_status(services)
    async with services.database.transaction() as connection:
        claimed = await claim_due(
            NotifierContext(connection, services.config, services.clock(), services.real()), {"email": 10}
        )
    await services.channels["email"].send(claimed.attempts[0].message)
    assert await services.deliver() == 0
    services.real.advance(LEASE)
    await services.deliver()
    assert await services.statuses("STATUS") == [("email", "unknown")]
    for _ in range(3):
        services.real.advance(timedelta(minutes=5))
        await services.deliver()
    assert await services.statuses("STATUS") == [("email", "delivered")]
    assert len(services.mail.accepted) == 2


async def test_an_outcome_outlasts_an_outage_and_nothing_is_sent_again(services: SteppedServices) -> None:
    await queue_status(services)
    flickering = Flickering(services.database)
    dispatcher = replace(services.dispatcher(), database=cast(Database, flickering))

    async def go_away() -> None:
        flickering.away = 3

    services.mail.during_data = go_away
    await dispatcher.step()
    await dispatcher.finish()
    assert flickering.away == 0
    assert await services.statuses("STATUS") == [("email", "delivered")]
    services.real.advance(2 * LEASE)
    assert await services.deliver() == 0
    assert len(services.mail.accepted) == 1


async def test_a_late_word_of_the_first_sender_calls_off_the_repeat(services: SteppedServices) -> None:
    await queue_status(services)
    begun, released = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        begun.set()
        await released.wait()

    services.mail.during_data = wait
    slow = services.dispatcher()
    await slow.step()
    await begun.wait()
    services.real.advance(LEASE)
    await services.deliver()
    assert await services.statuses("STATUS") == [("email", "unknown")]
    released.set()
    await slow.finish()
    assert await services.statuses("STATUS") == [("email", "delivered")]
    services.real.advance(timedelta(hours=2))
    assert await services.deliver() == 0


async def test_two_senders_never_send_one_attempt_twice(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    for _ in range(10):
        await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.route()
    await services.notify()
    senders = [services.dispatcher() for _ in range(3)]
    while sum(await asyncio.gather(*(sender.step() for sender in senders))):
        await asyncio.gather(*(sender.finish() for sender in senders))
    assert len(services.mail.to("ana@example.pt")) == 10
    assert {status for _, status in await services.statuses("STATUS")} == {"delivered"}


async def test_no_transaction_is_open_while_sending(services: SteppedServices) -> None:
    await queue_status(services)
    found: list[int] = []

    async def look() -> None:
        async with services.database.transaction() as connection:
            open_transactions = (
                "select count(*) from pg_stat_activity where datname = current_database()"
                " and pid <> pg_backend_pid() and state like 'idle in transaction%'"
            )
            found.append(await connection.scalar(text(open_transactions)))

    services.mail.during_data = look
    await services.deliver()
    assert found
    assert set(found) == {0}


async def test_what_is_closed_meanwhile_is_not_retried(services: SteppedServices) -> None:
    await queue_status(services)
    services.mail.behaviour.extend(["451", "451"])
    await services.deliver()
    await services.close_cases()
    services.real.advance(timedelta(hours=1))
    assert await services.deliver() == 0
    assert await services.statuses("STATUS") == [("email", "withdrawn")]


async def test_one_message_without_words_does_not_hold_up_the_others(services: SteppedServices) -> None:
    await queue_status(services)
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.route()
    await services.notify()
    async with services.database.transaction() as connection:
        broken = select(notification.c.notification_id).where(notification.c.message == "STATUS").limit(1)
        params = text(
            "update notification set params = jsonb_set(params, '{about,happened_at}', '\"never\"')"
            " where notification_id = :id"
        )
        await connection.execute(params, {"id": await connection.scalar(broken)})
    await services.deliver()
    rows = await services.notifications("STATUS")
    assert sorted((row["status"], row["code"]) for row in rows) == [("delivered", "250"), ("failed", "no_words")]


@pytest.mark.parametrize("failure", [Undeliverable("x"), TryLater("x")])
def test_a_failure_carries_its_code(failure: SendingFailed) -> None:
    assert failure.code == "x"
