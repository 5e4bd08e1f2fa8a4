"""Three-valued conditions and the layers facts are looked up in."""

from dataclasses import replace

import pytest
from routing_world import PLAYBOOK, make_dealer, make_event

from shared.conditions import (
    AllOf,
    AnyOf,
    Equals,
    Exceeds,
    HasAny,
    Not,
    Predicate,
    Value,
    evaluate,
    names_of,
    parse_predicate,
)
from shared.playbook.fact_types import FactValue, facts_document, flatten_facts, nest_facts
from shared.playbook.routing.situation import situation_of
from shared.playbook.ruleset.conditions import READABLE
from shared.playbook.types import CaseView, CustomerView, JourneyEvent

HOLDS, FAILS, OPEN = Equals("a", 1), Equals("b", 1), Equals("c", 1)


def read(name: str) -> Value | None:
    known: dict[str, Value] = {"a": 1, "b": 2, "names": ("x",)}
    return known.get(name)


@pytest.mark.parametrize(
    ("predicate", "met"),
    [
        (HOLDS, True),
        (FAILS, False),
        (OPEN, None),
        (Equals("b", 1, negated=True), True),
        (Equals("c", 1, negated=True), None),
        (Not(HOLDS), False),
        (Not(OPEN), None),
        (AnyOf((OPEN, HOLDS)), True),
        (AnyOf((OPEN, FAILS)), None),
        (AnyOf((FAILS, FAILS)), False),
        (AllOf((OPEN, FAILS)), False),
        (AllOf((OPEN, HOLDS)), None),
        (AllOf((HOLDS, HOLDS)), True),
        (HasAny("names", frozenset({"x", "y"})), True),
        (HasAny("names", frozenset({"y"})), False),
        (HasAny("other", frozenset({"y"})), None),
        (HasAny("a", frozenset({"y"})), False),
        (Exceeds("b", "a"), True),
        (Exceeds("a", "b"), False),
        (Exceeds("a", "c"), None),
    ],
)
def test_logic_is_that_of_sql(predicate: Predicate, met: bool | None) -> None:
    assert evaluate(predicate, read) is met


@pytest.mark.parametrize(
    "node",
    [
        {"customer.age": 3},
        {"claims": "warranty"},
        {"claims": []},
        {"claims": [1]},
        {"customer.vip": ["yes"]},
        {"customer.vip": 1},
        {"visit.waiting_customers": True},
        {"order.expected_on": {"later_than": "customer.vip"}},
        {"order.expected_on": {"exceeds": "order.promised_on"}},
        {"visit.waiting_customers": {"exceeds": "available(seller)"}},
        {"customer.vip": {"matches": ".*"}},
        {"contact.first_receiver": {"differs_from": "sales", "later_than": "sales"}},
        {"contact.first_receiver": {"differs_from": 1}},
        {"customer.vip": True, "unless": False},
        {"any": []},
        {"not": {}},
        {},
        "customer.vip",
    ],
)
def test_operators_are_a_closed_set(node: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"not a condition|cannot read|does not apply"):
        parse_predicate(node, READABLE)


def test_members_of_a_mapping_all_count_and_keep_their_order() -> None:
    node = {
        "order.expected_on": {"later_than": "order.promised_on"},
        "any": [{"available(salesperson)": 0}, {"not": {"topics": ["price"]}}],
        "contact.first_receiver": {"differs_from": "sales"},
    }
    predicate = parse_predicate(node, READABLE)
    assert predicate == AllOf(
        (
            Exceeds("order.expected_on", "order.promised_on"),
            AnyOf((Equals("available(salesperson)", 0), Not(HasAny("topics", frozenset({"price"}))))),
            Equals("contact.first_receiver", "sales", negated=True),
        )
    )
    assert names_of(predicate) == (
        "order.expected_on", "order.promised_on", "available(salesperson)", "topics", "contact.first_receiver",
    )  # fmt: skip


def trace(
    condition: str,
    event: JourneyEvent,
    case: CaseView | None = None,
    customer: CustomerView | None = None,
    **dealer: object,
) -> tuple[bool | None, list[tuple[FactValue | None, str | None]]]:
    found = situation_of(PLAYBOOK, event, case, customer, make_dealer(**dealer)).trace(condition)
    return found.met, [(fact.value, fact.layer) for fact in found.facts]


