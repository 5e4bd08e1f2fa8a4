"""All changes of tasks in one transaction, told to the clocks and the bus together at the end."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.store import load_followers
from shared.fast_dataclass import fast_replace
from shared.ids import CaseKey
from shared.lifecycle import Change, Task
from shared.messaging.bus import Record
from shared.messaging.moments_due import Due, append_facts
from shared.people.dealers import DealerRows, load_dealers
from shared.people.staff import Directory, directories
from shared.playbook.routing.case_owner import Owner as CustomerOwner
from shared.playbook.ruleset.entries import Playbook
from shared.sla.facts import transition_of
from shared.sla.store import Clocks, load_short_timers, short_timers
from shared.sla.store.documents import ShortTimer
from shared.sla.store.open_deliveries import Delivers, count_delivers, delivers_of
from shared.tasks.clock_facts import case_of, counted_holder, task_changed
from shared.tasks.documents import task_record
from shared.tasks.known_case import KnownCase
from shared.tasks.schedule import TaskKey, schedule_changes
from shared.tasks.store import add_sources, append_history, insert_tasks, update_tasks


class TaskChanges:
    """The changes a transaction makes to tasks, in order. `publish` ends it; no change is told before.

    `end_step` parts what is told one after the other, as if each were a transaction of its own.
    The caller holds the locks of the customers whose tasks change. `dealers` and `directories`: what it has loaded
    already. What it tells `clocks` itself is written with them.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        playbook: Playbook,
        now: datetime,
        dealers: Mapping[str, DealerRows] | None = None,
        directories: Iterable[Directory] = (),
    ) -> None:
        self.connection = connection
        self.playbook = playbook
        self.now = now
        self._dealers = dealers or {}
        policies = {name: rows.policies for name, rows in self._dealers.items() if rows.record is not None}
        self.clocks = Clocks(connection, now, policies)
        self._directories = {one.dealer_id: one for one in directories}
        self._fresh: set[str] = set()
        self._log: list[tuple[int, Change]] = []
        self._unwritten: dict[str, Task] = {}
        self._changed: dict[str, Task] = {}
        self._sources: list[tuple[Task, str, str]] = []
        self._told = 0
        self._records: list[Record] = []
        self._published: list[Record] = []
        self._dues: list[Due] = []
        self._with_room: set[TaskKey] = set()
        self._cases: dict[CaseKey, KnownCase] = {}
        self._followers: dict[CaseKey, tuple[str, ...]] = {}

    async def directory(self, dealer_id: str) -> Directory:
        """The dealer's people, read once and kept up to date with the changes made here."""
        if dealer_id not in self._directories:
            known = dealer_id in self._dealers
            dealers = self._dealers if known else await load_dealers(self.connection, [dealer_id])
            self._directories |= await directories(self.connection, dealers)
        return self._directories[dealer_id]

    def prime(self, case: CaseKey, owner: CustomerOwner | None, tasks: Iterable[Task]) -> None:
        """Take it from the caller who owns a case and which tasks it has, all of them and locked: nothing is read."""
        self._cases[case] = KnownCase(owner, {task.task_id: task for task in tasks})

    def note_followers(self, case: CaseKey, followers: tuple[str, ...]) -> None:
        """Take it from the caller who follows a case, which need not be read then."""
        self._followers[case] = followers

    def loaded(self, dealer_id: str, case_id: str | None) -> KnownCase | None:
        """What is known of a case without reading, kept up to date with the changes made here."""
        return self._cases.get((dealer_id, case_id)) if case_id is not None else None

    def unwritten(self) -> list[Task]:
        """The tasks made here, which the tables do not have before the end."""
        return list(self._unwritten.values())

    async def make(self, change: Change) -> Task:
        """Take a new task; its first offer belongs to the same version."""
        self._unwritten[change.task.task_id] = change.task
        self._fresh.add(change.task.task_id)
        self._log.append((0, change))
        self._remember(change.task)
        return change.task

    def add_source(self, task: Task, event_id: str, entry: str) -> None:
        """Remember that an event made the task, or joined it, by this entry."""
        self._sources.append((task, event_id, entry))

    def add_record(self, record: Record) -> None:
        """Publish a record of something else with those of the tasks, before them."""
        self._records.append(record)

    def add_due(self, due: Due | None) -> None:
        """Have a case judged again because of something else than its tasks."""
        self._dues += [due] if due else []

    async def store(self, change: Change) -> Task:
        """Store a changed task; one of a known case is written at the end, for until then nobody reads it."""
        if change.action == "offered" and change.task.task_id in self._fresh:
            change = fast_replace(change, task=fast_replace(change.task, version=change.before.version))
        self._fresh.discard(change.task.task_id)
        if change.task.task_id in self._unwritten:
            self._unwritten[change.task.task_id] = change.task
        elif self.loaded(change.task.dealer_id, change.task.case_id) is not None:
            self._changed[change.task.task_id] = change.task
        else:
            await update_tasks(self.connection, [change.task])
        self._count(change)
        self._log.append((change.task.version, change))
        self._remember(change.task)
        return change.task

    async def end_step(self) -> None:
        """Tell the clocks what changed since the step before, and make a record of each change as all then stands.

        What follows comes later than this. Nothing is written yet, so nobody may read the tables of what changed.
        """
        log = self._log[self._told :]
        await self._apply_to_timers(log)
        told = self.clocks.end_step({case: one.delivers.all_waiting for case, one in self._cases.items()})
        self._published += [*told, *self._records, *await self._task_records([one for _, one in log])]
        self._told = len(self._log)
        self._records.clear()
        self._fresh.clear()

    async def publish(self) -> None:
        """Write the tasks, their history, clocks and what is due, and append the records of all steps."""
        await update_tasks(self.connection, list(self._changed.values()))
        await append_history(self.connection, self._log)
        await self.end_step()
        await insert_tasks(self.connection, [self._with_due_time(task) for task in self.unwritten()])
        await add_sources(self.connection, self._sources)
        await self.clocks.write()
        await schedule_changes(self.connection, [one for _, one in self._log], self._with_room, self.now)
        await append_facts(self.connection, self._published, self._dues)
        self._told = 0
        for done in (
            self._changed,
            self._unwritten,
            self._sources,
            self._log,
            self._published,
            self._dues,
            self._with_room,
        ):
            done.clear()

    def _with_due_time(self, task: Task) -> Task:
        return fast_replace(task, due_at=self.clocks.due_at(task.dealer_id, task.case_id, task.task_id))

    def _remember(self, task: Task) -> None:
        case = self.loaded(task.dealer_id, task.case_id)
        if case is not None:
            case.tasks[task.task_id] = task

    def _count(self, change: Change) -> None:
        """Move what people hold, and remember whose room was gone and is there again."""
        left, taken = counted_holder(change.before), counted_holder(change.task)
        if left == taken:
            return
        people = self._directories.get(change.task.dealer_id)
        if left is not None and (people is None or not people.has_room(left)):
            self._with_room.add((change.task.dealer_id, change.task.task_id))
        for holder, by in ((left, -1), (taken, 1)):
            if people is not None and holder is not None:
                people.load[holder] += by

    async def _apply_to_timers(self, log: Sequence[tuple[int, Change]]) -> None:
        delivers = await self._delivers({case_of(one.task) for _, one in log})
        offered = {one.task.task_id for _, one in log if one.action == "offered"}
        facts = [
            task_changed(number, change, transition, delivers.get(case_of(change.task), Delivers()))
            for number, change in log
            if (transition := transition_of(change.action, offered=change.task.task_id in offered)) is not None
        ]
        await self.clocks.apply(facts, {case: one.all_waiting for case, one in delivers.items() if case is not None})

    async def _delivers(self, cases: set[CaseKey | None]) -> dict[CaseKey | None, Delivers]:
        """The open delivers of cases, those made here too."""
        known: dict[CaseKey | None, Delivers] = {
            case: self._cases[case].delivers for case in self._cases if case in cases
        }
        unknown = [case for case in cases if case is not None and case not in known]
        written = await count_delivers(self.connection, unknown)
        made = {case: delivers_of(task for task in self.unwritten() if case_of(task) == case) for case in unknown}
        return known | {case: written.get(case, Delivers()) + one for case, one in made.items()}

    async def _task_records(self, changes: Sequence[Change]) -> list[Record]:
        timers: dict[str, list[ShortTimer]] = {}
        for dealer_id in sorted({one.task.dealer_id for one in changes}):
            tasks = {one.task.task_id: one.task for one in changes if one.task.dealer_id == dealer_id}
            timers |= await self._short_timers(dealer_id, tasks)
        followers = await self._load_followers({case for one in changes if (case := case_of(one.task)) is not None})
        return [
            task_record(
                self.playbook,
                one,
                timers[one.task.task_id],
                await self.directory(one.task.dealer_id),
                followers.get((one.task.dealer_id, one.task.case_id or ""), ()),
            )
            for one in changes
        ]

    async def _load_followers(self, cases: Iterable[CaseKey]) -> dict[CaseKey, tuple[str, ...]]:
        read = await load_followers(self.connection, [case for case in cases if case not in self._followers])
        return {**self._followers, **read}

    async def _short_timers(self, dealer_id: str, tasks: Mapping[str, Task]) -> dict[str, list[ShortTimer]]:
        """As the clocks told here stand; of tasks whose clocks heard nothing as the tables have them."""
        held = {task_id: self.clocks.timers(dealer_id, one.case_id, task_id) for task_id, one in tasks.items()}
        unread = [one for task_id, one in tasks.items() if held[task_id] is None]
        stored = await load_short_timers(self.connection, dealer_id, unread) if unread else {}
        return stored | {
            task_id: short_timers(task_id, timers) for task_id, timers in held.items() if timers is not None
        }
