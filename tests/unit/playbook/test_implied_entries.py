"""Routing steps 6 and 7: what no page of the observer prints, and negative feedback."""

from typing import Any

import pytest
from routing_world import PLAYBOOK, created, decision_of, make_event, outcomes, route_event, suggested

from shared.playbook.types import AcceptedDeliver, CaseView, NewRecord, Routing

CXS, BDC, CXM = "client_experience_specialist", "business_development_centre", "client_experience_manager"
PS = "product_specialist"
CAN = {"enquiry": {"first_line_can_answer": True}}
CANNOT = {"enquiry": {"first_line_can_answer": False}}
NEGATIVE = {"feedback": {"sentiment": "negative"}}


def implied(observer: str, *occurrences: str, case: CaseView | None = None, **given: Any) -> Routing:
    return route_event(make_event(observer, *occurrences, **given), case)


def records(routing: Routing) -> list[tuple[str, str, str]]:
    return [(record.entry, record.to_role, record.matter) for record in all_records(routing)]


def all_records(routing: Routing) -> list[NewRecord]:
    return [decision.record for decision in routing.decisions if decision.record is not None]


@pytest.mark.parametrize(
    ("entry", "observer", "occurrence", "step", "to_role", "kind", "mode"),
    [
        ("IN-02", CXS, "customer_transferred_to_sales", 6, "salesperson", "deliver", "hand_over"),
        ("IN-02", BDC, "customer_transferred_to_sales", 6, "salesperson", "deliver", "hand_over"),
        ("IN-03", PS, "customer_transferred_to_sales", 6, "salesperson", "deliver", "hand_over"),
        ("IN-04", PS, "product_demo_completed", 7, "salesperson", "deliver", "hand_over"),
        ("IN-05", PS, "vehicle_delivery_day", 11, "service_advisor", "interact", "introduce"),
        ("IN-06", "salesperson", "vehicle_preparation_requested", 10, "service_advisor", "interact", "share_info"),
        ("IN-06", "sales_manager", "vehicle_preparation_requested", 10, "service_advisor", "interact", "share_info"),
    ],
)
def test_row_of_observer_and_occurrence(
    entry: str, observer: str, occurrence: str, step: int, to_role: str, kind: str, mode: str
) -> None:
    (record,) = all_records(implied(observer, occurrence, step=step, topics=("repair",)))
    assert (record.entry, record.from_role, record.to_role) == (entry, observer, to_role)
    assert (record.kind, record.mode, record.matter) == (kind, mode, occurrence)


@pytest.mark.parametrize(("facts", "outcome"), [(CANNOT, "created"), (CAN, "not_met"), ({}, "suggested")])
def test_enquiry_passes_on_when_the_first_line_cannot_answer(facts: dict[str, Any], outcome: str) -> None:
    routing = implied(CXS, "remote_enquiry_received", step=4, facts=facts, topics=("price",))
    assert outcomes(routing) == {"IN-01": outcome}
    assert ("IN-01" in suggested(routing)) is (outcome == "suggested")


@pytest.mark.parametrize("occurrence", sorted(PLAYBOOK.rulings.implied.stop))
def test_stop_occurrences_need_nobody_else(occurrence: str) -> None:
    (decision,) = implied(CXS, occurrence, topics=("repair",)).decisions
    assert (decision.outcome, decision.because.code) == ("none", "needs_nobody_else")