def test_each_leaf_comes_from_the_nearest_layer() -> None:
    event = make_event("sales_manager", facts={"customer": {"vip": False}})
    case = CaseView("K", facts={"customer.vip": True, "customer.public_figure": False})
    profile = CustomerView(vip=True, public_figure=True)
    assert trace("C-VIP", event, case, profile) == (False, [(False, "event"), (False, "case")])
    assert trace("C-VIP", replace(event, facts={}), None, profile) == (True, [(True, "customer")] * 2)
    assert trace("C-VIP", replace(event, facts={}), None, CustomerView()) == (None, [(None, None)] * 2)
    assert trace("C-BDC-EXISTS", event, centre=True) == (True, [(True, "dealer")])


def test_facts_of_one_event_are_never_read_from_a_case() -> None:
    case = CaseView("K", facts={"feedback.sentiment": "negative", "visit.appointment": True, "deal.trade_in": True})
    event = make_event("salesperson")
    assert trace("C-NEG-FEEDBACK", event, case)[0] is None
    assert trace("C-APPOINTMENT", event, case)[0] is None
    assert trace("C-TRADE-IN", event, case) == (True, [(True, "case")])


def test_topics_of_the_event_come_before_those_of_the_case_and_none_is_unknown() -> None:
    case = CaseView("K", topics=("charging",))
    about_price = make_event("service_advisor", topics=("price",))
    silent = make_event("service_advisor")
    assert trace("C-INFOTAINMENT-CHARGING", about_price, case) == (False, [(("price",), "event")])
    assert trace("C-INFOTAINMENT-CHARGING", silent, case) == (True, [(("charging",), "case")])
    assert trace("C-INFOTAINMENT-CHARGING", silent, CaseView("K"))[0] is None


def test_availability_is_zero_when_absent_and_unknown_without_staff_record() -> None:
    waiting = make_event("salesperson", facts={"visit": {"waiting_customers": 1}})
    assert trace("C-MANY-CUSTOMERS", waiting) == (False, [(1, "event"), (1, "dealer")])
    assert trace("C-MANY-CUSTOMERS", waiting, available={})[0] is None
    assert trace("C-MANY-CUSTOMERS", waiting, available={"client_experience_specialist": None})[0] is None
    absent = {**waiting.facts, "absent_roles": ("client_experience_specialist",)}
    assert trace("C-MANY-CUSTOMERS", replace(waiting, facts=absent), available={}) == (
        True,
        [(1, "event"), (0, "event")],
    )


@pytest.mark.parametrize(
    ("order", "met"),
    [
        ({"promised_on": "2026-12-01", "expected_on": "2026-12-02"}, True),
        ({"promised_on": "2026-12-01", "expected_on": "2026-12-01"}, None),
        ({"promised_on": "2026-12-01", "expected_on": "2026-12-01", "delayed": False}, False),
        ({"delayed": False}, None),
        ({"delayed": True}, True),
    ],
)
def test_delivery_delay(order: dict[str, object], met: bool | None) -> None:
    assert trace("C-DELIVERY-DELAY", make_event("sales_manager", facts={"order": order}))[0] is met


def test_a_topic_speaks_only_where_its_event_does_not() -> None:
    assert trace("C-COURTESY-CAR", make_event("service_advisor", topics=("courtesy_car",))) == (
        True,
        [("courtesy_car", "event")],
    )
    taxi = make_event("service_advisor", topics=("courtesy_car",), facts={"mobility": {"option": "taxi"}})
    assert trace("C-COURTESY-CAR", taxi)[0] is False
    both = make_event("service_advisor", topics=("warranty", "goodwill"))
    assert trace("C-WARRANTY-GOODWILL", both)[1] == [(("warranty", "goodwill"), "event")]
    none = make_event("service_advisor", topics=("warranty",), facts={"claims": []})
    assert trace("C-WARRANTY-GOODWILL", none) == (False, [((), "event")])


def test_facts_travel_between_document_and_paths() -> None:
    document = {
        "customer": {"vip": True, "existing": None},
        "order": {"promised_on": "2026-12-01"},
        "claims": [],
        "offer": {},
        "payment": None,
    }
    flat = flatten_facts(document)
    assert set(flat) == {"customer.vip", "order.promised_on", "claims"}
    assert flat["claims"] == ()
    assert flatten_facts(facts_document(flat)) == flat
    assert nest_facts(flat) == {"customer": {"vip": True}, "order": {"promised_on": "2026-12-01"}, "claims": []}
    with pytest.raises(KeyError, match=r"customer\.age"):
        flatten_facts({"customer": {"age": 40}})
