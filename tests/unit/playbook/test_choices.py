"""Multiplicity, substitutions, the step filter and the tables of a dealer."""

from typing import Any

import pytest
from routing_world import PLAYBOOK, created, decision_of, make_dealer, make_event, outcomes, route_event, suggested

from shared.playbook.ruleset.dealer_settings import override_tables, validate_tables
from shared.playbook.types import CustomerView

SA, SP, SM = "service_advisor", "salesperson", "sales_manager"
CANNOT = {"first_line_can_answer": False}


@pytest.mark.parametrize(("centre", "entry"), [(True, "SA-08-01-d"), (False, "SA-08-01-c")])
def test_one_of_specialist_and_centre(centre: bool, entry: str) -> None:
    routing = route_event(make_event(SA, "service_due_soon", step=16), dealer=make_dealer(centre=centre))
    assert created(routing) == {"SA-08-01-a", "SA-08-01-b", entry}
    assert suggested(routing) == set()


@pytest.mark.parametrize(
    ("holder", "centre", "wanted"),
    [
        ("client_experience_specialist", True, {"SP-02-01-a"}),
        ("business_development_centre", True, {"SP-02-01-b"}),
        (None, True, {"SP-02-01-b"}),
        (None, False, {"SP-02-01-a"}),
        ("business_development_centre", False, set()),
    ],
)
def test_holder_of_the_request(holder: str | None, centre: bool, wanted: set[str]) -> None:
    facts = {"enquiry": {**CANNOT, "held_by": holder}}
    event = make_event(SP, "remote_enquiry_received", step=4, facts=facts)
    assert created(route_event(event, dealer=make_dealer(centre=centre))) == wanted


def test_transferring_role() -> None:
    def arrive(**visit: str) -> Any:
        return route_event(make_event(SP, "customer_transferred_to_sales", step=6, facts={"visit": visit}))

    assert created(arrive(transferred_by="product_specialist")) == {"SP-03-04-b"}
    assert outcomes(arrive(transferred_by="service_advisor")) == {"SP-03-04-a": "not_met", "SP-03-04-b": "not_met"}
    assert suggested(arrive()) == {"SP-03-04-a", "SP-03-04-b"}
    assert arrive().suggestions[0].missing == ("visit.transferred_by",)


OWNERSHIP = {"SA-07-02-a", "SA-07-02-b"}


@pytest.mark.parametrize(
    ("about", "topics", "wanted"),
    [
        (["vehicle"], ("finance",), {"SA-07-02-c"}),
        (["product", "sales"], (), {"SA-07-02-e", "SA-07-02-d", "SA-07-02-f"}),
        ([], ("infotainment",), {"SA-07-02-e"}),
        (None, ("contract", "charging"), {"SA-07-02-d", "SA-07-02-e", "SA-07-02-f"}),
        (None, (), set()),
        (["delivery"], (), {"SA-07-02-d", "SA-07-02-f"}),
    ],
)
def test_feedback_goes_to_those_it_concerns(about: list[str] | None, topics: tuple[str, ...], wanted: set[str]) -> None:
    feedback = {"sentiment": "negative", "about": about}
    event = make_event(SA, "ownership_feedback_received", step=12, topics=topics, facts={"feedback": feedback})
    routing = route_event(event)
    assert created(routing) == OWNERSHIP | wanted
    assert suggested(routing) == {f"SA-07-02-{letter}" for letter in "cdef"} - wanted


@pytest.mark.parametrize(
    ("topics", "severity", "wanted"),
    [
        (("infotainment",), "serious", "SA-09-09-b"),
        (("charging",), None, "SA-09-09-b"),
        (("noise_vibration",), "serious", "SA-09-09-c"),
        (("goodwill",), "ordinary", "SA-09-09-c"),
        (("noise_vibration",), None, "SA-09-09-a"),
        ((), None, "SA-09-09-a"),
    ],
)
def test_problem_found_goes_by_the_inspection_table(topics: tuple[str, ...], severity: str | None, wanted: str) -> None:
    facts = {"inspection": {"specific_problem": True}, "problem": {"severity": severity}}
    routing = route_event(make_event(SA, "vehicle_inspection_done", step=17, topics=topics, facts=facts))
    assert created(routing) == {wanted}
    assert suggested(routing) == set()


