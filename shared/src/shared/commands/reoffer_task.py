"""Offers that time makes: to people who turn up, and past people who stay silent."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Final

from sqlalchemy import ColumnElement, RowMapping, and_, bindparam, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.calendar.availability import next_turn_up
from shared.commands.change_task import act_within
from shared.db.engine import lock_keys, record_key
from shared.db.schema import QUEUED_TASK
from shared.db.schema import task as task_table
from shared.lifecycle import SYSTEM, Command, Task, next_candidate, read_offer
from shared.people.staff import Directory, directory
from shared.playbook.ruleset.entries import Playbook
from shared.sla.store.due_subjects import DueSubject, schedule
from shared.tasks.assignment import choose_lead, offer_next, rank_for
from shared.tasks.store import TaskNotFound, lock_task, task_of
from shared.tasks.unit_of_work import TaskChanges

__all__ = ["choose_lead", "expire_offer", "find_offerable", "offer_found", "offer_queued", "rank_for"]

AT_ONCE: Final = 100
"""Tasks offered in one transaction, which holds the locks of their customers."""

_COLUMNS: Final = task_table.c
_DECLINED: Final = text("offer->'excluded' <> '{}'")
_OLDEST_FIRST: Final = (_COLUMNS.created_at, _COLUMNS.task_id)
_QUEUES: Final = (
    select(_COLUMNS.to_role, func.bool_or(_DECLINED))
    .where(_COLUMNS.dealer_id == bindparam("dealer_id"), text(QUEUED_TASK))
    .group_by(_COLUMNS.to_role)
)
"""The roles in whose queue something lies, each with whether somebody has declined some of it."""


@dataclass(frozen=True, slots=True)
class Offerable:
    """The queued tasks of a dealer that somebody at work has room for, oldest first, at most AT_ONCE."""

    people: Directory
    tasks: Sequence[RowMapping]

    @property
    def keys(self) -> list[str]:
        """The keys of the customers' locks that `offer_found` needs."""
        return [record_key(self.people.dealer_id, row["customer_id"]) for row in self.tasks]


async def offer_queued(connection: AsyncConnection, playbook: Playbook, dealer_id: str, now: datetime) -> int:
    """Offer what lies in the dealer's queues, oldest first, to who is at work now; answers how many found somebody.

    At most AT_ONCE of them. Schedules the next look for what stays there. Takes the locks of the customers whose tasks
    somebody is there for, and of no others. Called when people or the dealer's hours change.
    """
    found = await find_offerable(connection, dealer_id, now)
    await lock_keys(connection, found.keys)
    changes = TaskChanges(connection, playbook, now, directories=[found.people])
    offered = await offer_found(changes, found)
    await changes.publish()
    return offered


async def find_offerable(connection: AsyncConnection, dealer_id: str, now: datetime) -> Offerable:
    """Read what could be offered; nothing is locked."""
    people = await directory(connection, dealer_id)
    room = Counter({one: known.capacity - people.load[one] for one, known in people.colleagues.items()})
    queued = await _queued(connection, people, room, now)
    return Offerable(people, list(islice(_with_takers(queued, people, room, now), AT_ONCE)))


async def offer_found(changes: TaskChanges, found: Offerable) -> int:
    """Offer those that are queued still, and schedule the next look at the queues; answers how many found somebody.

    The caller holds the locks, and publishes.
    """
    offered = 0
    if found.tasks:
        named = _COLUMNS.task_id.in_([row["task_id"] for row in found.tasks])
        still = select(task_table).where(_in_queue(found.people.dealer_id), named)
        rows = await changes.connection.execute(still.order_by(*_OLDEST_FIRST).with_for_update())
        for row in rows.mappings().all():
            offered += (await offer_next(changes, task_of(row))).offered_to is not None
    await _schedule_looks(changes, found)
    return offered


async def expire_offer(changes: TaskChanges, dealer_id: str, task_id: str, cycle: int) -> Task:
    """Count silence as a decline of this offer: on to the next. An offer that has ended meanwhile stays ended.

    `cycle` is the acceptance clock's. Takes the customer's lock; the caller publishes. Raises TaskNotFound.
    """
    task = await lock_task(changes.connection, task_id)
    if task.dealer_id != dealer_id:
        raise TaskNotFound(task_id)
    return await act_within(changes, task, Command(action="silence", cycle=cycle), SYSTEM)


async def _schedule_looks(changes: TaskChanges, found: Offerable) -> None:
    """Have each queue looked at when somebody may next turn up for it; at once where more may be offered already."""
    people, now = await changes.directory(found.people.dealer_id), changes.now
    more = len(found.tasks) == AT_ONCE
    looks = []
    for role, declined in await changes.connection.execute(_QUEUES, {"dealer_id": people.dealer_id}):
        at = now if more else next_turn_up(people.people, role, now, leads=declined)
        if at is not None:
            looks.append(DueSubject("queue", people.dealer_id, role, at))
    await schedule(changes.connection, looks, now)


def _in_queue(dealer_id: str) -> ColumnElement[bool]:
    return and_(_COLUMNS.dealer_id == dealer_id, text(QUEUED_TASK))


async def _queued(
    connection: AsyncConnection, people: Directory, room: Counter[str], now: datetime
) -> Iterable[RowMapping]:
    """The tasks of the queues, oldest first, of roles in which somebody has room; and those that somebody declined."""
    roles = {role for one in people.colleagues.values() for role in one.member.roles}
    able = sorted(role for role in roles if _free(people, room, role, now))
    query = select(_COLUMNS.task_id, _COLUMNS.customer_id, _COLUMNS.to_role, _COLUMNS.offer)
    query = query.where(_in_queue(people.dealer_id), or_(_COLUMNS.to_role.in_(able), _DECLINED))
    return (await connection.execute(query.order_by(*_OLDEST_FIRST))).mappings()


def _with_takers(
    rows: Iterable[RowMapping], people: Directory, room: Counter[str], now: datetime
) -> Iterator[RowMapping]:
    """Those for whom somebody is there, as long as there is room: each takes its share of it."""
    has_lead = cache(lambda role: choose_lead(people, role, now) is not None)
    for row in rows:
        offer, role = read_offer(row["offer"]), row["to_role"]
        choice = next_candidate(offer, _free(people, room, role, now))
        if choice is not None:
            room[choice.staff_id] -= 1
        if choice is not None or (offer.excluded and has_lead(role)):
            yield row


def _free(people: Directory, room: Counter[str], role: str, now: datetime) -> list[str]:
    """Who of a role is at work and has room."""
    return [one for one, working in people.at_work(role, now).items() if working and room[one] > 0]
