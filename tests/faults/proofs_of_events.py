"""Proofs about events, tasks and feeds: nothing lost, nothing twice, nothing from nothing. SQL of the tests' own."""

from collections.abc import Set as AbstractSet

import asyncpg
from expected_tasks import Act, expect, stored
from quiescence import CONSUMED

Keys = AbstractSet[tuple[str, str]]


async def prove_events(connection: asyncpg.Connection, ok: Keys, rejected: Keys, poison: AbstractSet[str]) -> None:
    """Every accepted event is stored once and routed once, no refused one is; only poison is dead."""
    rows = await connection.fetch(
        """
        select e.source, e.id, count(r.event_id) as routings, min(r.state) as state
          from journey_event e left join routing r on r.event_id = e.event_id
         group by e.source, e.id, e.event_id
        """
    )
    found = [(row["source"], row["id"]) for row in rows]
    assert len(found) == len(set(found)), "an event is stored twice"
    assert set(found) == ok, f"lost {ok - set(found)}, from nothing {set(found) - ok}"
    assert not rejected & set(found)
    wrong = [dict(row) for row in rows if (row["routings"], row["state"]) != (1, "routed")]
    assert not wrong, wrong
    dead = await connection.fetch("select record_id, topic, reason from dead_letter")
    assert {row["record_id"] for row in dead} == poison, dead[:3]


async def prove_tasks(connection: asyncpg.Connection, acts: dict[str, Act]) -> int:
    """The tasks are those expected, no two open ones are of one class; answers how many there are."""
    expected, suggestions = await expect(connection, acts)
    found, suggested = await stored(connection)
    assert found == expected, f"missing {expected - found}, too many {found - expected}"
    assert suggested == suggestions
    twice = await connection.fetch(
        """
        select dealer_id, case_id, merge_key, count(*) from task
         where status in ('offered', 'accepted', 'waiting', 'open', 'acknowledged')
         group by 1, 2, 3 having count(*) > 1
        """
    )
    assert not twice, twice[:3]
    cases = await connection.fetch(
        "select customer_id, count(*) from journey_case where status = 'open' group by 1 having count(*) > 1"
    )
    assert not cases, cases[:3]
    return found.total()


async def prove_histories(connection: asyncpg.Connection) -> None:
    """A task's history has a row for each of its versions; the last tells its present state."""
    broken = await connection.fetch(
        """
        select t.task_id, t.version, t.status, h.* from task t
          left join (select task_id, array_agg(greatest(version, 1) order by version) as versions,
                            (array_agg(to_status order by version desc))[1] as last
                       from task_event group by task_id) h using (task_id)
         where h.last is distinct from t.status
            or not h.versions @> (select array_agg(n) from generate_series(1, t.version) n)
            or exists (select 1 from unnest(h.versions) n where n > t.version)
        """
    )
    assert not broken, broken[:3]


async def prove_feeds(connection: asyncpg.Connection, poison: AbstractSet[str]) -> int:
    """Positions of each feed run from 1 without a gap, and carry the records of the outbox, each once; how many."""
    gaps = await connection.fetch(
        """
        select dealer_id, stream, min(position), max(position), count(*) from feed group by 1, 2
        having min(position) <> 1 or max(position) <> count(*)
        """
    )
    assert not gaps, gaps[:3]
    differences = await connection.fetch(
        """
        select coalesce(f.digest, o.digest) as digest, f.times, o.times from
          (select f.type || md5(coalesce(f.data, o.payload)::text) as digest, count(*) as times
             from feed f left join outbox o using (seq) group by 1) f
          full join (select type || md5(payload::text) as digest, count(*) as times from outbox
                      where (type like 'handoff.task.%' or type like 'handoff.sla.%') and record_id <> all($1::text[])
                      group by 1) o using (digest)
         where f.times is distinct from o.times
        """,
        list(poison),
    )
    assert not differences, differences[:3]
    heads = await connection.fetch(
        "select 1 from feed_head h where position <> (select max(position) from feed f"
        " where f.dealer_id = h.dealer_id and f.stream = h.stream)"
    )
    assert not heads, heads[:3]
    return await connection.fetchval("select count(*) from feed where stream = 'task'")


async def prove_inboxes(connection: asyncpg.Connection) -> None:
    """Each consumer has noted exactly the records it makes something of, each once."""
    for consumer, condition in CONSUMED.items():
        noted, published = await connection.fetchrow(
            f"""
            select (select count(*) from inbox where consumer = $1),
                   (select count(distinct (source, record_id)) from outbox o where {condition})
            """,
            consumer,
        )
        assert noted == published, consumer
    twice = await connection.fetch("select source, record_id from outbox group by 1, 2 having count(*) > 1")
    assert not twice, twice[:3]