def test_unknown_finding_suggests_only_whom_the_table_names() -> None:
    routing = route_event(make_event(SA, "vehicle_inspection_done", step=17))
    assert (created(routing), suggested(routing)) == (set(), {"SA-09-09-a"})


ARRIVAL = "customer_arrived_at_store"
NEW_CUSTOMER = {"customer": {"existing": False}}
NO_VIP = {"customer": {"vip": False, "public_figure": False}}
QUIET_STORE = {"visit": {"waiting_customers": 0}}


@pytest.mark.parametrize(
    ("observer", "occurrence", "facts", "arrow", "entry", "to_role"),
    [
        (SM, ARRIVAL, NO_VIP, "SM-03-02-a", "FB-01", "client_experience_specialist"),
        (SP, ARRIVAL, QUIET_STORE, "SP-03-02-a", "FB-02", "client_experience_specialist"),
        (SP, ARRIVAL, NEW_CUSTOMER, "SP-03-03-a", "FB-03", "product_specialist"),
        (SP, "product_demo_requested", NEW_CUSTOMER, "SP-04-01-a", "FB-04", "product_specialist"),
    ],
)
def test_work_of_the_default_role_is_suggested_to_it(
    observer: str, occurrence: str, facts: dict[str, Any], arrow: str, entry: str, to_role: str
) -> None:
    known = route_event(make_event(observer, occurrence, step=6, facts=facts))
    assert decision_of(known, arrow).outcome == "not_met"
    offered = {suggestion.entry: suggestion.to_role for suggestion in known.suggestions}
    assert offered[entry] == to_role
    assert arrow not in offered
    unknown = route_event(make_event(observer, occurrence, step=6))
    assert arrow in suggested(unknown)
    assert entry not in suggested(unknown)


@pytest.mark.parametrize("waiting", [0, 5, None])
def test_vip_welcome_comes_first(waiting: int | None) -> None:
    facts = {"visit": {"waiting_customers": waiting}}
    event = make_event(SP, "customer_arrived_at_store", step=6, facts=facts)
    routing = route_event(event, customer=CustomerView(vip=True, existing=True))
    assert outcomes(routing)["SP-03-02-a"] == "suppressed"
    assert created(routing) == {"SP-03-03-a"}
    assert suggested(routing) == {"SM-03-02-a"}


@pytest.mark.parametrize(
    ("step", "wanted"),
    [
        (8, {"SP-05-02-a"}),
        (13, {"SP-07-03-a", "SP-07-03-b", "SP-07-03-c"}),
        (17, {"SP-09-03-a", "SP-09-03-b", "SP-09-03-c"}),
        (2, set()),
    ],
)
def test_step_decides_between_pages(step: int, wanted: set[str]) -> None:
    routing = route_event(make_event(SP, "upsell_opportunity_identified", step=step))
    assert created(routing) == wanted
    if not wanted:
        assert [decision.because.code for decision in routing.decisions] == ["filtered_by_step"]


def test_step_is_not_asked_when_one_page_is_left() -> None:
    assert created(route_event(make_event(SA, "repair_order_opened", step=2))) == {"SA-09-05-a", "SA-09-05-b"}


@pytest.mark.parametrize(
    ("observer", "occurrence", "customer", "code"),
    [
        (SP, "customer_contact_completed", "C-1", "filtered_data_upkeep"),
        (SP, "customer_contact_completed", None, "filtered_data_upkeep"),
        (SM, "customer_contact_completed", "C-1", "filtered_needs_no_customer"),
        (SA, "repair_order_opened", None, "filtered_needs_customer"),
        (SA, "repair_completed", "C-1", "works_alone"),
    ],
)
def test_nothing_fires_and_the_reason_is_told(observer: str, occurrence: str, customer: str | None, code: str) -> None:
    routing = route_event(make_event(observer, occurrence, step=17, customer_id=customer))
    (decision,) = routing.decisions
    assert (decision.outcome, decision.because.code, decision.entry) == ("none", code, None)
    assert routing.suggestions == ()


