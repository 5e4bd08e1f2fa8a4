"""Timers as rows: read, locked, and stored with their history and what is due of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, cast

from pydantic_core import to_json
from sqlalchemy import Boolean, Column, RowMapping, Select, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import bulk_values, in_keys, insert_all, unnest_keys, update_all
from shared.db.prepared import Prepared
from shared.db.schema import sla_timer, sla_timer_event
from shared.db.schema.columns import in_list
from shared.db.write_group import WriteOfParts
from shared.ids import CaseKey
from shared.messaging.postgres.pg_notify import notify_due
from shared.sla.deadlines import fires_before
from shared.sla.store.policy_documents import policy_row
from shared.sla.store.timer_columns import changing_columns, from_row, policy_keys, to_row
from shared.sla.store.timer_policies import STORE_POLICIES, load_timer_policies, policy_rows
from shared.sla.types import DueAction, Timer, TimerChanges, TimerEvent, TimerTransition

LIVE_STATES: Final = ("running", "paused")
LIVE: Final = literal_column(f"(sla_timer.state in ({in_list(LIVE_STATES)}))", Boolean)
"""The timers that may still change."""

_DUE: Final = "dealer_id, kind, subject_id, cycle, revision, threshold, fire_at"
_DUE_PARTS: Final = {
    "timers_due": f"select {_DUE} from {bulk_values('timer_due')}",
    "policies": STORE_POLICIES,
    "stored_due": f"""
      insert into timer_due ({_DUE}) select {_DUE} from timers_due
      on conflict (subject_id, cycle, threshold, kind, dealer_id) do update
         set revision = excluded.revision, fire_at = excluded.fire_at
       where (timer_due.revision, timer_due.fire_at) is distinct from (excluded.revision, excluded.fire_at)
    """,
}
"""What stays as it is is not written again. Policies come along: a statement of their own would cost a round trip."""
_NOT_DUE: Final = """
      delete from timer_due d
       where d.subject_id = any(cast(:old as text[])) and d.kind = 'timer'
         and (d.subject_id, d.cycle, d.threshold) not in (select subject_id, cycle, threshold from timers_due)
