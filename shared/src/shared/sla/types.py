"""The values of the timer machine: a timer, what it was started with, what happened to it, what is due."""

from dataclasses import field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from shared.calendar.durations import Target
from shared.calendar.opening_hours import Calendar
from shared.fast_dataclass import fast_dataclass, fast_replace
from shared.sla.facts import NOBODY, Owner

State = Literal["running", "paused", "completed", "cancelled"]
Metric = Literal["acknowledgement", "first_response", "next_response", "resolution", "acceptance", "promise"]
Subject = Literal["case", "task", "promise", "appointment"]
Action = Literal[
    "started",
    "paused",
    "resumed",
    "warning",
    "breached",
    "escalated",
    "rearmed",
    "superseded",
    "met",
    "missed",
    "cancelled",
    "acknowledged",
    "owner_moved",
    "corrected",
]
"""What a timer event records. `met` and `missed` are the two ends of a stop; `superseded`: overtaken by a higher
threshold or by a later revision."""


OnChange = Literal["keep", "restart", "retroactive"]
ON_CHANGE: Final[tuple[OnChange, ...]] = ("keep", "restart", "retroactive")
"""What becomes of a case's clock when another role answers for it: it keeps its hours and its deadline, counts anew in
the hours of that role, or is worked out from its start as if that role had always answered for it (timers 5.1.8)."""

Pause = tuple[datetime, datetime | None]
"""From when to when a timer stood still; None: it still does."""


@fast_dataclass(frozen=True, slots=True)
class WarningAt:
    """A notice before the breach: at a percentage of the target, or so much business time before it."""

    percent: int | None = None
    lead: timedelta | None = None


@fast_dataclass(frozen=True, slots=True)
class Step:
    """One step: told `after` so much business time; `repeat`: how many more times, each after the same time.

    Targets: owner, manager, manager_of_manager, group_mailbox, role:ID, staff:ID.
    """

    after: timedelta
    to: tuple[str, ...]
    channel_class: Literal["any", "urgent"] = "any"
    repeat: int = 0


@fast_dataclass(frozen=True, slots=True)
class Chain:
    """Who is told of a breach, and the steps after it. `given`: the dealer's own, not the default."""

    notice: tuple[str, ...]
    steps: tuple[Step, ...] = ()
    given: bool = False


@fast_dataclass(frozen=True, slots=True)
class Snapshot:
    """The policy a timer started with and keeps: later edits do not reach it.

    `full`: of a cycle that a reopening began with less, the target of the rule. `known_row`: its row once it was worked
    out, never compared.
    """

    target: Target
    calendar: Calendar | None
    warnings: tuple[WarningAt, ...] = (WarningAt(percent=75),)
    chain: Chain = Chain(notice=("owner", "manager"))
    rearm_after: timedelta = timedelta(hours=1)
    version: int = 1
    full: Target | None = None
    known_row: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)


def in_full(policy: Snapshot) -> Snapshot:
    """The policy with the rule's target, whatever a reopening left of it."""
    return policy if policy.full is None else fast_replace(policy, target=policy.full, full=None)