def test_arrival_without_a_customer_is_the_managers_routine() -> None:
    routing = route_event(make_event(SM, "customer_arrived_at_store", step=None, customer_id=None))
    assert outcomes(routing) == {"SM-03-03-a": "created", "SM-03-03-b": "manual", "SM-03-03-c": "manual"}


def test_campaign_takes_a_customer_or_none() -> None:
    for customer in ("C-1", None):
        event = make_event(SA, "service_crm_activity_planning_due", step=16, customer_id=customer)
        assert created(route_event(event)) == {"SA-08-02-a", "SA-08-02-b", "SA-08-02-c"}


def test_dealer_overrides_its_tables_key_by_key() -> None:
    defaults = PLAYBOOK.rulings.tables
    tables = override_tables(defaults, {"feedback": {"vehicle": ["sales_manager"]}, "first_months_days": 30})
    assert tables.feedback["vehicle"] == ("sales_manager",)
    assert tables.feedback["repair"] == defaults.feedback["repair"]
    assert (tables.first_months_days, tables.case_idle_days) == (30, 14)
    assert override_tables(defaults, {"feedback": None}) == defaults


def test_override_decides_the_routing() -> None:
    row = {"topics": ["noise_vibration"], "to_role": "service_manager"}
    dealer = make_dealer(tables={"inspection": [row], "feedback": {"product": ["service_manager"]}})
    found = {"inspection": {"specific_problem": True}}
    event = make_event(SA, "vehicle_inspection_done", step=17, topics=("noise_vibration",), facts=found)
    assert created(route_event(event, dealer=dealer)) == {"SA-09-09-c"}
    silent = make_event(SA, "vehicle_inspection_done", step=17, topics=("repair",), facts=found)
    assert suggested(route_event(silent, dealer=dealer)) == {"SA-09-09-a", "SA-09-09-b", "SA-09-09-c"}
    feedback = {"feedback": {"sentiment": "negative", "about": ["product"]}}
    angry = make_event(SA, "ownership_feedback_received", step=12, facts=feedback)
    assert created(route_event(angry, dealer=dealer)) == OWNERSHIP | {"SA-07-02-c"}


@pytest.mark.parametrize(
    ("tables", "pointers"),
    [
        ({}, []),
        ({"feedback": {"vehicle": []}, "case_idle_days": 1, "first_months_days": 0}, []),
        ({"inspection": [{"severity": "serious", "topics": ["recall"], "to_role": "workshop_manager"}]}, []),
        ([], [""]),
        ({"feedbacks": {}}, ["/feedbacks"]),
        ({"feedback": []}, ["/feedback"]),
        ({"feedback": {"weather": ["salesperson"]}}, ["/feedback/weather"]),
        ({"feedback": {"vehicle": ["salesperson", "nobody"]}}, ["/feedback/vehicle/1"]),
        ({"feedback": {"vehicle": "salesperson"}}, ["/feedback/vehicle"]),
        ({"inspection": []}, ["/inspection"]),
        ({"inspection": [7]}, ["/inspection/0"]),
        ({"inspection": [{"to_role": "salesperson", "topic": 1}]}, ["/inspection/0/topic", "/inspection/0/to_role"]),
        ({"inspection": [{"to_role": "workshop_manager", "severity": "mild"}]}, ["/inspection/0/severity"]),
        ({"inspection": [{"to_role": "workshop_manager", "topics": ["x"]}]}, ["/inspection/0/topics/0"]),
        ({"first_months_days": -1, "case_idle_days": 0}, ["/first_months_days", "/case_idle_days"]),
        ({"first_months_days": True, "case_idle_days": "14"}, ["/first_months_days", "/case_idle_days"]),
    ],
)
def test_tables_are_validated_with_pointers(tables: Any, pointers: list[str]) -> None:
    assert [fault.pointer for fault in validate_tables(tables)] == pointers