"""
_STORE_DUE: Final = WriteOfParts(_DUE_PARTS, kinds={"timer_due": {"timer"}})
"""Of timers that are all new."""
_MOVE_DUE: Final = WriteOfParts({**_DUE_PARTS, "timers_not_due": _NOT_DUE}, kinds={"timer_due": {"timer"}})


class _Queries:
    """The statements that read the timers of which a column is among those wanted."""

    def __init__(self, column: Column[Any]) -> None:
        every = select(sla_timer).where(in_keys(sla_timer.c.dealer_id, column))
        self.every = Prepared(every)
        self.held = Prepared(every.where(LIVE).order_by(sla_timer.c.timer_id).with_for_update())
        self.ended = Prepared(every.where(~LIVE))


_OF_CASES: Final = _Queries(sla_timer.c.case_id)
_OF_TASKS: Final = _Queries(sla_timer.c.task_id)


async def timers_of_rows(connection: AsyncConnection, rows: Sequence[RowMapping]) -> list[Timer]:
    """The timers that whole rows of `sla_timer` hold, in their order. Raises KeyError where a policy is not stored."""
    found = cast(Sequence[Mapping[str, Any]], rows)
    policies = await load_timer_policies(connection, {key for row in found for key in policy_keys(row)})
    return [from_row(row, policies) for row in found]


async def read_timers(
    connection: AsyncConnection, query: Select[Any], parameters: Mapping[str, Any] | None = None
) -> list[Timer]:
    """The timers of a query of whole rows of `sla_timer`, in its order."""
    return await timers_of_rows(connection, (await connection.execute(query, parameters)).mappings().all())


async def load_timers(
    connection: AsyncConnection,
    *,
    cases: Collection[CaseKey] = (),
    tasks: Collection[CaseKey] = (),
    lock: bool = False,
) -> list[Timer]:
    """All timers of these cases (and of their tasks), and of these tasks, oldest first; keys are (dealer, id).

    With `lock` the live ones are this transaction's to change, and what is due of them with them: the tick passes
    over timers that somebody holds.
    """
    timers: list[Timer] = []
    for queries, wanted in ((_OF_CASES, cases), (_OF_TASKS, tasks)):
        for query in (queries.held, queries.ended) if lock else (queries.every,):
            if wanted:
                timers += await timers_of_rows(connection, await query.rows(connection, unnest_keys(wanted)))
    return sorted({timer.timer_id: timer for timer in timers}.values(), key=lambda one: (one.started_at, one.timer_id))


Change = TimerChanges | TimerTransition
"""What came of a fact, or of one transition of one timer."""


def touched(change: Change) -> tuple[Timer, ...]:
    """The timers a change leaves otherwise than it found them."""
    return (change.timer,) if isinstance(change, TimerTransition) else (*change.created, *change.changed)


async def store_changes(connection: AsyncConnection, changes: Sequence[Change], now: datetime) -> None:
    """Write timers, their history and what is due of them next; a few statements however many there are.

    Of several changes of one timer the last says how it stands and what is due; it keeps the policy it was created
    with, unless it was corrected. What was due before `now` is due now: the tick does not look for news among what it
    has long left behind, and who fires a timer reckons what else of it is due.
    """
    timers = {timer.timer_id: timer for change in changes for timer in touched(change)}
    if not timers:
        return
    new = {timer.timer_id for change in changes if isinstance(change, TimerChanges) for timer in change.created}
    await insert_all(connection, sla_timer, [to_row(timers[name]) for name in timers if name in new])
    old = [{"timer_id": name, **changing_columns(timer)} for name, timer in timers.items() if name not in new]
    await update_all(connection, sla_timer, old)
    corrected = {event.timer_id for change in changes for event in change.events if event.action == "corrected"} - new
    policies = [
        {"timer_id": name, "policy_id": policy_row(timers[name].policy)["policy_id"]}
        for name in timers
        if name in corrected
    ]
    await update_all(connection, sla_timer, policies)
    named = policy_rows(timer for name, timer in timers.items() if name in new or name in corrected)
    dealers = {name: timer.dealer_id for name, timer in timers.items()}
    events = [event for change in changes for event in change.events]
    await insert_all(connection, sla_timer_event, [event_row(event, dealers[event.timer_id]) for event in events])
    due = [due_row(row, dealers[row.timer_id], now) for row in _next_due(changes)]
    rows = {"rows": to_json(due).decode(), "policies": to_json(named).decode()}
    await (_MOVE_DUE if old else _STORE_DUE).run(connection, {"old": [row["timer_id"] for row in old], **rows})
    await notify_due(connection, (row["fire_at"] for row in due), now)


def _next_due(changes: Iterable[Change]) -> list[DueAction]:
    due: dict[str, DueAction | None] = {}
    for change in changes:
        due |= {timer.timer_id: None for timer in touched(change)}
        for row in change.due:
            first = due[row.timer_id]
            due[row.timer_id] = row if first is None or fires_before(row, first) else first
    return [row for row in due.values() if row is not None]


def event_row(event: TimerEvent, dealer_id: str) -> dict[str, Any]:
    """A line of a timer's history as a row of `sla_timer_event`."""
    return {
        "timer_id": event.timer_id,
        "dealer_id": dealer_id,
        "cycle": event.cycle,
        "revision": event.revision,
        "at": event.at,
        "action": event.action,
        "threshold": event.threshold,
        "from_state": event.from_state,
        "to_state": event.to_state,
        "cause": event.cause,
        "trace": event_trace(event),
    }


def event_trace(event: TimerEvent) -> dict[str, Any]:
    """What a history line keeps beside its columns, as JSON; what says nothing is left out."""
    trace: dict[str, Any] = {}
    if event.step is not None:
        trace["step"] = event.step
    if event.on_attach:
        trace["on_attach"] = True
    if event.at_stop:
        trace["at_stop"] = True
    if event.detail is not None:
        trace["detail"] = event.detail
    if event.owner is not None:
        trace["owner"] = asdict(event.owner)
    if event.pauses is not None:
        trace["pauses"] = [[at.isoformat() if at else None for at in pause] for pause in event.pauses]
    return trace


def due_row(row: DueAction, dealer_id: str, now: datetime) -> dict[str, Any]:
    """What is due of a timer as a row of `timer_due`; what was due before `now` is due now."""
    return {
        "dealer_id": dealer_id,
        "kind": "timer",
        "subject_id": row.timer_id,
        "cycle": row.cycle,
        "revision": row.revision,
        "threshold": row.threshold,
        "fire_at": max(row.fire_at, now),
    }
