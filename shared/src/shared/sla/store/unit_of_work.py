"""The clocks of a transaction: facts go in, timers and their records come out."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.store import touch_cases
from shared.fast_dataclass import fast_replace
from shared.ids import CaseKey, new_id
from shared.messaging.bus import Record
from shared.messaging.moments_due import append_facts
from shared.sla.engine.case_timers import advance, has_late, is_late
from shared.sla.engine.role_changes import is_retroactive
from shared.sla.facts import Fact, OwnerMoved, RecordPut, TaskChanged
from shared.sla.policy.policy import Policies
from shared.sla.store.breach_count import count_breaches
from shared.sla.store.documents import sla_record
from shared.sla.store.fact_history import DeliveriesState, load_deliveries_state, load_logs
from shared.sla.store.policies import load_policies
from shared.sla.store.quiet_facts import QuietFacts, TimersKey
from shared.sla.store.task_due_dates import update_due_times
from shared.sla.store.timers import Change, load_timers, store_changes, touched
from shared.sla.types import CaseTimers, Timer, TimerChanges

_log = structlog.get_logger()


async def apply_facts(connection: AsyncConnection, facts: Sequence[Fact], now: datetime) -> None:
    """Tell the clocks what happened and write what comes of it, as one turn of `Clocks`."""
    clocks = Clocks(connection, now)
    await clocks.apply(facts)
    records = clocks.end_step({})
    await clocks.write()
    await append_facts(connection, records)


class Clocks:
    """The clocks of cases and tasks in one transaction: read when first told, told in turns, written once at the end.

    The caller holds the lock of every customer's (else dealer's) `record_key` and has stored what it tells of, or
    stores it before anybody else reads it. A fact older than one told before this step (`end_step`) or transaction has
    its case told anew, and corrected. `policies`: of dealers whose records the caller has read.
    """

    def __init__(
        self, connection: AsyncConnection, now: datetime, policies: Mapping[str, Policies] | None = None
    ) -> None:
        self._connection = connection
        self._now = now
        self._policies = dict(policies or {})
        self._written: set[CaseKey] = set()
        self._begun: set[CaseKey] = set()
        self._timers: dict[TimersKey, CaseTimers] = {}
        self._applied: dict[TimersKey, list[Fact]] = defaultdict(list)
        self._logs: dict[CaseKey, list[Fact]] = {}
        self._quiet = QuietFacts(now)
        self._changes: list[TimerChanges] = []
        self._published = 0
        self._step: dict[TimersKey, datetime | None] = {}
        self._unwritten: set[TimersKey] = set()

    def note_written(self, cases: Iterable[CaseKey], begun: Iterable[CaseKey]) -> None:
        """Take it from the caller which cases it has written, and which of them began so: they have no clocks yet.

        The tasks of a case that began are new too, and written with the due time that `due_at` answers.
        """
        self._written.update(cases)
        for dealer_id, case_id in begun:
            self._begun.add((dealer_id, case_id))
            self._timers[dealer_id, case_id, None] = CaseTimers()
            self._logs[dealer_id, case_id] = []
            self._unwritten.add((dealer_id, case_id, None))

    async def read(self, cases: Mapping[CaseKey, Sequence[datetime]]) -> None:
        """Read at once the clocks of these cases, which facts of these instants will be told of, one step each.

        Nothing depends on it: what was not read is read when it is told of.
        """
        await self._read({(*case, None) for case in cases}, ())
        late = {case for case, told_at in cases.items() if self._may_be_late((*case, None), told_at)}
        self._logs |= await load_logs(self._connection, late - self._logs.keys())

    async def apply(self, facts: Sequence[Fact], waiting: Mapping[CaseKey, bool] | None = None) -> None:
        """Take a turn: the facts of a case in their order, of as many customers as there are.

        `waiting`: of cases of which the caller knows, whether every open deliver waits for somebody outside.
        """
        new_facts = _grouped(facts)
        await self._read(new_facts, {fact.fact_id for fact in facts})
        late = {(key[0], key[1]) for key, some in new_facts.items() if key[1] and self._needs_log(key, some)}
        self._logs |= await load_logs(self._connection, late - self._logs.keys())
        for key, some in new_facts.items():
            case_timers = self._timers[key]
            began = fast_replace(case_timers, waiting=(waiting or {}).get((key[0], key[1] or ""), case_timers.waiting))
            told = self._advance(key, began, some, self._logs.get((key[0], key[1] or "")))
            # the turns of a step are not late to each other
            self._timers[key] = fast_replace(told, latest=case_timers.latest)
            self._applied[key] += some
            self._unwritten.add(key)
            told_at = [fact.occurred_at for fact in some if _is_remembered(fact)]
            self._step[key] = max((one for one in (self._step.get(key), *told_at) if one is not None), default=None)

    def end_step(self, waiting: Mapping[CaseKey, bool]) -> list[Record]:
        """Let what is told from now on be later than what was told so far; answers what is to be published of that.

        `waiting`: of cases of which the caller knows, whether every open deliver waits for somebody outside.
        """
        for key, told_at in self._step.items():
            before = self._timers[key]
            latest = before.latest if told_at is None else max((told_at, ""), before.latest or (told_at, ""))
            timers = tuple(sorted(before.timers, key=lambda timer: (timer.started_at, timer.timer_id)))
            self._timers[key] = CaseTimers(timers, latest, waiting.get((key[0], key[1] or ""), before.waiting))
        self._step.clear()
        records = _records(self._changes[self._published :], self._now)
        self._published = len(self._changes)
        return records

    async def write(self) -> None:
        """Write timers, their history and what is due of them, keep `task.due_at`."""
        cases = {(dealer_id, case_id) for dealer_id, case_id, _ in self._unwritten if case_id}
        tasks = [(dealer_id, task_id) for dealer_id, case_id, task_id in self._unwritten if task_id and not case_id]
        await touch_cases(self._connection, cases - self._written, self._now)
        await store_changes(self._connection, self._changes, self._now)
        await update_due_times(self._connection, cases=cases - self._begun, tasks=tasks)
        self._changes.clear()
        self._published = 0
        for done in (self._unwritten, self._written, self._begun):
            done.clear()

    def timers(self, dealer_id: str, case_id: str | None, task_id: str) -> list[Timer] | None:
        """Every timer of the case, else of the task, as they stand, oldest first; None where it was told nothing."""
        case_timers = self._timers.get((dealer_id, case_id, None if case_id else task_id))
        return (
            None
            if case_timers is None
            else sorted(case_timers.timers, key=lambda timer: (timer.started_at, timer.timer_id))
        )

    def due_at(self, dealer_id: str, case_id: str | None, task_id: str) -> datetime | None:
        """When the task is due: the earliest of its own running clocks and those of its case."""
        timers = self.timers(dealer_id, case_id, task_id) or ()
        own = (timer for timer in timers if timer.subject in ("case", "task") and timer.task_id in (None, task_id))
        return min((timer.due_at for timer in own if timer.state == "running"), default=None)

    async def _read(self, new_facts: Collection[TimersKey], ids: Collection[str]) -> None:
        """Read the clocks that were not told before; the facts of the ids in `ids` do not count as told."""
        dealers = {dealer_id for dealer_id, _, _ in new_facts} - self._policies.keys()
        self._policies |= await load_policies(self._connection, dealers)
        new = [key for key in new_facts if key not in self._timers]
        if not new:
            return
        cases = [(dealer_id, case_id) for dealer_id, case_id, _ in new if case_id]
        tasks = [(dealer_id, task_id) for dealer_id, case_id, task_id in new if task_id and not case_id]
        timers = _by_key(await load_timers(self._connection, cases=cases, tasks=tasks, lock=True))
        states = await load_deliveries_state(self._connection, cases, ids)
        for key in new:
            state = states.get((key[0], key[1] or ""), DeliveriesState())
            self._timers[key] = CaseTimers(tuple(timers.get(key, ())), state.latest, state.waiting)

    def _may_be_late(self, key: TimersKey, told_at: Sequence[datetime]) -> bool:
        """Whether one of the facts comes after another that is newer, if only by what the one before it led to."""
        latest = self._timers[key].latest
        return len(told_at) > 1 or (latest is not None and min(told_at) < latest[0])

    def _needs_log(self, key: TimersKey, facts: Sequence[Fact]) -> bool:
        policies = self._policies[key[0]]
        return has_late(self._timers[key], facts) or any(is_retroactive(policies, fact) for fact in facts)

    def _advance(
        self, key: TimersKey, case_timers: CaseTimers, facts: Sequence[Fact], stored: Sequence[Fact] | None
    ) -> CaseTimers:
        for position, fact in enumerate(facts):
            log: list[Fact] | None = None
            told_anew = is_late(case_timers, fact) or is_retroactive(self._policies[key[0]], fact)
            if stored is not None and told_anew:
                log = [*stored, *self._applied[key], *facts[:position]]
                if self._quiet.moves_nothing(key, case_timers, fact, self._policies[key[0]], log):
                    continue
            change = advance(case_timers, fact, self._policies[key[0]], self._now, new_id, log)
            self._quiet.note(key, case_timers, fact, change, told_anew=told_anew)
            case_timers = change.case_timers
            self._changes.append(change)
            if change.exhausted:
                _log.error("calendar_exhausted", dealer_id=key[0], case_id=key[1], rules=change.exhausted)
        return case_timers


def _is_remembered(fact: Fact) -> bool:
    """Whether the tables tell of the fact when later ones are told: `load_deliveries_state` finds it."""
    if isinstance(fact, TaskChanged):
        return fact.kind == "deliver" or fact.transition != "queued"
    return not isinstance(fact, OwnerMoved | RecordPut)


def _grouped(facts: Iterable[Fact]) -> dict[TimersKey, list[Fact]]:
    by_key: dict[TimersKey, list[Fact]] = defaultdict(list)
    for fact in facts:
        task_id = None if fact.case_id else getattr(fact, "task_id", None)
        if fact.case_id or task_id:
            by_key[fact.dealer_id, fact.case_id, task_id].append(fact)
    return by_key


def _by_key(timers: Iterable[Timer]) -> dict[TimersKey, list[Timer]]:
    by_key: dict[TimersKey, list[Timer]] = defaultdict(list)
    for timer in timers:
        by_key[timer.dealer_id, timer.case_id, None if timer.case_id else timer.task_id].append(timer)
    return by_key


async def write_changes(
    connection: AsyncConnection,
    changes: Sequence[Change],
    now: datetime,
    *,
    cases: Collection[CaseKey],
    tasks: Collection[CaseKey],
) -> None:
    """Write what changed of the timers of these cases and lone tasks, append its records, keep `task.due_at`."""
    await store_changes(connection, changes, now)
    await append_facts(connection, _records(changes, now))
    await update_due_times(connection, cases=cases, tasks=tasks)


def _records(changes: Sequence[Change], now: datetime) -> list[Record]:
    """What is published of the changes, in their order; breaches are counted."""
    told = []
    for change in changes:
        timers = {timer.timer_id: timer for timer in touched(change)}
        told += [(timers[event.timer_id], event) for event in change.events if event.timer_id in timers]
    count_breaches(told)
    records = (sla_record(timer, event, now) for timer, event in told)
    return [record for record in records if record is not None]
