"""The SQL of the PostgreSQL transport."""

from typing import Final

from sqlalchemy import text

from shared.db.prepared import Prepared

WANTED: Final = "topic = any(cast(:topics as text[])) and (type <> all(cast(:types as text[]))) is not true"
"""Of the topics, and of the types where any are named."""
_COLUMNS: Final = "seq, dealer_id, topic, key, record_id, type, source, occurred_at, event_id, payload, wall_clock_at"


def _rows(target: str, chosen: str) -> Prepared:
    """Chosen rows with their data as `text`, that of journey events joined in; a row of nulls when there are none."""
    return Prepared(f"""
    select t.target, r.seq, r.dealer_id, r.topic, r.key, r.record_id, r.type, r.source, r.occurred_at, r.event_id,
           coalesce(cast(r.payload as text), cast(j.data as text), '{{}}') as text,
           clock_timestamp() - r.wall_clock_at as waited
      from (select {target} as target) t
      left join lateral ({chosen} order by seq limit :limit) r on true
      left join journey_event j on r.payload is null and j.event_id = r.event_id
     order by r.seq
    """)


DIFFERENCE: Final = _rows(
    "cast(pg_current_snapshot() as text)",
    f"""
    with difference as materialized (
      select seq from outbox
       where xid >= cast(cast(:seen_end as text) as xid8)
         and xid < pg_snapshot_xmax(pg_current_snapshot())
         and {WANTED}
      union all
      select seq from outbox
       where xid = any(cast(cast(:seen_running as text[]) as xid8[]))
         and {WANTED}
    ), oldest as (
      select seq from difference order by seq limit :limit
    )
    select {_COLUMNS} from oldest join outbox using (seq)
    """,
)
"""Rows that became visible since a snapshot, and the snapshot that shows them: one statement sees one snapshot.

Materialized, so that no plan looks for the oldest of them along the numbers, through the whole table.
"""

REMAINDER: Final = _rows(
    "cast(:target as text)",
    f"""
    select {_COLUMNS} from outbox
     where seq > :after
       and case when not ({WANTED}) then false
                when pg_visible_in_snapshot(xid, cast(cast(:seen as text) as pg_snapshot)) then false
                when pg_visible_in_snapshot(xid, cast(cast(:target as text) as pg_snapshot)) then true
                else seq <= :restored and xid >= pg_snapshot_xmax(cast(cast(:target as text) as pg_snapshot))
           end
    """,
)
"""The next rows of a difference too large for one batch, by their number.

Most rows past that number are wanted, so reading along the numbers is right. The planner takes a row of conditions for
a rare case and would read everything to sort it; of one condition it thinks better.
"""

TAKE_LOCK: Final = Prepared("select pg_try_advisory_lock(:space, hashtext(:consumer))")

POSITION: Final = Prepared(
    """
    select p.snapshot, p.system_identifier, p.timeline,
           cast(c.system_identifier as text) as present_system,
           case when pg_is_in_recovery() then 0
                else cast(cast('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) as bit(32)) as int)
           end as present_timeline,
           cast(pg_current_snapshot() as text) as present,
           (select coalesce(max(seq), 0) from outbox) as last
      from pg_control_system() c
      left join consumer_position p on p.consumer = :consumer
    """
)
"""The stored position beside the identity of this server; its timeline changes when a standby is promoted."""

STORE: Final = Prepared(
    """
    insert into consumer_position (consumer, snapshot, system_identifier, timeline, wall_clock_at)
    values (:consumer, :snapshot, :system, :timeline, clock_timestamp())
    on conflict (consumer) do update
       set snapshot = excluded.snapshot, system_identifier = excluded.system_identifier,
           timeline = excluded.timeline, wall_clock_at = excluded.wall_clock_at
    """
)

SESSION: Final = text(
    """
    select set_config('app.dealers', '*', false), set_config('tcp_keepalives_idle', '5', false),
           set_config('tcp_keepalives_interval', '2', false), set_config('tcp_keepalives_count', '3', false),
           set_config('idle_session_timeout', '20s', false)
    """
)
"""Sees every dealer, and is dropped by the server within seconds when its client's machine is gone.

A reader asks every few hundred milliseconds, or passes a batch on to a broker for at most 15 s. One that is silent for
longer stands still, and its turn is another's.
"""
