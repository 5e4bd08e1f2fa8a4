"""Finding cases, what they keep, first months, matters and customer owners."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from routing_world import PLAYBOOK, TODAY, delivered, make_dealer, make_event, route_event

from shared.playbook.routing.case_fit import (
    case_fits,
    case_without_customer_fits,
    delivery_day,
    in_first_months,
    local_day,
    united_case,
)
from shared.playbook.routing.case_owner import Owner, first_owner, moves_owner, must_close_loop
from shared.playbook.routing.matters import matter_of
from shared.playbook.types import CaseView, Vehicle

SA, CXS = "service_advisor", "client_experience_specialist"


@pytest.mark.parametrize(
    ("vin", "topics", "case_vin", "case_topics", "fits"),
    [
        ("A", ("repair",), "A", ("repair", "price"), True),
        ("A", ("repair",), "B", ("repair",), False),
        (None, ("repair",), "B", ("repair",), True),
        ("A", ("repair",), None, ("repair",), True),
        ("A", ("repair",), "A", ("price",), False),
        ("A", (), "A", ("price",), True),
        ("A", ("repair",), "A", (), True),
        ("A", (), "B", (), False),
    ],
)
def test_case_fits_by_vehicle_and_topics(
    vin: str | None, topics: tuple[str, ...], case_vin: str | None, case_topics: tuple[str, ...], fits: bool
) -> None:
    assert case_fits(make_event(SA, topics=topics, vehicle=Vehicle(vin)), case_vin, case_topics) is fits


def test_case_without_customer_is_of_one_day_and_occurrence() -> None:
    assert case_without_customer_fits(TODAY, ("a", "b"), TODAY, ("b",))
    assert not case_without_customer_fits(TODAY, ("a",), TODAY, ("b",))
    assert not case_without_customer_fits(TODAY, ("b",), TODAY - timedelta(days=1), ("b",))


def test_case_keeps_the_last_value_and_unites_claims_and_topics() -> None:
    case = CaseView("K", topics=("warranty",), facts={"claims": ("warranty",), "problem.severity": "ordinary"})
    event = make_event(
        SA,
        topics=("goodwill", "courtesy_car"),
        facts={
            "problem": {"severity": "serious"},
            "feedback": {"sentiment": "negative"},
            "visit": {"appointment": True},
            "absent_roles": [SA],
        },
    )
    facts, topics = united_case(PLAYBOOK, case, event)
    assert topics == ("warranty", "goodwill", "courtesy_car")
    assert facts == {
        "claims": ("warranty", "goodwill"),
        "problem.severity": "serious",
        "mobility.option": "courtesy_car",
    }
    assert united_case(PLAYBOOK, None, make_event(SA)) == ({}, ())


def test_the_events_own_claims_decide_its_routing() -> None:
    case = CaseView("K", facts={"claims": ("warranty",)})
    event = make_event(SA, "warranty_or_goodwill_claim_opened", step=17, facts={"claims": []})
    assert {decision.outcome for decision in route_event(event, case).decisions} == {"not_met"}
    silent = replace(event, facts={})
    assert {decision.outcome for decision in route_event(silent, case).decisions} == {"created"}


@pytest.mark.parametrize(("days", "fits"), [(-1, False), (0, True), (180, True), (181, False)])
def test_first_months_include_both_ends(days: int, fits: bool) -> None:
    assert in_first_months(TODAY - timedelta(days=days), TODAY, 180) is fits
    assert not in_first_months(None, TODAY, 180)


def test_first_months_go_by_the_dealers_date() -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert local_day(late, "Europe/Madrid") == date(2026, 11, 21)
    event = make_event(SA, topics=("repair",), time=late, vehicle=Vehicle("V", date(2026, 11, 21)))
    lisbon = route_event(event)
    madrid = route_event(event, dealer=replace(make_dealer(), time_zone="Europe/Madrid"))
    assert lisbon.occurrences[0] == "service_request_received"
    assert madrid.occurrences == ("early_ownership_problem_reported",)


def test_first_months_of_the_dealer() -> None:
    event = make_event(SA, topics=("repair",), vehicle=delivered(40))
    dealer = make_dealer(tables={"first_months_days": 30})
    assert route_event(event, dealer=dealer).occurrences[0] == "service_request_received"


def test_delivery_day_is_the_cases_unless_the_event_is_about_another_vehicle() -> None:
    case = CaseView("K", vehicle=delivered(10, "A"))
    assert delivery_day(make_event(SA), case) == TODAY - timedelta(days=10)
    assert delivery_day(make_event(SA, vehicle=Vehicle("A")), case) == TODAY - timedelta(days=10)
    assert delivery_day(make_event(SA, vehicle=Vehicle("B")), case) is None
    assert delivery_day(make_event(SA, vehicle=delivered(3, "B")), case) == TODAY - timedelta(days=3)
    assert delivery_day(make_event(SA), None) is None


def test_delivery_day_an_event_gives_without_a_vin_yields_to_the_known_vehicle_of_the_case() -> None:
    told = make_event(SA, vehicle=Vehicle(None, TODAY - timedelta(days=3)))
    assert delivery_day(told, CaseView("K", vehicle=delivered(10, "A"))) == TODAY - timedelta(days=10)
    assert delivery_day(told, CaseView("K", vehicle=Vehicle("A"))) == TODAY - timedelta(days=3)
    assert delivery_day(told, CaseView("K", vehicle=Vehicle(None, TODAY))) == TODAY - timedelta(days=3)
    assert delivery_day(told, None) == TODAY - timedelta(days=3)


@pytest.mark.parametrize(
    ("entry", "given", "matter"),
    [
        ("SA-07-01-c", {}, "specialist_diagnosis"),
        ("SA-09-02-a", {}, "specialist_diagnosis"),
        ("SA-10-01-c", {}, "repurchase"),
        ("SP-09-01-a", {}, "service_request"),
        ("SA-09-07-a", {}, "workshop_appointment"),
        ("SP-09-02-a", {}, "workshop_appointment"),
        ("SA-09-06-a", {}, "mobility_option_agreed"),
        ("SA-09-12-a", {}, "check_in_completed"),
        ("IN-01", {}, "remote_enquiry_received"),
        ("IN-07", {}, "service_request"),
        ("IN-07", {"occurrence": "service_request_received"}, "service_request"),
        ("IN-07", {"occurrence": "repair_completed"}, "repair_completed"),
        ("IN-07", {"occurrence": "repair_completed", "topics": ("repair",), "by": "topic"}, "service_request"),
        ("IN-08", {"topics": ("repurchase", "price"), "to_role": "salesperson"}, "repurchase"),
        ("IN-08", {"topics": ("price",), "to_role": "salesperson"}, "purchase"),
        ("IN-08", {"topics": ("test_drive",), "to_role": "product_specialist"}, "demo"),
        ("IN-08", {"occurrence": "offer_presented", "to_role": "salesperson"}, "offer_presented"),
        ("FB-01", {}, "customer_arrived_at_store"),
        ("FB-04", {}, "product_demo_requested"),
        ("FB-06", {}, "negative_feedback"),
        ("FB-14", {"occurrence": "offer_presented"}, "default_router"),
        ("FB-11", {}, "service_request"),
        ("FB-12", {"to_role": "client_experience_specialist"}, "check_in_completed"),
    ],
)
def test_matter(entry: str, given: dict[str, str], matter: str) -> None:
    assert matter_of(PLAYBOOK, entry, **given) == matter


@pytest.mark.parametrize(
    ("observer", "receiver", "owner"),
    [
        (SA, "sales", Owner(SA, "S-7")),
        ("product_specialist", None, Owner("product_specialist", "S-7")),
        ("business_development_centre", None, Owner("business_development_centre", "S-7")),
        ("sales_manager", "after_sales", Owner(SA)),
        ("sales_manager", "sales", Owner("salesperson")),
        ("sales_manager", "customer_experience", Owner(CXS)),
        ("back_office", "business_development_centre", Owner("business_development_centre")),
        ("back_office", "other", Owner(CXS)),
        ("back_office", None, Owner(CXS)),
    ],
)
def test_first_owner(observer: str, receiver: str | None, owner: Owner) -> None:
    event = make_event(observer, staff_id="S-7", facts={"contact": {"first_receiver": receiver}})
    assert first_owner(PLAYBOOK, event) == owner
    assert first_owner(PLAYBOOK, replace(event, customer_id=None)) is None


@pytest.mark.parametrize(
    ("entry", "kind", "role", "moves"),
    [
        ("SP-09-01-a", "deliver", SA, True),
        ("SA-10-02-a", "deliver", "salesperson", True),
        ("IN-02", "deliver", "salesperson", True),
        ("IN-08", "deliver", "product_specialist", True),
        ("IN-07", "interact", SA, False),
        ("IN-07", "deliver", "workshop_manager", False),
        ("SA-07-01-c", "deliver", "product_specialist", False),
        ("IN-05", "interact", SA, False),
        ("FB-14", "deliver", CXS, False),
        ("T-16", "reminder", CXS, False),
    ],
)
def test_owner_moves_to_the_department_the_matter_belongs_to(entry: str, kind: str, role: str, moves: bool) -> None:
    assert moves_owner(PLAYBOOK, entry, kind, role) is moves


@pytest.mark.parametrize(
    ("kind", "mode", "role", "owner", "outcome", "told"),
    [
        ("deliver", "hand_over", "product_specialist", SA, None, True),
        ("deliver", "hand_over", SA, SA, None, False),
        ("deliver", "hand_over", "product_specialist", SA, "customer_answered", False),
        ("deliver", "delegate", "product_specialist", SA, None, False),
        ("interact", "share_info", "product_specialist", SA, None, False),
        ("deliver", "hand_over", "product_specialist", None, None, False),
    ],
)
def test_loop_must_be_closed(
    kind: str, mode: str, role: str, owner: str | None, outcome: str | None, told: bool
) -> None:
    assert must_close_loop(kind, mode, role, owner, outcome) is told
