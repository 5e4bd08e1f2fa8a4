"""Proofs about messages: what was sent arrived, at most twice; what was not sent did not; nothing is told twice."""

from collections import Counter
from collections.abc import Collection, Sequence

import asyncpg
from event_mix import kind_of
from mail_ledger import Mail


async def prove_mails(
    connection: asyncpg.Connection, mails: Sequence[Mail], given_up: Collection[str] = frozenset()
) -> int:
    """Compare what servers took with notifications and attempts; answers how many were sent once more.

    `given_up`: attempts of which a server said, after it took them, that it could not deliver.
    """
    rows = await connection.fetch(
        """
        select n.notification_id, n.status, n.next_attempt_wall_clock_at, n.address, n.scheduled_for,
               coalesce(array_agg(a.attempt_id order by a.number) filter (where a.attempt_id is not null), '{}') as ids,
               coalesce(array_agg(a.status order by a.number) filter (where a.attempt_id is not null), '{}') as ends
          from notification n left join notification_attempt a using (notification_id)
         group by 1
        """
    )
    arrived = Counter(mail.attempt_id for mail in mails)
    assert max(arrived.values(), default=0) <= 1, "an attempt was handed over twice"
    known = {attempt: row for row in rows for attempt in row["ids"]}
    assert not arrived.keys() - known.keys(), "mails of no attempt"
    again = 0
    for row in rows:
        _prove_settled(row)
        taken = [attempt for attempt in row["ids"] if arrived[attempt]]
        ends = dict(zip(row["ids"], row["ends"], strict=True))
        assert all(arrived[attempt] for attempt, end in ends.items() if end in ("accepted", "delivered", "read")), dict(
            row
        )
        untaken = [attempt for attempt, end in ends.items() if end.endswith("_failed") and attempt not in given_up]
        assert not any(arrived[attempt] for attempt in untaken), dict(row)
        if row["status"] in ("sent", "delivered", "read"):
            assert 1 <= len(taken) <= 2, dict(row)
        again += len(taken) > 1
    return again


def _prove_settled(row: asyncpg.Record) -> None:
    assert row["status"] in ("sent", "delivered", "read", "failed", "withdrawn", "unknown", "held"), dict(row)
    assert row["next_attempt_wall_clock_at"] is None, dict(row)
    if row["status"] == "withdrawn":
        assert not row["ids"] or set(row["ends"]) <= {"unknown", "temp_failed"}, dict(row)


async def prove_addresses(connection: asyncpg.Connection, mails: Sequence[Mail]) -> None:
    """Every mail went to the address its notification names."""
    rows = await connection.fetch(
        "select a.attempt_id, n.address from notification_attempt a join notification n using (notification_id)"
    )
    address = {row["attempt_id"]: row["address"] for row in rows}
    assert [mail for mail in mails if address[mail.attempt_id] != mail.recipient] == []


async def prove_told_once(connection: asyncpg.Connection) -> None:
    """No obligation has two messages on one channel, none reached its person by two.

    A channel that left open twice whether it took the message is followed by the next, or by word that none is left.
    """
    twice = await connection.fetch(
        """
        select dealer_id, message, coalesce(customer_id, staff_id, params->>'mailbox') as who, params->>'key' as key,
               params->>'cycle' as cycle, array_agg(channel || ' ' || status) as messages from notification
         group by 1, 2, 3, 4, 5
        having count(channel) > count(distinct channel) or count(*) > count(distinct coalesce(channel, ''))
            or count(*) filter (where status in ('sent', 'delivered', 'read')) > 1
        """
    )
    assert not twice, twice[:3]


async def prove_told(connection: asyncpg.Connection) -> None:
    """Every e-mail of a customer was acknowledged once; every breach that fired was told to owner and manager."""
    rows = await connection.fetch(
        """
        select e.customer_id, count(n.notification_id) as acks from journey_event e
          left join notification n on n.message = 'ACK' and n.params->>'key' = e.event_id and n.channel = 'email'
                                  and n.status in ('delivered', 'unknown')
         where e.intent = 'live' group by e.event_id, e.customer_id
        """
    )
    wrong = [dict(row) for row in rows if row["acks"] != (kind_of(row["customer_id"]) == "mail")]
    assert not wrong, wrong[:3]
    untold = await connection.fetch(
        """
        select o.payload->>'timer_id' as timer_id, o.payload->>'rule' as rule from outbox o
         where o.type = 'handoff.sla.breached.v1' and not (o.payload->>'at_stop')::boolean
           and not exists (select 1 from notification n where n.message = 'BREACHED'
                              and n.params #>> '{about,timer_id}' = o.payload->>'timer_id')
        """
    )
    assert not untold, untold[:3]