@fast_dataclass(frozen=True, slots=True)
class Earlier:
    """A policy that a timer had `until` it was migrated to another. `restarted`: it counted anew from then on."""

    until: datetime
    policy: Snapshot
    restarted: bool = False


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a timer is of: the fields of a timer that never change."""

    timer_id: str
    dealer_id: str
    rule: str
    target: Metric
    subject: Subject
    subject_id: str
    cycle: int = 1
    customer_id: str | None = None
    case_id: str | None = None
    task_id: str | None = None


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """One clock. Instants are whole seconds; `breached_at` is a flag beside the state, never a state.

    `consumed` is the business time counted up to `running_since`; `moved_days` the open dates a business-day target
    was paused. `fixed`: due at an instant that was given, such as a promise's. `fired`: the
    thresholds that have fired. `escalate_from`: the consumed time the steps count from; a second
    `round` begins when a chain is re-armed. `started_fact` and `stopped_fact` name the causes. `earlier`: the policies
    before the present one, oldest first.
    """

    timer_id: str
    dealer_id: str
    customer_id: str | None
    case_id: str | None
    task_id: str | None
    rule: str
    target: Metric
    subject: Subject
    subject_id: str
    cycle: int
    started_at: datetime
    due_at: datetime
    original_due_at: datetime
    policy: Snapshot
    fixed: bool = False
    owner: Owner = NOBODY
    revision: int = 0
    state: State = "running"
    consumed: timedelta = timedelta(0)
    running_since: datetime | None = None
    paused_at: datetime | None = None
    moved_days: int = 0
    breached_at: datetime | None = None
    stopped_at: datetime | None = None
    on_attach: bool = False
    fired: frozenset[str] = frozenset()
    escalate_from: timedelta | None = None
    round: int = 1
    acknowledged_at: datetime | None = None
    started_fact: str | None = None
    stopped_fact: str | None = None
    earlier: tuple[Earlier, ...] = ()

    @property
    def first_policy(self) -> Snapshot:
        """The policy it started with."""
        return self.earlier[0].policy if self.earlier else self.policy

    @property
    def counts_from(self) -> datetime:
        """When it began to count what it has consumed: when it started, or the last time it was restarted."""
        return next((one.until for one in reversed(self.earlier) if one.restarted), self.started_at)

    @property
    def live(self) -> bool:
        """Whether it may still change: running or paused."""
        return self.state in ("running", "paused")

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What is unique within a dealer: subject, its id, rule, cycle."""
        return self.subject, self.subject_id, self.rule, self.cycle


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class TimerEvent:
    """One line of a timer's append-only history. `cause`: the id of the fact; `detail` says what a predicate saw.

    `step`: the step (0-based) of an `escalated`. `breached` with `on_attach` was overdue when it began; with `at_stop`
    it was noticed by the stop and nobody is to be told. `owner`: who answers from a `started` or `owner_moved` on.
    `pauses`: of a `corrected` whose story was told again, every pause of that story; the last may have no end.
    """

    timer_id: str
    action: Action
    at: datetime
    from_state: State | None
    to_state: State
    cycle: int
    revision: int
    threshold: str | None = None
    step: int | None = None
    cause: str | None = None
    on_attach: bool = False
    at_stop: bool = False
    detail: str | None = None
    owner: Owner | None = None
    pauses: tuple[Pause, ...] | None = None


@fast_dataclass(frozen=True, slots=True)
class DueAction:
    """A row of what is due: `warning:75`, `warning:-PT10M`, `breach`, `step:1.1` (round and step), `rearm:1`."""

    timer_id: str
    cycle: int
    threshold: str
    fire_at: datetime
    revision: int


@fast_dataclass(frozen=True, slots=True)
class TimerTransition:
    """A timer after a transition, what to append to its history, and *all* that is now due of it."""

    timer: Timer
    events: tuple[TimerEvent, ...] = ()
    due: tuple[DueAction, ...] = ()


@fast_dataclass(frozen=True, slots=True)
class CaseTimers:
    """All timers of a case and its tasks, ended ones too, as stored.

    `latest`: instant and id of the newest fact applied; `waiting`: whether every open deliver waits.
    """

    timers: tuple[Timer, ...] = ()
    latest: tuple[datetime, str] | None = None
    waiting: bool = False


@fast_dataclass(frozen=True, slots=True)
class TimerChanges:
    """What to store: each timer whole, its due rows in place of those it had, events appended in order; the book.

    `exhausted`: the rules whose clocks did not begin or go on, for their calendars have no hours left.
    """

    case_timers: CaseTimers
    created: tuple[Timer, ...] = ()
    changed: tuple[Timer, ...] = ()
    events: tuple[TimerEvent, ...] = ()
    due: tuple[DueAction, ...] = ()
    exhausted: tuple[str, ...] = ()
