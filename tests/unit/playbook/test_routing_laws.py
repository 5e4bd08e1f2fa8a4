"""What holds for every event whatsoever."""

import dataclasses
from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from routing_world import NOW, PLAYBOOK, TODAY

from shared.playbook.routing.case_fit import united_case
from shared.playbook.routing.explanation import decision_document, show_decision
from shared.playbook.routing.router import route, route_chain
from shared.playbook.types import (
    AcceptedTask,
    CaseView,
    CustomerView,
    DealerView,
    Hop,
    JourneyEvent,
    OpenRecord,
    Routing,
    Vehicle,
)
from shared.vocabulary import FEEDBACK_SUBJECTS, OCCURRENCES, ROLES, ROLES_WITH_PAGE, STEPS, TOPICS

FLAGS = [
    "customer.vip",
    "customer.public_figure",
    "customer.existing",
    "order.delayed",
    "deal.needs_consultation",
    "deal.trade_in",
    "offer.accepted",
    "visit.appointment",
    "visit.waits_in_store",
    "enquiry.first_line_can_answer",
    "inspection.specific_problem",
    "invoice.special_operations",
    "payment.settled_at_reception",
]
days = st.integers(-200, 400).map(lambda n: TODAY - timedelta(days=n))
names = st.lists(st.sampled_from(TOPICS), max_size=3, unique=True).map(tuple)
facts = st.fixed_dictionaries(
    {},
    optional={
        **{path: st.booleans() for path in FLAGS},
        "contact.first_receiver": st.sampled_from(["after_sales", "sales", "other"]),
        "feedback.sentiment": st.sampled_from(["negative", "neutral", "positive"]),
        "feedback.about": st.lists(st.sampled_from((*TOPICS, *FEEDBACK_SUBJECTS)), max_size=2).map(tuple),
        "problem.severity": st.sampled_from(["ordinary", "serious"]),
        "order.source": st.sampled_from(["factory", "stock"]),
        "order.promised_on": days,
        "order.expected_on": days,
        "visit.waiting_customers": st.integers(0, 3),
        "visit.transferred_by": st.sampled_from(ROLES),
        "enquiry.held_by": st.sampled_from(["client_experience_specialist", "business_development_centre"]),
        "mobility.option": st.sampled_from(["courtesy_car", "taxi", "stays_in_store", "none"]),
        "claims": st.lists(st.sampled_from(["warranty", "goodwill"]), unique=True).map(tuple),
        "absent_roles": st.lists(st.sampled_from(ROLES), max_size=2).map(tuple),
    },
)
observers = st.one_of(st.sampled_from(ROLES_WITH_PAGE), st.sampled_from(ROLES))
vehicles = st.builds(Vehicle, st.sampled_from([None, "A", "B"]), st.none() | days)


@st.composite
def events(draw: st.DrawFn) -> JourneyEvent:
    customer = draw(st.sampled_from(["C-1", "C-1", None]))
    steps = st.sampled_from(list(STEPS))
    return JourneyEvent(
        event_id="E-1",
        dealer_id="d",
        observer=draw(observers),
        time=NOW,
        customer_id=customer,
        step=draw(steps if customer else st.none() | steps),
        occurrences=tuple(draw(st.lists(st.sampled_from(OCCURRENCES), max_size=3))),
        topics=draw(names),
        facts=draw(facts),
        vehicle=draw(vehicles),
    )


records = st.builds(
    OpenRecord,
    task_id=st.sampled_from(["T-1", "T-2"]),
    entry=st.sampled_from(list(PLAYBOOK.entries)),
    matter=st.sampled_from(["service_request", "repurchase", "repair_order_opened", "upsell_opportunity_identified"]),
    kind=st.sampled_from(["deliver", "interact", "reminder"]),
    from_role=st.sampled_from(ROLES),
    to_role=st.sampled_from(ROLES),
    manual=st.booleans(),
)
hops = st.builds(Hop, st.sampled_from(["service_request", "purchase", "repair_order_opened"]), st.sampled_from(ROLES))
cases = st.none() | st.builds(
    CaseView,
    case_id=st.just("K"),
    topics=names,
    facts=facts,
    vehicle=vehicles,
    open_records=st.lists(records, max_size=3).map(tuple),
    returned_matters=st.lists(hops, max_size=3).map(tuple),
)
unsure = st.sampled_from([None, True, False])
customers = st.none() | st.builds(CustomerView, unsure, unsure, unsure, unsure)
dealers = st.builds(
    DealerView,
    time_zone=st.sampled_from(["Europe/Lisbon", "Asia/Shanghai"]),
    has_business_development_centre=st.booleans(),
    available=st.dictionaries(st.sampled_from(ROLES), st.none() | st.integers(0, 2)),
)
World = tuple[JourneyEvent, CaseView | None, CustomerView | None, DealerView]
worlds = st.tuples(events(), cases, customers, dealers)


def run(world: World) -> Routing:
    return route(*world, PLAYBOOK)


def new_keys(routing: Routing) -> list[Any]:
    return [decision.record.key for decision in routing.decisions if decision.record is not None]


def says_why(world: World, routing: Routing) -> None:
    for decision in routing.decisions:
        shown = show_decision(decision_document(decision), PLAYBOOK.texts, "pt")
        assert shown["because"]
        assert "{" not in shown["because"]