@pytest.mark.parametrize(
    ("observer", "topics", "wanted"),
    [
        (CXS, ("repair",), [("IN-07", "service_advisor", "service_request")]),
        (CXS, ("courtesy_car", "accident"), [("IN-07", "service_advisor", "service_request")]),
        (CXS, ("repurchase", "price"), [("IN-08", "salesperson", "repurchase")]),
        (CXS, ("finance",), [("IN-08", "salesperson", "purchase")]),
        (CXS, ("test_drive",), [("IN-08", PS, "demo")]),
        (
            BDC,
            ("recall", "documents", "product_demo"),
            [
                ("IN-07", "service_advisor", "service_request"),
                ("IN-08", "salesperson", "purchase"),
                ("IN-08", PS, "demo"),
            ],
        ),
        ("salesperson", ("test_drive",), [("IN-08", PS, "demo")]),
        ("salesperson", ("price",), []),
        (PS, ("product_demo",), []),
        (PS, ("charging",), [("IN-07", "service_advisor", "service_request")]),
        ("sales_manager", ("order_status",), [("IN-08", "salesperson", "purchase")]),
        ("service_advisor", ("contract",), [("IN-08", "salesperson", "purchase")]),
        ("workshop_manager", ("parts_delay",), [("IN-07", "service_advisor", "service_request")]),
        ("back_office", ("subscription",), [("FB-14", CXS, "default_router")]),
        (CXS, ("subscription",), []),
        ("salesperson", ("subscription", "price"), []),
    ],
)
def test_topic_no_row_used(observer: str, topics: tuple[str, ...], wanted: list[tuple[str, str, str]]) -> None:
    assert records(implied(observer, topics=topics)) == wanted


def test_topics_an_inference_row_used_are_not_implied_again() -> None:
    routing = implied("sales_manager", topics=("accessories", "repair"), step=13)
    assert records(routing) == [("IN-07", "service_advisor", "service_request")]


def test_implied_record_is_about_all_topics_of_its_row() -> None:
    routing = implied("service_advisor", topics=("repurchase", "price"), step=20)
    assert outcomes(routing)["SA-10-01-c"] == "created"
    assert decision_of(routing, "IN-08").merges_entry == "SA-10-01-c"


@pytest.mark.parametrize("observer", [CXS, BDC])
def test_first_line_that_can_answer_keeps_such_topics(observer: str) -> None:
    assert records(implied(observer, topics=("price",), facts=CAN)) == []
    assert records(implied(observer, "repair_completed", topics=("price",), step=17, facts=CAN)) == []
    assert records(implied(observer, topics=("price",), facts=CANNOT)) != []
    assert records(implied(PS, topics=("price",), facts=CAN)) != []


@pytest.mark.parametrize(
    ("observer", "occurrence", "step", "wanted"),
    [
        (CXS, "repair_status_changed", 17, [("IN-07", "service_advisor", "repair_status_changed")]),
        (CXS, "service_request_received", 17, [("IN-07", "service_advisor", "service_request")]),
        (CXS, "service_request_received", 13, [("IN-08", "salesperson", "service_request_received")]),
        (CXS, "upsell_opportunity_identified", 17, [("IN-07", "service_advisor", "upsell_opportunity_identified")]),
        (CXS, "upsell_opportunity_identified", 13, [("IN-08", "salesperson", "upsell_opportunity_identified")]),
        (CXS, "offer_presented", 8, [("IN-08", "salesperson", "offer_presented")]),
        ("salesperson", "repair_order_opened", 16, [("IN-07", "service_advisor", "repair_order_opened")]),
        (CXS, "offer_presented", 3, []),
        (PS, "offer_presented", 3, [("FB-14", CXS, "default_router")]),
        (PS, "service_appointment_requested", 16, [("FB-14", CXS, "default_router")]),
        (PS, "deal_submitted_for_verification", 8, [("FB-14", CXS, "default_router")]),
        (PS, "local_event_held", 1, [("FB-14", CXS, "default_router")]),
    ],
)
def test_role_that_prints_the_occurrence(
    observer: str, occurrence: str, step: int, wanted: list[tuple[str, str, str]]
) -> None:
    assert records(implied(observer, occurrence, step=step)) == wanted


def test_topic_rows_come_before_the_page_that_prints_it() -> None:
    routing = implied(CXS, "repair_status_changed", topics=("price",), step=17)
    assert records(routing) == [("IN-08", "salesperson", "purchase")]


def test_own_family_ends_the_search() -> None:
    assert records(implied("salesperson", "repair_order_opened", topics=("price",), step=16)) == []
    assert records(implied("sales_manager", "repair_order_opened", topics=("delivery_delay",), step=16)) == []
    with_price = implied("sales_manager", "repair_order_opened", topics=("delivery_delay", "price"), step=16)
    assert records(with_price) == [("IN-08", "salesperson", "purchase")]


