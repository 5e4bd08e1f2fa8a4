"""Telling the clocks: facts go in, timers and their records come out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.case_rows import touch_cases
from shared.identifiers import new_id
from shared.messaging import outbox
from shared.sla.casebook import advance, is_late
from shared.sla.facts import Fact
from shared.sla.policy import Policies
from shared.sla.values import Casebook, Changes, Timer
from shared.timers.due import update_due_times
from shared.timers.history import Standing, load_log, load_standing
from shared.timers.policies import load_policies
from shared.timers.records import sla_record
from shared.timers.rows import Change, load_timers, store_changes, touched

BookKey = tuple[str, str | None, str | None]
"""Dealer and case; for a fact of a task without a case, dealer and task."""


async def tell_clocks(connection: AsyncConnection, facts: Sequence[Fact], now: datetime) -> None:
    """Tell the clocks what happened, the facts of a case in their order, of as many customers as there are.

    The caller holds the lock of every customer's (else dealer's) `record_key` and has stored what it tells of. Writes
    timers, their history and what is due of them, appends `handoff.sla.*` records, keeps `task.due_at`; a handful of
    statements. A fact older than one told before has its case told anew, and corrected.
    """
    if not facts:
        return
    books = _grouped(facts)
    cases = [(dealer, case) for dealer, case, _ in books if case]
    tasks = [(dealer, task) for dealer, case, task in books if task and not case]
    policies = await load_policies(connection, {fact.dealer_id for fact in facts})
    timers = _by_book(await load_timers(connection, cases=cases, tasks=tasks, lock=True))
    standings = await load_standing(connection, cases, {fact.fact_id for fact in facts})
    changes: list[Changes] = []
    for key, told in books.items():
        standing = standings.get((key[0], key[1] or ""), Standing())
        book = Casebook(tuple(timers.get(key, ())), standing.latest, standing.waiting)
        changes += await _advance(connection, book, told, policies[key[0]], now)
    await store_changes(connection, changes, now)
    await _publish(connection, changes, now)
    await touch_cases(connection, cases, now)
    await update_due_times(connection, cases=cases, tasks=tasks)


async def _advance(
    connection: AsyncConnection, book: Casebook, facts: Sequence[Fact], policies: Policies, now: datetime
) -> list[Changes]:
    changes: list[Changes] = []
    for position, fact in enumerate(facts):
        log: list[Fact] | None = None
        if is_late(book, fact) and fact.case_id is not None:
            log = [*await load_log(connection, fact.dealer_id, fact.case_id), *facts[:position]]
        change = advance(book, fact, policies, now, new_id, log)
        book = change.book
        changes.append(change)
    return changes


def _grouped(facts: Iterable[Fact]) -> dict[BookKey, list[Fact]]:
    books: dict[BookKey, list[Fact]] = defaultdict(list)
    for fact in facts:
        task_id = None if fact.case_id else getattr(fact, "task_id", None)
        if fact.case_id or task_id:
            books[fact.dealer_id, fact.case_id, task_id].append(fact)
    return books


def _by_book(timers: Iterable[Timer]) -> dict[BookKey, list[Timer]]:
    books: dict[BookKey, list[Timer]] = defaultdict(list)
    for timer in timers:
        books[timer.dealer_id, timer.case_id, None if timer.case_id else timer.task_id].append(timer)
    return books


async def _publish(connection: AsyncConnection, changes: Sequence[Change], now: datetime) -> None:
    records = []
    for change in changes:
        timers = {timer.timer_id: timer for timer in touched(change)}
        told = (sla_record(timers[event.timer_id], event, now) for event in change.events if event.timer_id in timers)
        records += [record for record in told if record is not None]
    await outbox.append(connection, records)
