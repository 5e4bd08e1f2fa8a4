"""Proofs about channels tried one after another: the next one only where it should be, and then always."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import asyncpg
from provider_behaviours import NOBODY, WAIT, Behaviour
from unreliable_gateways import UnreliableGateway

PATIENCE = {"sms": timedelta(minutes=10), "whatsapp": timedelta(minutes=30)}
"""How long a channel has to show a delivery, domain time."""


async def prove_chains(connection: asyncpg.Connection, behaviours: Mapping[str, Behaviour]) -> None:
    """Every customer was tried by the channels of the behaviour and no others, each with the end it should have."""
    rows = await connection.fetch(
        """
        select customer_id, coalesce(channel, $1) as channel, status from notification
         where message = 'STATUS' order by created_at
        """,
        NOBODY,
    )
    tried: dict[str, list[tuple[str, str]]] = {customer_id: [] for customer_id in behaviours}
    for row in rows:
        tried[row["customer_id"]].append((row["channel"], row["status"]))
    wrong = {who: found for who, found in tried.items() if tuple(found) != behaviours[who].ends}
    assert not wrong, wrong


async def prove_accepted_once(
    connection: asyncpg.Connection, taken: Sequence[str], behaviours: Mapping[str, Behaviour]
) -> int:
    """Nobody was handed to two channels, save where the first failed or showed no delivery while one waited for it.

    `taken`: the attempts that providers took. Answers for how many they took two.
    """
    rows = await connection.fetch(
        """
        select n.customer_id, n.channel, n.status, n.code, a.attempt_id, a.at, n.updated_at from notification n
          join notification_attempt a using (notification_id) where n.message = 'STATUS' and a.attempt_id = any($1)
         order by n.created_at
        """,
        list(taken),
    )
    held = Counter(row["customer_id"] for row in rows)
    left = held.copy()
    for row in rows:
        left[row["customer_id"]] -= 1
        if not left[row["customer_id"]]:
            continue
        behaviour = behaviours[row["customer_id"]]
        assert row["status"] == "failed", dict(row)
        if behaviour.shows_no_delivery:
            assert row["code"] == "no_delivery", dict(row)
            assert row["updated_at"] - row["at"] >= PATIENCE[row["channel"]], dict(row)
        else:
            assert "failed" in behaviour.told, dict(row)
    return sum(count > 1 for count in held.values())


def prove_waits(gateways: Iterable[UnreliableGateway]) -> None:
    """Whoever was put off was not sent again before it was time, and then was."""
    for gateway in gateways:
        assert gateway.put_off
        for number, since in gateway.put_off.items():
            (taken,) = [one for one in gateway.ledger if one.to == number]
            assert taken.at - since >= timedelta(seconds=WAIT), number


async def prove_unreachable(connection: asyncpg.Connection, behaviours: Mapping[str, Behaviour]) -> None:
    """Who was reached by nothing is marked, with a task for somebody, and nobody else is."""
    lost = {who for who, behaviour in behaviours.items() if behaviour.ends[-1][1] == "failed"}
    marked = await connection.fetch("select customer_id from customer where unreachable")
    tasks = await connection.fetch("select customer_id from task where entry = 'UNREACHABLE'")
    assert lost
    assert sorted(lost) == sorted(row["customer_id"] for row in marked) == sorted(row["customer_id"] for row in tasks)
