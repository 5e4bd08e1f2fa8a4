"""When a time rule that is no clock holds: from the fact that starts it to the one that ends it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from shared.sla.fact_view import holds, view_of
from shared.sla.facts import EventSeen, Fact, order_key
from shared.sla.policy.rules import Conditions


@dataclass(frozen=True, slots=True)
class Span:
    """A time between two facts. `ended` None: it goes on."""

    began: Fact
    ended: Fact | None = None


def spans_of(when: Conditions, facts: Iterable[Fact]) -> tuple[Span, ...]:
    """The spans of a rule among these facts, told in their order, oldest first; only the last one may go on.

    As with clocks (timers 5.1.1): one span at a time, none begins with what stops it, a reset begins the next. A cancel
    ends a span too, and may begin one where none was. Late facts count where they happened.
    """
    spans: list[Span] = []
    for fact in sorted(facts, key=order_key):
        if isinstance(fact, EventSeen) and not fact.live:
            continue
        view = view_of(fact)
        stops, starts = holds(when.stop, view), holds(when.start, view)
        if not spans or spans[-1].ended is not None:
            if starts and not stops:
                spans.append(Span(fact))
        elif stops or holds(when.cancel, view):
            spans[-1] = replace(spans[-1], ended=fact)
        elif starts and holds(when.reset, view):
            spans[-1] = replace(spans[-1], ended=fact)
            spans.append(Span(fact))
    return tuple(spans)


def open_span(when: Conditions, facts: Iterable[Fact]) -> Span | None:
    """The span that goes on, if one does."""
    last = next(reversed(spans_of(when, facts)), None)
    return last if last is not None and last.ended is None else None
