"""A walk over all 209 printed arrows: each fires, stays back and is suggested from events built for it."""

from typing import Any

import pytest
from routing_world import PLAYBOOK, created, decision_of, make_dealer, make_event, outcomes, route_event, suggested

from shared.playbook.ruleset.entries import Entry
from shared.playbook.types import DealerView, JourneyEvent, NewRecord, Routing

AUTOMATIC = [arrow for arrow in PLAYBOOK.arrows if not arrow.manual]
MANUAL = [arrow for arrow in PLAYBOOK.arrows if arrow.manual]
CONDITIONAL = [(arrow, name) for arrow in AUTOMATIC for name in arrow.conditions]
CENTRE = "C-BDC-EXISTS"

TRUE: dict[str, dict[str, Any]] = {
    "C-VIP": {"customer": {"vip": True}},
    "C-CLOSE-CONSULT": {"deal": {"needs_consultation": True}},
    "C-NEG-FEEDBACK": {"feedback": {"sentiment": "negative"}},
    "C-NEG-FEEDBACK-DEPENDS": {"feedback": {"sentiment": "negative"}},
    "C-DELIVERY-DELAY": {"order": {"promised_on": "2026-12-01", "expected_on": "2027-01-05"}},
    "C-APPOINTMENT": {"visit": {"appointment": True}},
    "C-MANY-CUSTOMERS": {"visit": {"waiting_customers": 2}},
    "C-EXISTING-CUSTOMER": {"customer": {"existing": True}},
    "C-PS-UNAVAILABLE-OR-EXISTING": {"absent_roles": ["product_specialist"]},
    "C-CXS-BDC-CANNOT-ANSWER": {"enquiry": {"first_line_can_answer": False}},
    "C-STOCK-VEHICLE": {"order": {"source": "stock"}},
    "C-TRADE-IN": {"deal": {"trade_in": True}},
    "C-OFFER-ACCEPTED": {"offer": {"accepted": True}},
    "C-NOT-DIRECT-AFTERSALES": {"contact": {"first_receiver": "sales"}},
    "C-SPECIFIC-PROBLEM": {"inspection": {"specific_problem": True}},
    "C-SERIOUS-PROBLEM": {"problem": {"severity": "serious"}},
    "C-COURTESY-CAR": {"mobility": {"option": "courtesy_car"}},
    "C-STAYS-IN-STORE": {"visit": {"waits_in_store": True}},
    "C-WARRANTY-GOODWILL": {"claims": ["goodwill"]},
    "C-SPECIAL-OPERATIONS": {"invoice": {"special_operations": True}},
    "C-UNPAID-AT-RECEPTION": {"payment": {"settled_at_reception": False}},
}
FALSE: dict[str, dict[str, Any]] = {
    "C-VIP": {"customer": {"vip": False, "public_figure": False}},
    "C-CLOSE-CONSULT": {"deal": {"needs_consultation": False}},
    "C-NEG-FEEDBACK": {"feedback": {"sentiment": "neutral"}},
    "C-NEG-FEEDBACK-DEPENDS": {"feedback": {"sentiment": "positive"}},
    "C-DELIVERY-DELAY": {"order": {"promised_on": "2026-12-01", "expected_on": "2026-12-01", "delayed": False}},
    "C-APPOINTMENT": {"visit": {"appointment": False}},
    "C-MANY-CUSTOMERS": {"visit": {"waiting_customers": 1}},
    "C-EXISTING-CUSTOMER": {"customer": {"existing": False}},
    "C-PS-UNAVAILABLE-OR-EXISTING": {"customer": {"existing": False}},
    "C-CXS-BDC-CANNOT-ANSWER": {"enquiry": {"first_line_can_answer": True}},
    "C-STOCK-VEHICLE": {"order": {"source": "factory"}},
    "C-TRADE-IN": {"deal": {"trade_in": False}},
    "C-OFFER-ACCEPTED": {"offer": {"accepted": False}},
    "C-NOT-DIRECT-AFTERSALES": {"contact": {"first_receiver": "after_sales"}},
    "C-SPECIFIC-PROBLEM": {"inspection": {"specific_problem": False}},
    "C-SERIOUS-PROBLEM": {"problem": {"severity": "ordinary"}, "feedback": {"sentiment": "positive"}},
    "C-COURTESY-CAR": {"mobility": {"option": "taxi"}},
    "C-STAYS-IN-STORE": {"visit": {"waits_in_store": False}, "mobility": {"option": "none"}},
    "C-WARRANTY-GOODWILL": {"claims": []},
    "C-SPECIAL-OPERATIONS": {"invoice": {"special_operations": False}},
    "C-UNPAID-AT-RECEPTION": {"payment": {"settled_at_reception": True}},
}
TRUE_TOPICS = {"C-INFOTAINMENT-CHARGING": ("charging",), "C-REPURCHASE-INTEREST": ("repurchase", "price")}
FALSE_TOPICS = {"C-INFOTAINMENT-CHARGING": ("maintenance",), "C-REPURCHASE-INTEREST": ("price",)}
SUBJECTS = {
    "sales_manager": "staff",
    "salesperson": "sales",
    "product_specialist": "product",
    "service_manager": "vehicle",
    "service_advisor": "service",
    "client_experience_manager": "product",
}
FOUND = {
    "workshop_manager": {"problem": {"severity": "ordinary"}},
    "product_specialist": {"topics": ("infotainment",)},
    "service_manager": {"problem": {"severity": "serious"}},
}


