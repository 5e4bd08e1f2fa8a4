"""The one function that creates tasks: whoever starts one, the same rules of merging and offering hold."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.schema import OPEN_TASK
from shared.db.schema import task as task_table
from shared.fast_dataclass import fast_dataclass, fast_replace
from shared.ids import new_id
from shared.lifecycle import Change, Priority, Task, more_pressing
from shared.playbook.fact_types import flatten_facts, nest_facts
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.types import Kind, class_key
from shared.tasks.assignment import offer_named, offer_next
from shared.tasks.store import task_of
from shared.tasks.unit_of_work import TaskChanges

LETTER: Final = "LETTER"
"""The entry of the reminder to write to a customer."""


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """A task to create, or to merge into the open one of its class.

    `why`: {occurrence, conditions, source} of the decision, conditions as stored (without text); `packet`: {topics,
    facts, hops}, the topics and facts of the event it comes of. Neither holds personal words. `started_by`: the person
    who handed over, only for handoffs by hand; `manual`: a manual arrow; `chain`: {givers}: the roles that handed over
    before in the same chain; `to_staff_id`: offered to this person; `prefer_staff`: the customer owner's person, where
    the case does not say; `sources`: further events it comes of, with their entries.
    """

    dealer_id: str
    customer_id: str | None
    case_id: str | None
    event_id: str | None
    entry: str
    kind: Kind
    mode: str
    matter: str
    from_role: str
    to_role: str
    priority: Priority = "normal"
    mirrors: tuple[str, ...] = ()
    why: Mapping[str, Any] = field(default_factory=dict)
    packet: Mapping[str, Any] = field(default_factory=dict)
    started_by: str | None = None
    key_id: str | None = None
    note: str | None = None
    to_staff_id: str | None = None
    manual: bool = False
    chain: Mapping[str, Any] = field(default_factory=dict)
    reassigned_from: str | None = None
    prefer_staff: str | None = None
    sources: tuple[tuple[str, str], ...] = ()

    @property
    def merge_key(self) -> str:
        """The class of which one record is open in a case; a letter is not the call that is about the same."""
        named = self.to_staff_id if self.manual else None
        key = class_key(self.matter, self.kind, self.from_role, self.to_role, manual=self.manual, named_person=named)
        return f"{key}|{LETTER}" if self.entry == LETTER else str(key)


@fast_dataclass(frozen=True, slots=True)
class Started:
    """The task there is now; `merged`: it was there before."""

    task: Task
    merged: bool


async def start(connection: AsyncConnection, playbook: Playbook, new: NewTask, now: datetime) -> Started:
    """Create the task and offer it, or merge it into the open record of its class; tell clocks and bus.

    The caller holds the lock of `record_key(dealer_id, customer_id)`.
    """
    changes = TaskChanges(connection, playbook, now)
    started = await start_within(changes, new)
    await changes.publish()
    return started


async def start_within(changes: TaskChanges, new: NewTask) -> Started:
    """The same as part of a larger change, which publishes."""
    existing = await _find_open(changes, new)
    if existing is not None:
        task = await changes.store(_merged(existing, new, changes.now))
        _add_sources(changes, task, new)
        return Started(task, merged=True)
    task = await changes.make(_made(new, changes.now))
    _add_sources(changes, task, new)
    if new.to_staff_id is not None:
        return Started(await offer_named(changes, task, new.to_staff_id), merged=False)
    return Started(await offer_next(changes, task, new.prefer_staff), merged=False)


async def _find_open(changes: TaskChanges, new: NewTask) -> Task | None:
    """The open record of the class. Without a case the customer stands in for it."""
    known = changes.loaded(new.dealer_id, new.case_id)
    if known is not None:
        return known.open_record(new.merge_key)
    made = (task for task in changes.unwritten() if _same_class(task, new))
    return next(made, None) or await _read_open(changes.connection, new)


def _same_class(task: Task, new: NewTask) -> bool:
    place = (task.dealer_id, task.case_id, task.case_id or task.customer_id, task.merge_key)
    return task.is_open and place == (new.dealer_id, new.case_id, new.case_id or new.customer_id, new.merge_key)


async def _read_open(connection: AsyncConnection, new: NewTask) -> Task | None:
    columns = task_table.c
    query = select(task_table).where(
        columns.dealer_id == new.dealer_id,
        columns.case_id.is_not_distinct_from(new.case_id),
        columns.merge_key == new.merge_key,
        sql(OPEN_TASK),
    )
    if new.case_id is None:
        query = query.where(columns.customer_id.is_not_distinct_from(new.customer_id))
    row = (await connection.execute(query.with_for_update())).mappings().one_or_none()
    return task_of(row) if row else None


def _made(new: NewTask, now: datetime) -> Change:
    task = Task(
        task_id=new_id(),
        dealer_id=new.dealer_id,
        customer_id=new.customer_id,
        case_id=new.case_id,
        event_id=new.event_id,
        entry=new.entry,
        mirrors=new.mirrors,
        kind=new.kind,
        mode=new.mode,
        matter=new.matter,
        merge_key=new.merge_key,
        priority=new.priority,
        from_role=new.from_role,
        to_role=new.to_role,
        status="open" if new.kind == "interact" else "offered",
        created_at=now,
        updated_at=now,
        started_by=new.started_by,
        named_person=new.to_staff_id if new.manual else None,
        reassigned_from=new.reassigned_from,
        why=new.why,
        packet=new.packet,
        chain=new.chain,
    )
    return _notified(Change(before=task, task=task, action="created", at=now), new)


def _merged(existing: Task, new: NewTask, now: datetime) -> Change:
    task = fast_replace(
        existing,
        mirrors=_united(existing.mirrors, (new.entry, *new.mirrors), without=existing.entry),
        packet=unite_packets(existing.packet, new.packet),
        priority=more_pressing(existing.priority, new.priority),
        reassigned_from=existing.reassigned_from or new.reassigned_from,
        updated_at=now,
        version=existing.version + 1,
    )
    return _notified(Change(before=existing, task=task, action="updated", at=now), new)


def unite_packets(kept: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What the receiver knows once a later firing has joined: topics and hops united, the later facts win."""
    facts = flatten_facts(kept.get("facts") or {}) | flatten_facts(given.get("facts") or {})
    united: dict[str, Any] = {**kept, **given, "facts": nest_facts(facts)}
    united["topics"] = list(_united(kept.get("topics", ()), given.get("topics", ())))
    if "hops" in kept and "hops" in given:
        united["hops"] = [*kept["hops"], *(hop for hop in given["hops"] if hop not in kept["hops"])]
    return united


def _united(kept: Any, given: Any, without: str | None = None) -> tuple[str, ...]:
    return tuple(name for name in dict.fromkeys((*kept, *given)) if name != without)


def _notified(change: Change, new: NewTask) -> Change:
    return fast_replace(
        change, by=new.started_by, key_id=new.key_id, note=new.note, event_id=new.event_id, entry=new.entry
    )


def _add_sources(changes: TaskChanges, task: Task, new: NewTask) -> None:
    own = ((new.event_id, entry) for entry in (new.entry, *new.mirrors) if new.event_id)
    for event_id, entry in (*own, *new.sources):
        changes.add_source(task, event_id, entry)
