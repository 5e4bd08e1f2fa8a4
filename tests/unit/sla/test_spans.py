"""When a rule that is no clock holds."""

from itertools import permutations

import pytest
from case_story import later
from sla_builders import FRIDAY, closed, event

from shared.sla.engine.spans import open_span, spans_of
from shared.sla.fact_view import read_condition
from shared.sla.policy.rules import Conditions, load_rules

GATE = load_rules()["T-07"].when
FOUND, AUTHORISED = ("additional_work_found",), ("customer_authorisation_recorded",)


def found(minutes, **more):
    return event(later(minutes), f"found-{minutes:03}", signals=FOUND, **more)


def authorised(minutes, **more):
    return event(later(minutes), f"authorised-{minutes:03}", signals=AUTHORISED, **more)


@pytest.mark.parametrize(
    ("facts", "closed_since"),
    [
        ((), None),
        ((event(FRIDAY),), None),
        ((found(0),), 0),
        ((found(0), found(5)), 0),
        ((found(0), authorised(5)), None),
        ((found(0), authorised(5), found(9)), 9),
        ((authorised(0), found(5)), 5),
        ((event(FRIDAY, signals=FOUND + AUTHORISED),), None),
        ((found(0), event(later(5), signals=FOUND + AUTHORISED)), None),
        ((found(0, live=False),), None),
        ((found(0), authorised(5, live=False)), 0),
        ((found(0), closed(later(5))), 0),
    ],
)
def test_a_gate_is_closed_from_the_finding_to_the_authorisation(facts, closed_since):
    span = open_span(GATE, facts)
    assert (span and span.began.occurred_at) == (None if closed_since is None else later(closed_since))


def test_the_order_of_telling_does_not_count():
    facts = (found(0), authorised(5), found(9), authorised(12))
    told = spans_of(GATE, facts)
    assert [(span.began.occurred_at, span.ended.occurred_at) for span in told] == [
        (later(0), later(5)),
        (later(9), later(12)),
    ]
    assert all(spans_of(GATE, order) == told for order in permutations(facts))


def test_a_reset_begins_the_next():
    changed = read_condition({"occurrence": ["repair_status_changed"]})
    facts = [event(later(minutes), occurrences=("repair_status_changed",)) for minutes in (0, 5)]
    first, second = spans_of(Conditions(start=changed, reset=changed), facts)
    assert (first.ended, second.began, second.ended) == (facts[1], facts[1], None)