def choice_facts(arrow: Entry) -> dict[str, Any]:
    match arrow.multiplicity:
        case "holder_of_request":
            return {"enquiry": {"held_by": arrow.to_role}}
        case "transferring_role":
            return {"visit": {"transferred_by": arrow.to_role}}
        case "subset_by_problem":
            return {"feedback": {"about": [SUBJECTS[arrow.to_role]]}}
        case "unclear_one_of_or_all":
            return {name: value for name, value in FOUND[arrow.to_role].items() if name != "topics"}
    return {}


def build(arrow: Entry, false: str | None = None, unknown: str | None = None) -> tuple[JourneyEvent, DealerView]:
    """The event that meets the arrow's every condition, save one that is false or unknown."""
    facts: dict[str, Any] = {}
    topics: tuple[str, ...] = ()
    for name in arrow.conditions:
        if name == CENTRE or asks_the_same(name, unknown):
            continue
        source, source_topics = (FALSE, FALSE_TOPICS) if asks_the_same(name, false) else (TRUE, TRUE_TOPICS)
        merge(facts, source.get(name, {}))
        topics = source_topics.get(name, topics)
    merge(facts, choice_facts(arrow))
    if arrow.multiplicity == "unclear_one_of_or_all":
        topics = FOUND[arrow.to_role].get("topics", ())
    customer = arrow.granularity == "customer_case"
    event = make_event(
        arrow.from_role,
        arrow.occurrence or "",
        customer_id="C-1" if customer else None,
        step=arrow.halo_steps[0],
        topics=topics,
        facts=facts,
    )
    return event, make_dealer(centre=to_centre(arrow, false))


def asks_the_same(name: str, other: str | None) -> bool:
    """Two conditions may ask one fact: then they are true, false and unknown together."""
    return other is not None and PLAYBOOK.conditions[name].predicate == PLAYBOOK.conditions[other].predicate


def records(routing: Routing) -> list[NewRecord]:
    """The tasks a routing creates."""
    return [decision.record for decision in routing.decisions if decision.record is not None]


def to_centre(arrow: Entry, false: str | None) -> bool:
    return arrow.to_role == "business_development_centre" and false != CENTRE


def merge(facts: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        facts[name] = {**facts.get(name, {}), **value} if isinstance(value, dict) else value


def walk(arrow: Entry, false: str | None = None, unknown: str | None = None) -> Routing:
    event, dealer = build(arrow, false, unknown)
    return route_event(event, dealer=dealer)


def test_walk_covers_the_whole_catalogue() -> None:
    assert (len(AUTOMATIC), len(MANUAL)) == (172, 37)
    assert {name for _, name in CONDITIONAL} == set(PLAYBOOK.conditions)


@pytest.mark.parametrize("arrow", AUTOMATIC, ids=lambda arrow: arrow.entry_id)
def test_arrow_fires_when_everything_holds(arrow: Entry) -> None:
    routing = walk(arrow)
    decision = decision_of(routing, arrow.entry_id)
    record = next(record for record in records(routing) if arrow.entry_id in (record.entry, *record.mirrors))
    assert decision.outcome == ("created" if record.entry == arrow.entry_id else "merged")
    assert (record.kind, record.mode) == (arrow.kind, arrow.mode)
    assert (record.from_role, record.to_role) == (arrow.from_role, arrow.to_role)
    assert [trace.met for trace in decision.conditions] == [True] * len(arrow.conditions)
    assert decision.source == arrow.source
    assert decision.playbook_version == PLAYBOOK.version


@pytest.mark.parametrize(("arrow", "condition"), CONDITIONAL, ids=lambda value: getattr(value, "entry_id", value))
def test_arrow_stays_back_when_a_condition_is_false(arrow: Entry, condition: str) -> None:
    routing = walk(arrow, false=condition)
    assert decision_of(routing, arrow.entry_id).outcome == "not_met"
    assert arrow.entry_id not in created(routing) | suggested(routing)


@pytest.mark.parametrize(
    ("arrow", "condition"),
    [pair for pair in CONDITIONAL if pair[1] != CENTRE],
    ids=lambda value: getattr(value, "entry_id", value),
)
def test_arrow_is_suggested_when_a_condition_is_unknown(arrow: Entry, condition: str) -> None:
    routing = walk(arrow, unknown=condition)
    decision = decision_of(routing, arrow.entry_id)
    assert decision.outcome == "suggested"
    assert arrow.entry_id in suggested(routing) - created(routing)
    suggestion = next(found for found in routing.suggestions if found.entry == arrow.entry_id)
    assert suggestion.missing


@pytest.mark.parametrize("arrow", MANUAL, ids=lambda arrow: arrow.entry_id)
def test_manual_arrow_is_offered_and_never_created(arrow: Entry) -> None:
    routing = walk(arrow)
    assert outcomes(routing)[arrow.entry_id] == "manual"
    assert arrow.entry_id in suggested(routing) - created(routing)


@pytest.mark.parametrize("arrow", PLAYBOOK.arrows, ids=lambda arrow: arrow.entry_id)
def test_arrow_needs_its_granularity(arrow: Entry) -> None:
    event, dealer = build(arrow)
    other = make_event(
        arrow.from_role,
        arrow.occurrence or "",
        customer_id=None if event.customer_id else "C-1",
        step=arrow.halo_steps[0],
        topics=event.topics,
    )
    routing = route_event(other, dealer=dealer)
    takes_either = arrow.granularity == "campaign_or_programme"
    assert (arrow.entry_id in outcomes(routing)) is takes_either