def test_topics_are_not_tried_once_a_posted_occurrence_matched() -> None:
    routing = implied(CXS, "customer_transferred_to_sales", "repair_completed", topics=("repair",), step=6)
    assert records(routing) == [("IN-02", "salesperson", "customer_transferred_to_sales")]
    paged = implied(CXS, "customer_contact_completed", "repair_status_changed", topics=("price",), step=17)
    assert records(paged) == [("IN-07", "service_advisor", "repair_status_changed")]


def test_printed_occurrence_leaves_its_topics_alone() -> None:
    routing = implied("salesperson", "repair_order_opened", "order_status_contact_due", topics=("test_drive",), step=10)
    assert created(routing) == {"SP-06-02-a"}


def test_filtered_activity_still_counts_as_printed() -> None:
    routing = implied("sales_manager", "marketing_campaign_planned", topics=("price",))
    (decision,) = routing.decisions
    assert (decision.outcome, decision.because.code) == ("none", "filtered_needs_no_customer")


def test_without_a_customer_nothing_is_implied() -> None:
    for routing in (
        implied(CXS, "repair_completed", customer_id=None),
        implied(CXS, topics=("repair",), customer_id=None),
        implied(PS, "customer_transferred_to_sales", customer_id=None),
    ):
        assert [decision.because.code for decision in routing.decisions] == ["unmatched_without_customer"]


def test_implied_handoffs_go_by_the_events_own_topics() -> None:
    routing = implied(CXS, case=CaseView("K", topics=("repair",)), topics=("subscription",))
    assert created(routing) == set()


def given(*, receiver: str = CXS, cancelled: bool = False) -> CaseView:
    return CaseView("K", accepted_delivers=(AcceptedDeliver("service_advisor", receiver, "check_in", cancelled),))


def test_the_way_back_reports_instead_of_handing_over() -> None:
    (record,) = all_records(implied(CXS, case=given(), topics=("repair",)))
    assert (record.entry, record.kind, record.mode) == ("IN-07", "interact", "share_info")
    (paged,) = all_records(implied(CXS, "repair_status_changed", case=given(), step=17))
    assert (paged.entry, paged.kind) == ("IN-07", "interact")
    for case in (given(cancelled=True), given(receiver=PS), None):
        (forward,) = all_records(implied(CXS, case=case, topics=("repair",)))
        assert (forward.kind, forward.mode) == ("deliver", "hand_over")
    (other,) = all_records(implied(CXS, case=given(), topics=("price",)))
    assert other.kind == "deliver"


@pytest.mark.parametrize(
    ("observer", "step", "topics", "wanted"),
    [
        (CXS, 11, (), {"FB-06"}),
        (CXS, 12, (), {"FB-07"}),
        (CXS, 17, ("repair",), {"IN-07", "FB-07"}),
        (PS, 9, ("subscription",), {"FB-06"}),
        (CXM, 9, ("subscription",), set()),
        (CXM, 9, ("repair",), {"IN-07"}),
        ("service_advisor", 10, (), {"FB-06"}),
        ("service_advisor", 12, (), {"SA-07-02-a", "SA-07-02-b"}),
    ],
)
def test_negative_feedback_reaches_its_manager(
    observer: str, step: int, topics: tuple[str, ...], wanted: set[str]
) -> None:
    assert created(implied(observer, step=step, topics=topics, facts=NEGATIVE)) >= wanted
    if observer != "service_advisor" or step < 12:
        assert created(implied(observer, step=step, topics=topics, facts=NEGATIVE)) == wanted


def test_negative_feedback_record() -> None:
    (record,) = all_records(implied(CXS, "service_feedback_received", step=17, facts=NEGATIVE))
    assert (record.entry, record.kind, record.mode) == ("FB-07", "interact", "manage_negative_feedback")
    assert (record.from_role, record.to_role, record.matter) == (CXS, CXM, "negative_feedback")


def test_negative_feedback_without_a_customer_reaches_nobody() -> None:
    assert created(implied(CXS, customer_id=None, facts=NEGATIVE)) == set()


def test_step_seven_leaves_an_arrow_that_reached_the_manager_alone() -> None:
    routing = implied("sales_manager", step=17, facts=NEGATIVE)
    assert "SM-07-01-b" in created(routing)
    assert not {"FB-06", "FB-07"} & created(routing)
