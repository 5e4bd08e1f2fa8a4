"""A late event that moves no clock is told apart without telling its case anew, and rightly."""

from case_story import Case, later
from hypothesis import given, settings
from hypothesis import strategies as st
from sla_builders import FRIDAY, event, message, task
from test_late_facts import FACTS, fact_of

from shared.sla.engine.case_timers import is_late
from shared.sla.store.quiet_facts import QuietFacts

KEY = ("lisboa-01", "case-1", None)
KINDS = FACTS | st.sampled_from(("message", "feedback", "nothing", "offer"))


class Listener:
    """A case, and whoever finds out which of its late events move nothing."""

    def __init__(self) -> None:
        self.case, self.quiet = Case(), QuietFacts(later(600))
        self.found = 0

    def hear(self, fact, now) -> None:
        """Tell a fact; one that is said to move nothing moves nothing."""
        before, late = self.case.case_timers, is_late(self.case.case_timers, fact)
        quiet = late and self.quiet.moves_nothing(KEY, before, fact, self.case.policies, tuple(self.case.log))
        self.case.hear(fact, now=now)
        if not quiet:
            self.quiet.note(KEY, before, fact, self.case.last, told_anew=late)
            return
        self.found += 1
        last = self.case.last
        assert (last.created, last.changed, last.events) == ((), (), ())
        assert last.case_timers.waiting == before.waiting
        assert {one.key: one for one in last.case_timers.timers} == {one.key: one for one in before.timers}


def made(kind: str, minute: int, number: int):
    if kind == "nothing":
        return event(later(minute), f"x{number:03}")
    if kind == "offer":
        return task(later(minute), "offered", task_id=f"T-{number}", open_delivers=1, fact_id=f"x{number:03}")
    return fact_of(kind, minute, number)


def test_a_second_message_before_the_offer_for_the_first():
    listener = Listener()
    listener.hear(message(FRIDAY), FRIDAY)
    listener.hear(task(later(5), "offered", open_delivers=1), later(5))
    for minute in (1, 2, 3):
        listener.hear(event(later(minute)), later(6))
    assert listener.found == 3


def test_what_starts_a_clock_is_not_quiet():
    listener = Listener()
    listener.hear(task(later(5), "offered", open_delivers=1), later(5))
    listener.hear(message(later(1)), later(6))
    assert listener.found == 0
    assert listener.case.timer("T-03").state == "running"


@settings(max_examples=300)
@given(st.lists(st.tuples(KINDS, st.integers(0, 90)), min_size=2, max_size=14))
def test_in_any_order(story):
    """Whatever was heard before, and is heard after it."""
    listener = Listener()
    for number, (kind, minute) in enumerate(story):
        listener.hear(made(kind, minute, number), later(100))
