"""When a rule acts that counts from what happened in a case, and whether it still asks for anything then."""

import pytest
from case_story import later
from sla_builders import FRIDAY, closed, contact, event, inbound, policies, utc

from shared.sla.triggers.case_triggers import CASE_RULES, asks_still, rules_begun, trigger_at

DEALER = policies()
REPAIR = ("repair_order_opened",)
CHANGED = ("repair_status_changed",)


@pytest.mark.parametrize(
    ("fact", "rules"),
    [
        (event(FRIDAY, signals=("additional_work_found",)), ["T-07"]),
        (event(FRIDAY, signals=("service_offer_answered",)), ["T-16"]),
        (event(FRIDAY, signals=("service_offer_answered", "reason_recorded")), []),
        (event(FRIDAY, occurrences=("offer_presented",)), ["T-25"]),
        (event(FRIDAY, occurrences=("offer_presented",), offer_answered=True), []),
        (event(FRIDAY, occurrences=("vehicle_delivered",)), ["T-26"]),
        (event(FRIDAY, occurrences=REPAIR), ["T-32"]),
        (event(FRIDAY, occurrences=CHANGED), ["T-32"]),
        (event(FRIDAY, occurrences=("vehicle_returned",)), []),
        (event(FRIDAY, occurrences=("vehicle_delivered",), customer_id=None), []),
        (event(FRIDAY, occurrences=("vehicle_delivered",), live=False), []),
    ],
)
def test_which_event_begins_which_rule(fact, rules):
    assert [rule.rule for rule in rules_begun(fact)] == rules


@pytest.mark.parametrize(
    ("rule", "at"),
    [
        ("T-07", "2026-11-20 15:00"),
        ("T-16", "2026-11-23 09:00"),
        ("T-25", "2026-11-24 18:00"),
        ("T-26", "2026-11-23 09:00"),
        ("T-32", "2026-11-23 18:00"),
    ],
)
def test_when_it_acts(rule, at):
    assert trigger_at(rule, FRIDAY, DEALER) == utc(at)


def test_a_dealer_sets_its_own_times():
    dealer = policies(
        sla={"T-16": {"duration": "PT2H"}, "T-26": {"duration": "P7D"}, "T-32": {"duration": {"days": 3}}}
    )
    assert trigger_at("T-16", FRIDAY, dealer) == utc("2026-11-20 12:00")
    assert trigger_at("T-26", FRIDAY, dealer) == utc("2026-11-27 09:00")
    assert trigger_at("T-32", FRIDAY, dealer) == utc("2026-11-25 18:00")


def test_a_dealer_that_never_opens_is_never_reminded():
    never = policies(calendars={"default": {"week": {}}})
    assert trigger_at("T-07", FRIDAY, never) is None
    assert trigger_at("T-32", FRIDAY, never) is None


BEGINS = {
    "T-07": {"signals": ("additional_work_found",)},
    "T-16": {"signals": ("service_offer_answered",)},
    "T-25": {"occurrences": ("offer_presented",)},
    "T-26": {"occurrences": ("vehicle_delivered",)},
    "T-32": {"occurrences": REPAIR},
}


@pytest.mark.parametrize(
    ("rule", "then", "asks"),
    [
        ("T-07", event(later(5), signals=("customer_authorisation_recorded",)), False),
        ("T-07", contact(later(5), "authorisation"), True),
        ("T-16", event(later(5), signals=("reason_recorded",)), False),
        ("T-16", contact(later(5)), True),
        ("T-16", closed(later(5)), False),
        ("T-25", contact(later(5), "proposal"), False),
        ("T-25", contact(later(5), "answer", "telephone", outcome="no_answer"), True),
        ("T-25", contact(later(5), "update", automatic=True), True),
        ("T-25", event(later(5), occurrences=("final_offer_accepted",)), False),
        ("T-25", event(later(5), offer_answered=True), False),
        ("T-25", event(later(5), occurrences=("offer_presented",)), False),
        ("T-25", closed(later(5)), False),
        ("T-26", contact(later(5), "feedback_request"), False),
        ("T-26", inbound(later(5)), True),
        ("T-26", closed(later(5)), True),
        ("T-32", event(later(5), occurrences=CHANGED), False),
        ("T-32", event(later(5), occurrences=("vehicle_returned",)), False),
        ("T-32", contact(later(5), "update"), True),
        ("T-32", closed(later(5)), False),
    ],
)
def test_what_settles_it(rule, then, asks):
    begun = event(FRIDAY, "e-1", **BEGINS[rule])
    assert asks_still(rule, "e-1", [begun]) is not None
    assert (asks_still(rule, "e-1", [then, begun]) is not None) == asks
    assert asks_still(rule, "e-2", [begun]) is None


def test_the_news_of_a_repair_count_from_the_last_change():
    facts = [event(FRIDAY, "e-1", occurrences=REPAIR), event(later(60), "e-2", occurrences=CHANGED)]
    assert [asks_still("T-32", name, facts) is not None for name in ("e-1", "e-2")] == [False, True]


def test_every_rule_is_covered():
    assert set(BEGINS) == set(CASE_RULES)
