"""How much of the playbook has run: firings by entry."""

from collections import Counter
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.schema import task, task_source
from shared.playbook.ruleset.entries import Playbook

DEFAULT_ROUTER: Final = "FB-14"


async def measure_coverage(connection: AsyncConnection, playbook: Playbook, dealer_id: str | None) -> dict[str, Any]:
    """Arrows there are, can run and have fired, for the dealers this transaction sees or for one of them.

    An arrow has fired when a live event or a person made a task of it, or had it join one.
    """
    fired = await _count_matches(connection, dealer_id)
    arrows = [entry for entry in playbook.entries.values() if entry.is_arrow]
    rulings = {e.entry_id for e in playbook.entries.values() if e.family in ("implied", "fallback")} - {DEFAULT_ROUTER}
    return {
        "arrows": len(arrows),
        "executable": sum(entry.kind is not None for entry in arrows),
        "automatic": sum(not entry.manual for entry in arrows),
        "manual": sum(entry.manual for entry in arrows),
        "fired": {entry.entry_id: fired[entry.entry_id] for entry in arrows if fired[entry.entry_id]},
        "implied": {entry_id: count for entry_id, count in sorted(fired.items()) if entry_id in rulings},
        "default_router": fired[DEFAULT_ROUTER],
    }


async def last_firings(connection: AsyncConnection, entry: str, limit: int) -> list[RowMapping]:
    """The tasks that an entry made or joined, newest first: task_id, dealer_id, created_at, first_accepted_at, status.

    Of all dealers this transaction sees.
    """
    by_event = select(task_source.c.task_id).where(task_source.c.entry == entry)
    has_source = exists().where(task_source.c.task_id == task.c.task_id)
    fired = task.c.task_id.in_(by_event) | ((task.c.entry == entry) & ~has_source)
    columns = (task.c.task_id, task.c.dealer_id, task.c.created_at, task.c.first_accepted_at, task.c.status)
    query = select(*columns).where(fired).order_by(task.c.created_at.desc(), task.c.task_id.desc()).limit(limit)
    return list((await connection.execute(query)).mappings())


async def _count_matches(connection: AsyncConnection, dealer_id: str | None) -> Counter[str]:
    by_event = select(task_source.c.entry, func.count()).where(*_of(task_source.c.dealer_id, dealer_id))
    has_source = exists().where(task_source.c.task_id == task.c.task_id)
    by_hand = select(task.c.entry, func.count()).where(~has_source, *_of(task.c.dealer_id, dealer_id))
    counts: Counter[str] = Counter()
    for query, entry in ((by_event, task_source.c.entry), (by_hand, task.c.entry)):
        for row in await connection.execute(query.group_by(entry)):
            counts[row[0]] += row[1]
    return counts


def _of(column: ColumnElement[str], dealer_id: str | None) -> list[ColumnElement[bool]]:
    return [] if dealer_id is None else [column == dealer_id]
