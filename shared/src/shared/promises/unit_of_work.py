"""All changes of promises in one transaction, written with their clocks and records together at the end."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.store import touch_cases
from shared.messaging.moments_due import append_facts
from shared.promises.documents import promise_record
from shared.promises.store import append_history, insert_promises, update_promises
from shared.promises.transitions import Change
from shared.promises.types import Promise
from shared.sla.engine import given_dates
from shared.sla.engine import timer as machine
from shared.sla.engine.transitions import joined
from shared.sla.facts import Owner
from shared.sla.policy.rules import PROMISE
from shared.sla.store.due_subjects import DueSubject, schedule
from shared.sla.store.record_timers import hold_record_timers, write_record_timers
from shared.sla.types import Identity, Snapshot, Timer, TimerTransition

SECOND: Final = timedelta(seconds=1)


class PromiseChanges:
    """The changes a transaction makes to promises, in order. `publish` ends it; nothing is written before.

    The caller holds the locks of the customers' record keys.
    """

    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self._changes: list[Change] = []
        self._begun: list[tuple[Promise, Snapshot]] = []
        self._let_go: list[Promise] = []

    def begin(self, change: Change, policy: Snapshot) -> Promise:
        """Take a promise that begins a line; its clock starts with this policy."""
        self._begun.append((change.promise, policy))
        return self.store(change)

    def store(self, change: Change) -> Promise:
        """Take a change. The successor of a moved promise comes right after it; the clock of the line goes over."""
        self._changes.append(change)
        return change.promise

    def let_go(self, promise: Promise) -> None:
        """End the clock of a broken promise that nobody waits for any more; the promise stays broken."""
        self._let_go.append(promise)

    async def publish(self) -> None:
        """Write the promises, their history and clocks, what is due of them, and a record of each end."""
        if not self._changes and not self._let_go:
            return
        made = {one.promise.promise_id for one in self._changes if one.before is None}
        latest = {one.promise.promise_id: one.promise for one in self._changes}
        await insert_promises(self.connection, [one for name, one in latest.items() if name in made])
        await update_promises(self.connection, [one for name, one in latest.items() if name not in made])
        await append_history(self.connection, [one.event for one in self._changes])
        await self._write_timers()
        await schedule(self.connection, [_score_due(one) for one in latest.values() if _waits(one)], self.now)
        cases = {(one.dealer_id, one.case_id) for one in latest.values() if one.case_id is not None}
        await touch_cases(self.connection, cases, self.now)
        records = (promise_record(one, self.now) for one in self._changes)
        await append_facts(self.connection, [one for one in records if one is not None])
        self._changes.clear()
        self._begun.clear()
        self._let_go.clear()

    async def _write_timers(self) -> None:
        started = {one.timer_id: _started(one, policy, self.now) for one, policy in self._begun}
        subjects = [(one.before.dealer_id, one.before.promise_id) for one in self._changes if one.before is not None]
        subjects += [(one.dealer_id, one.promise_id) for one in self._let_go]
        held = await hold_record_timers(self.connection, "promise", subjects)
        timers = {one.timer_id: one for one in held} | {name: one.timer for name, one in started.items()}
        moved: dict[str, TimerTransition] = {}
        for change in self._changes:
            timer = timers.get(change.promise.timer_id)
            step = _EFFECTS.get(change.event.action)
            if timer is None or step is None:
                continue
            then = step(timer, self._successor(change), change)
            timers[timer.timer_id] = then.timer
            before = moved.get(timer.timer_id)
            moved[timer.timer_id] = joined(before, then) if before else then
        for one in self._let_go:
            if one.timer_id in timers:
                moved[one.timer_id] = machine.cancel(timers[one.timer_id], self.now, one.promise_id)
        await write_record_timers(
            self.connection,
            self.now,
            started=[joined(one, moved.pop(name)) if name in moved else one for name, one in started.items()],
            moved=list(moved.values()),
        )

    def _successor(self, change: Change) -> Promise:
        """The promise that takes over from a moved one; of another change its own."""
        if change.event.action != "moved":
            return change.promise
        successor_id = change.promise.successor_id
        return next(one.promise for one in self._changes if one.promise.promise_id == successor_id)


def _started(promise: Promise, policy: Snapshot, now: datetime) -> TimerTransition:
    identity = Identity(
        timer_id=promise.timer_id,
        dealer_id=promise.dealer_id,
        rule=PROMISE,
        target="promise",
        subject="promise",
        subject_id=promise.promise_id,
        customer_id=promise.customer_id,
        case_id=promise.case_id,
        task_id=promise.task_id,
    )
    owner = Owner(promise.owner_role, promise.owner_staff_id)
    return machine.start(
        identity, policy, at=promise.made_at, now=now, owner=owner, due_at=promise.due_at, cause=promise.promise_id
    )


Effect = Callable[[Timer, Promise, Change], TimerTransition]
"""What a change does to the clock of its line, given the promise that has the clock from then on."""

_EFFECTS: Final[dict[str, Effect]] = {
    "kept": lambda timer, one, change: machine.stop(timer, change.event.at, one.promise_id),
    "withdrawn": lambda timer, one, change: machine.cancel(timer, change.event.at, one.promise_id),
    "moved": lambda timer, one, change: given_dates.hand_over(timer, one.promise_id, one.due_at, change.event.at),
    "brought_forward": lambda timer, one, change: given_dates.bring_forward(timer, one.due_at, change.event.at),
    "owner_moved": lambda timer, one, change: machine.move_owner(
        timer, Owner(one.owner_role, one.owner_staff_id), change.event.at
    ),
}


def _waits(promise: Promise) -> bool:
    """Whether its score is to be settled once its date has passed."""
    return promise.state == "moved" and promise.score is None


def _score_due(promise: Promise) -> DueSubject:
    at = promise.due_at + SECOND
    return DueSubject("promise", promise.dealer_id, promise.promise_id, at, promise.customer_id)
