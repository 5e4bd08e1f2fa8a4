"""A record that cannot be handled is set aside with its reason; the others go on; it can be replayed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from transport_probe import TransportProbe

from shared.messaging.bus import Record
from shared.messaging.dead_letters import DeadLetter, list_dead_letters, request_replay
from shared.vocabulary import TASKS_TOPIC

pytestmark = pytest.mark.database


class Picky:
    """Handles every record but the numbers it stumbles over."""

    def __init__(self, probe: TransportProbe, *poison: int) -> None:
        self.probe = probe
        self.poison = set(poison)
        self.tries_alone = 0

    async def __call__(self, connection: AsyncConnection, records: Sequence[Record]) -> None:
        await self.probe.act(connection, records)
        for record in records:
            if record.data["number"] in self.poison:
                self.tries_alone += len(records) == 1
                raise ValueError(f"number {record.data['number']}\nof somebody")

    async def on_dead(self, connection: AsyncConnection, record: Record, reason: str) -> None:
        await self.probe.act(connection, [record], who=reason)


async def _letters(probe: TransportProbe, dealers: str = "*", **page: Any) -> Sequence[DeadLetter]:
    async with probe.database.transaction(dealers) as connection:
        return await list_dead_letters(connection, **{"limit": 50, **page})


async def _ask_replay(probe: TransportProbe, letter: DeadLetter) -> None:
    async with probe.database.transaction() as connection:
        assert await request_replay(connection, letter.id, probe.clock())


async def test_a_poison_record_among_good_ones(probe: TransportProbe) -> None:
    picky = Picky(probe, 7)
    await probe.publish("C-1", *range(1, 11))
    await probe.publish("C-2", *range(11, 21))
    async with probe.consuming(handle=picky, on_dead=picky.on_dead):
        effects = await probe.until_effects(20)
    assert [number for customer, number in effects if customer == "C-1"] == list(range(1, 11))
    assert [number for customer, number in effects if customer == "C-2"] == list(range(11, 21))
    assert sorted(await probe.actors())[-1] == "ValueError: number 7", "only the hook for dead records acted on it"
    assert picky.tries_alone == 3


async def test_a_dead_letter_says_what_happened(probe: TransportProbe) -> None:
    picky = Picky(probe, 2)
    await probe.publish("C-1", 1, 2, 3)
    async with probe.consuming(handle=picky):
        await probe.until_effects(2)

        async def dead() -> bool:
            return len(await _letters(probe)) == 1

        await probe.until(dead)
    (letter,) = await _letters(probe)
    assert (letter.consumer, letter.topic, letter.key, letter.dealer_id) == (
        "worker",
        TASKS_TOPIC,
        "lisboa-01/C-1",
        "lisboa-01",
    )
    assert (letter.reason, letter.tries, letter.first_at, letter.last_at, letter.replay_at) == (
        "ValueError: number 2",
        3,
        probe.clock(),
        probe.clock(),
        None,
    )
    async with probe.database.transaction() as connection:
        told = (
            await connection.execute(
                text("select payload->>'reason' from outbox where topic = :topic"), {"topic": f"{TASKS_TOPIC}.dead"}
            )
        ).scalars()
        assert list(told) == ["ValueError: number 2"]


async def test_a_hook_that_fails_does_not_hold_the_others_up(probe: TransportProbe) -> None:
    async def broken(connection: AsyncConnection, record: Record, reason: str) -> None:
        raise LookupError("the hook's own fault")

    await probe.publish("C-1", 1, 2, 3)
    async with probe.consuming(handle=Picky(probe, 1), on_dead=broken):
        assert await probe.until_effects(2) == [("C-1", 2), ("C-1", 3)]
    assert [letter.reason for letter in await _letters(probe)] == ["ValueError: number 1"]


async def test_a_replay_has_its_effect_and_ends_the_dead_letter(probe: TransportProbe) -> None:
    picky = Picky(probe, 1)
    await probe.publish("C-1", 1, 2)
    async with probe.consuming(handle=picky):
        await probe.until_effects(1)
        (letter,) = await _letters(probe)
        picky.poison.clear()
        await _ask_replay(probe, letter)
        assert await probe.until_effects(2) == [("C-1", 2), ("C-1", 1)]
    assert await _letters(probe) == []


async def test_a_replay_that_fails_is_dead_again(probe: TransportProbe, clock: Any) -> None:
    await probe.publish("C-1", 1, 2)
    async with probe.consuming(handle=Picky(probe, 1)):
        await probe.until_effects(1)
        (before,) = await _letters(probe)
        clock.advance(timedelta(hours=1))
        await _ask_replay(probe, before)

        async def tried() -> bool:
            return (await _letters(probe))[0].tries == 6

        await probe.until(tried)
    (after,) = await _letters(probe)
    assert (after.id, after.first_at, after.last_at, after.replay_at) == (
        before.id,
        before.first_at,
        probe.clock(),
        None,
    )


async def test_the_list_pages_from_the_newest_and_shows_own_dealers_only(probe: TransportProbe) -> None:
    await probe.publish("C-1", *range(1, 6))
    async with probe.consuming(handle=Picky(probe, 1, 2, 3, 4)):
        await probe.until_effects(1)
    first = await _letters(probe, limit=3)
    second = await _letters(probe, limit=3, after=first[-1].id)
    assert [letter.reason[-1] for letter in (*first, *second)] == ["4", "3", "2", "1"]
    assert await _letters(probe, "porto-01") == []
    async with probe.database.transaction("porto-01") as connection:
        assert await request_replay(connection, first[0].id, probe.clock()) is None
