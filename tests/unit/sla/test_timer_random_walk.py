"""A walk through every transition of a timer, in any order."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sla_builders import utc
from timer_stories import MINUTE, identity, policy

from shared.calendar.business_time import add, biz
from shared.calendar.durations import BusinessDays, Duration
from shared.sla.deadlines import consumed_at, overdue, pending
from shared.sla.engine.due_actions import acknowledge, fire_overdue
from shared.sla.engine.timer import pause, resume, start, stop


class TimerWalk(RuleBasedStateMachine):
    """Any order of transitions keeps the invariants of a timer."""

    @initialize(minutes=st.integers(1, 600), days=st.booleans())
    def begin(self, minutes: int, days: bool) -> None:
        target = BusinessDays(1 + minutes % 3) if days else Duration(time=minutes * MINUTE)
        self.now = utc("2026-10-22 08:00") + minutes * 7 * MINUTE
        self.running = timedelta(0)
        self.timer = start(identity("resolution"), replace(policy(), target=target), at=self.now, now=self.now).timer
        self.generations = [self.timer.revision]
        self.fired: list[str] = []

    def take(self, moved) -> None:
        assert moved.due == pending(moved.timer)
        self.timer = moved.timer
        self.generations.append(self.timer.revision)

    @rule(minutes=st.integers(0, 2000))
    def wait(self, minutes: int) -> None:
        then = self.now + minutes * MINUTE
        if self.timer.state == "running":
            self.running += biz(self.timer.policy.calendar, self.now, then)
        self.now = then

    @rule()
    def tick(self) -> None:
        while overdue(self.timer, self.now):
            moved = fire_overdue(self.timer, self.now)
            told = [event.threshold for event in moved.events if event.threshold]
            assert not set(told) & set(self.fired)
            self.fired += told
            self.take(moved)

    @rule()
    def hold(self) -> None:
        self.take(pause(self.timer, self.now))

    @rule()
    def go_on(self) -> None:
        self.take(resume(self.timer, self.now))

    @rule()
    def take_note(self) -> None:
        self.take(acknowledge(self.timer, self.now))

    @precondition(lambda self: self.timer.live)
    @rule(keep=st.integers(0, 9))
    def end(self, keep: int) -> None:
        if keep:
            return
        late = self.timer.breached_at or (self.timer.state == "running" and self.now > self.timer.due_at)
        moved = stop(self.timer, self.now)
        assert moved.events[-1].action == ("missed" if late else "met")
        self.take(moved)

    @invariant()
    def counts_what_ran(self) -> None:
        if self.timer.live:
            assert consumed_at(self.timer, self.now) == self.running

    @invariant()
    def is_due_when_the_target_is_used_up(self) -> None:
        timer = self.timer
        if timer.state == "running" and timer.breached_at is None and isinstance(timer.policy.target, Duration):
            left = timer.policy.target.time - timer.consumed
            assert timer.due_at == add(timer.policy.calendar, timer.running_since, left)

    @invariant()
    def holds_together(self) -> None:
        timer = self.timer
        assert (timer.running_since is not None) == (timer.state == "running")
        assert self.generations == sorted(self.generations)
        assert timer.due_at >= timer.original_due_at
        assert timer.breached_at in (None, timer.due_at)
        if timer.state != "running":
            assert pending(timer) == ()
        assert len({row.threshold for row in pending(timer)}) == len(pending(timer))


TimerWalk.TestCase.settings = settings(max_examples=60, stateful_step_count=25)
TestTimerWalk = TimerWalk.TestCase