def creates_a_class_once_and_never_beside_an_open_record(world: World, routing: Routing) -> None:
    assert max(Counter(new_keys(routing)).values(), default=1) == 1
    case = world[1]
    pending = {record.task_id for record in case.open_records} if case else set()
    for decision in routing.decisions:
        assert decision.merges_into is None or decision.merges_into in pending


def outcome_record_and_join_agree(world: World, routing: Routing) -> None:
    for decision in routing.decisions:
        joined = decision.merges_into is not None or decision.merges_entry is not None
        assert (decision.outcome == "created") <= (decision.record is not None)
        assert (decision.outcome == "merged") <= joined
        assert (decision.record is not None or joined) <= (decision.outcome in ("created", "merged", "owner_decision"))
        assert (decision.outcome == "owner_decision") <= (joined != (decision.record is not None))


def unknown_never_creates(world: World, routing: Routing) -> None:
    for decision in routing.decisions:
        if decision.outcome in ("created", "merged", "owner_decision", "already_with"):
            assert all(trace.met is True for trace in decision.conditions)
        if decision.outcome == "not_met" and decision.because.code == "condition_not_met":
            assert any(trace.met is False for trace in decision.conditions)


def manual_arrows_are_only_offered(world: World, routing: Routing) -> None:
    offered = {suggestion.entry for suggestion in routing.suggestions}
    for decision in routing.decisions:
        if decision.entry and PLAYBOOK.entries[decision.entry].manual:
            assert decision.outcome == "manual"
            assert decision.entry in offered


def what_is_offered_is_decided_too(world: World, routing: Routing) -> None:
    decided = {decision.entry for decision in routing.decisions if decision.outcome in ("suggested", "manual")}
    assert {suggestion.entry for suggestion in routing.suggestions} <= decided


LAWS = (
    says_why,
    creates_a_class_once_and_never_beside_an_open_record,
    outcome_record_and_join_agree,
    unknown_never_creates,
    manual_arrows_are_only_offered,
    what_is_offered_is_decided_too,
)


@given(worlds)
@settings(max_examples=300)
def test_routing_is_a_function_never_raises_and_keeps_every_law(world: World) -> None:
    routing = run(world)
    assert routing == run(world)
    for law in LAWS:
        law(world, routing)


@given(worlds)
def test_who_knows_nothing_creates_only_what_no_condition_guards(world: World) -> None:
    blank = dataclasses.replace(world[0], facts={}, topics=())
    for decision in route(blank, None, None, DealerView("Europe/Lisbon"), PLAYBOOK).decisions:
        if decision.record is not None and decision.entry:
            assert PLAYBOOK.entries[decision.entry].conditions == ()


@given(worlds)
def test_without_a_customer_no_customer_case_is_created(world: World) -> None:
    event, case, customer, dealer = world
    routing = route(dataclasses.replace(event, customer_id=None), case, customer, dealer, PLAYBOOK)
    for decision in routing.decisions:
        if decision.record is not None and decision.entry:
            assert PLAYBOOK.entries[decision.entry].granularity in ("management_routine", "campaign_or_programme")


@given(worlds)
def test_negative_feedback_always_reaches_its_manager(world: World) -> None:
    event, case, customer, dealer = world
    angry = dataclasses.replace(event, customer_id="C-1", step=event.step or 9)
    angry = dataclasses.replace(angry, facts={**event.facts, "feedback.sentiment": "negative"})
    routing = route(angry, case, customer, dealer, PLAYBOOK)
    manager = "client_experience_manager"
    reached = any(d.to_role == manager and d.outcome in ("created", "merged") for d in routing.decisions)
    assert reached or angry.observer == manager
    assert all(decision.entry != "FB-14" for decision in routing.decisions)


@given(worlds, st.sampled_from(ROLES), st.sampled_from(ROLES), st.lists(st.sampled_from(ROLES), max_size=2))
def test_chain_prints_only_and_hands_nothing_back(world: World, giver: str, receiver: str, earlier: list[str]) -> None:
    event, case, customer, dealer = world
    accepted = AcceptedTask("T-1", "IN-07", "deliver", "hand_over", giver, receiver, tuple(earlier))
    routing = route_chain(event, case, customer, dealer, PLAYBOOK, accepted)
    assert routing == route_chain(event, case, customer, dealer, PLAYBOOK, accepted)
    for decision in routing.decisions:
        assert decision.entry is None or PLAYBOOK.entries[decision.entry].is_arrow
        if decision.outcome == "created" and decision.record and decision.record.kind == "deliver":
            assert decision.record.to_role not in {event.observer, giver, *earlier}


@given(worlds)
def test_a_case_keeps_what_it_was_told_and_nothing_of_one_event_only(world: World) -> None:
    event, case, _, _ = world
    kept_before = dataclasses.replace(case, facts=united_case(PLAYBOOK, None, event)[0]) if case else None
    kept, topics = united_case(PLAYBOOK, kept_before, event)
    assert set(event.topics) <= set(topics)
    assert united_case(PLAYBOOK, CaseView("K", topics=topics, facts=kept), event) == (kept, topics)
    for path, value in event.facts.items():
        if PLAYBOOK.rulings.lifetime.kept(path) and path != "claims":
            assert kept[path] == value
        elif path != "claims":
            assert path not in kept
