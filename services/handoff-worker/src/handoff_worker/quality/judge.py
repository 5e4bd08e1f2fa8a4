"""One pass of judging: the cases of some customers that are due, each customer's in one transaction with its answer."""

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import Final

import structlog
from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.quality.seen import load_seen
from handoff_worker.quality.store import store_moments
from handoff_worker.quality.tragic import publish_tragic
from shared.clock import Clock
from shared.db.bulk import in_keys, unnest_keys
from shared.db.engine import Database, lock_keys, record_key
from shared.db.prepared import Prepared, Row
from shared.db.schema import moment_due
from shared.db.watermark import BEHIND, Watermark
from shared.ids import CustomerKey
from shared.people.merged_customers import find_merged
from shared.playbook.ruleset.entries import Playbook
from shared.process.error_text import reason_of
from shared.process.isolation import bisect
from shared.quality.moment_rows import load_moments
from shared.quality.moments import judge
from shared.quality.stored_facts import Target, load_facts
from shared.quality.types import Cause

AT_ONCE: Final = 50
"""Rows of a transaction: enough to share statements."""
_ROUNDS: Final = 20
"""How often a pass looks again before it lets its process stop."""

_WAITING: Final = Prepared(
    select(moment_due.c.seq, moment_due.c.dealer_id, moment_due.c.customer_id)
    .where(moment_due.c.seq >= bindparam("low"))
    .order_by(moment_due.c.seq)
    .limit(AT_ONCE)
)
_TAKE: Final = Prepared(
    delete(moment_due)
    .where(moment_due.c.seq >= bindparam("low"), in_keys(moment_due.c.dealer_id, moment_due.c.customer_id))
    .returning(moment_due)
)
_AFFECTED: Final = Prepared(
    """
    select distinct m.dealer_id, m.customer_id, coalesce(m.case_id, '') as case_id
      from unnest(cast(:events as text[])) as given(event_id)
      join journey_event e on e.event_id = given.event_id
      join moment m on m.dealer_id = e.dealer_id and m.customer_id = e.customer_id and m.at >= e.occurred_at
     where m.at < coalesce((select min(n.occurred_at) from journey_event n
                             where n.dealer_id = e.dealer_id and n.customer_id = e.customer_id
                               and n.occurred_at > e.occurred_at), 'infinity')
        or (e.intent = 'live' and m.at <= e.occurred_at + interval '30 days')
    """
)
"""The cases with moments that a late event may bear upon: until the next event it is their step, for 30 days what the
customer has told before."""

_log = structlog.get_logger()


class Judging:
    """Judges what is due."""

    def __init__(self, database: Database, playbook: Playbook, clock: Clock) -> None:
        self._database = database
        self._playbook = playbook
        self._clock = clock
        self._watermark = Watermark(0, behind=BEHIND)
        self._seen = 0

    async def judge_due(self) -> int:
        """Judge the cases of customers that are due; answers how many customers. One that fails holds up no other.

        It fails only by a fault of ours: it is logged, and `handoff verify` shows what it left as drift.
        """
        done = 0
        for _ in range(_ROUNDS):
            waiting = await self._find_due()
            customers = sorted({(row.dealer_id, row.customer_id) for row in waiting})
            low = waiting[0].seq if waiting else 0
            await bisect("moments", customers, partial(self._judge, low), partial(self._give_up, low))
            done += len(customers)
            if len(waiting) < AT_ONCE:
                break
        return done

    async def _find_due(self) -> Sequence[Row]:
        async with self._database.look() as connection:
            rows = await _WAITING.rows(connection, {"low": self._watermark.low()})
        self._watermark.passed(rows[0].seq if rows else self._seen)
        self._seen = rows[-1].seq + 1 if rows else self._seen
        return rows

    async def _judge(self, low: int, customers: Sequence[CustomerKey]) -> None:
        """Judge the cases of customers of whom nothing waits below `low`."""
        async with self._database.transaction() as connection:
            causes = await _take(connection, low, customers)
            facts = await load_facts(connection, self._playbook, causes)
            stored = await load_moments(connection, causes)
            seen = await load_seen(connection, facts.values(), stored)
            judged = [one for case in facts.values() for one in judge(case, seen)]
            now = self._clock()
            became_tragic = await store_moments(connection, judged, seen, stored, causes, now)
            await publish_tragic(connection, became_tragic, now)

    async def _give_up(self, low: int, customer: CustomerKey, error: Exception) -> None:
        dealer_id, _ = customer
        _log.error("moments_not_judged", dealer=dealer_id, error=reason_of(error))
        async with self._database.transaction() as connection:
            await _take(connection, low, [customer])


async def _take(connection: AsyncConnection, low: int, customers: Collection[CustomerKey]) -> dict[Target, Cause]:
    """The cases that are due, and others they bear upon, each with its newest cause; this pass alone judges them."""
    merged = await find_merged(connection, customers)
    current = {key: (key[0], merged.get(key, key[1])) for key in customers}
    await lock_keys(connection, [f"moments:{record_key(*key)}" for key in current.values()])
    rows = await _TAKE.rows(connection, {"low": low, **unnest_keys(customers)})
    events = sorted({row["event_id"] for row in rows if row["event_id"]})
    causes: dict[Target, Cause] = {}
    for row in sorted(rows, key=lambda one: one["seq"]):
        target = *current[row["dealer_id"], row["customer_id"]], row["case_id"] or ""
        causes[target] = Cause(row["cause_kind"], row["cause_id"])
    for target in await _affected(connection, events):
        causes.setdefault(target, Cause("event", events[-1]))
    return causes


async def _affected(connection: AsyncConnection, events: Sequence[str]) -> Iterable[Target]:
    if not events:
        return ()
    rows = await _AFFECTED.rows(connection, {"events": list(events)})
    return [(row.dealer_id, row.customer_id, row.case_id) for row in rows]
