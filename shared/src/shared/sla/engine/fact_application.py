"""The clocks of a case while facts are applied to them, and what has come of it so far."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from shared.calendar.business_time import CalendarExhausted
from shared.sla.engine import timer as machine
from shared.sla.facts import Owner
from shared.sla.types import DueAction, Metric, Snapshot, Subject, Timer, TimerEvent, TimerTransition

TimerKey = tuple[str, str, str, int]
Snapshots = Callable[[TimerKey, Metric, str | None], Snapshot]
"""The policy for a timer about to start: its key, its target, the role of its owner."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """A timer was given another policy, by command or, `restarted`, by a change of the role that answers for it."""

    at: datetime
    key: TimerKey
    policy: Snapshot
    restarted: bool = False


@dataclass
class FactApplication:
    """The clocks of a case while facts are applied, and what came of it.

    `case_clocks` False: only the clocks of tasks are listening. `migrated`: what is to be told between the facts, in
    order. `restarts`: the policy under which a timer counts anew that this owner takes over, None for one that goes on
    as it is. `exhausted`: the rules whose clocks did not begin or go on, for their calendars have no hours left.
    """

    timers: dict[TimerKey, Timer]
    waiting: bool
    snapshots: Snapshots
    new_id: Callable[[], str]
    case_clocks: bool = True
    migrated: list[Migrated] = field(default_factory=list)
    restarts: Callable[[Timer, Owner], Snapshot | None] = lambda _timer, _owner: None
    events: list[TimerEvent] = field(default_factory=list)
    due: dict[str, tuple[DueAction, ...]] = field(default_factory=dict)
    exhausted: list[str] = field(default_factory=list)

    @contextmanager
    def within_hours(self, rule: str) -> Iterator[None]:
        """Leave a clock of the rule as it is where its calendar has no hours left: nothing else stops for it."""
        try:
            yield
        except CalendarExhausted:
            self.exhausted.append(rule)

    def keep(self, moved: TimerTransition) -> None:
        """Take a transition over."""
        self.timers[moved.timer.key] = moved.timer
        self.events.extend(moved.events)
        self.due[moved.timer.timer_id] = moved.due

    def cycles(self, subject: Subject, subject_id: str, rule: str) -> list[Timer]:
        """Every cycle of a rule on a subject, in order."""
        found = [timer for key, timer in self.timers.items() if key[:3] == (subject, subject_id, rule)]
        return sorted(found, key=lambda timer: timer.cycle)

    def migrate(self, until: datetime | None = None) -> None:
        """Tell of the migrations up to an instant; None: of all that are left.

        One of the very second in which its timer starts waits for it.
        """
        due = [one for one in self.migrated if until is None or one.at <= until]
        later = self.migrated[len(due) :]
        self.migrated = [one for one in due if one.key not in self.timers] + later
        for one in due:
            timer = self.timers.get(one.key)
            if timer is not None:
                moves = machine.restart if one.restarted else machine.migrate_policy
                self.keep(moves(timer, one.policy, one.at))


def migrations(timers: Iterable[Timer]) -> list[Migrated]:
    """The migrations these timers have been through, in order."""
    found = []
    for timer in timers:
        policies = [*(one.policy for one in timer.earlier[1:]), timer.policy]
        found += [
            Migrated(was.until, timer.key, now, was.restarted)
            for was, now in zip(timer.earlier, policies, strict=False)
        ]
    return sorted(found, key=lambda one: one.at)
