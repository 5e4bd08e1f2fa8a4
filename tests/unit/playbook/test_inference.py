"""Which occurrences an event without posted ones stands for."""

from typing import Any

import pytest
from routing_world import created, delivered, make_event, route_event

from shared.playbook.types import CaseView

NEW, OLD = delivered(49), delivered(900)
NEGATIVE, POSITIVE = {"feedback": {"sentiment": "negative"}}, {"feedback": {"sentiment": "positive"}}
SERIOUS_DIRECT = {"problem": {"severity": "serious"}, "contact": {"first_receiver": "after_sales"}}
AT_SALES = {"problem": {"severity": "serious"}, "contact": {"first_receiver": "sales"}}


def inferred(observer: str, **given: Any) -> tuple[str, ...]:
    return route_event(make_event(observer, **given)).occurrences


@pytest.mark.parametrize(
    ("observer", "topic", "occurrences"),
    [
        ("service_advisor", "maintenance", ("service_request_received", "service_need_classified")),
        ("service_advisor", "warranty", ("warranty_or_goodwill_claim_opened",)),
        ("service_advisor", "goodwill", ("warranty_or_goodwill_claim_opened",)),
        ("service_advisor", "parts_delay", ("parts_availability_check_due",)),
        ("service_advisor", "recall", ("recall_campaign_applies",)),
        ("service_advisor", "trade_in", ("trade_in_inspection_requested",)),
        ("service_advisor", "payment", ("payment_due_at_reception",)),
        ("service_advisor", "special_operations", ("invoice_presented",)),
        ("service_advisor", "courtesy_car", ("mobility_option_agreed",)),
        ("service_advisor", "repurchase", ("repurchase_interest_expressed",)),
        ("service_advisor", "accessories", ("upsell_opportunity_identified",)),
        ("service_advisor", "price", ()),
        ("salesperson", "recall", ("service_request_received",)),
        ("salesperson", "trade_in", ("trade_in_offered",)),
        ("salesperson", "order_status", ("order_status_contact_due",)),
        ("salesperson", "product_demo", ("product_demo_requested",)),
        ("salesperson", "repurchase", ("repurchase_interest_expressed",)),
        ("salesperson", "accessories", ("upsell_opportunity_identified",)),
        ("salesperson", "delivery_delay", ()),
        ("sales_manager", "delivery_delay", ("delivery_date_slipped",)),
        ("sales_manager", "accessories", ("upsell_opportunity_identified",)),
        ("sales_manager", "repurchase", ()),
        ("client_experience_specialist", "repair", ()),
    ],
)
def test_topic_gives_occurrences(observer: str, topic: str, occurrences: tuple[str, ...]) -> None:
    assert inferred(observer, topics=(topic,), vehicle=OLD) == occurrences


@pytest.mark.parametrize("topic", ["infotainment", "charging", "noise_vibration", "breakdown", "repair", "accident"])
def test_first_months_decide_for_the_service_advisor(topic: str) -> None:
    later = ("service_request_received", "service_need_classified")
    assert inferred("service_advisor", topics=(topic,), vehicle=NEW) == ("early_ownership_problem_reported",)
    assert inferred("service_advisor", topics=(topic,), vehicle=OLD) == later
    assert inferred("service_advisor", topics=(topic,)) == later


@pytest.mark.parametrize(
    ("facts", "occurrence"),
    [
        (SERIOUS_DIRECT, "serious_vehicle_problem_reported"),
        (AT_SALES, "service_request_received"),
        ({"problem": {"severity": "serious"}}, "service_request_received"),
        ({"contact": {"first_receiver": "after_sales"}}, "service_request_received"),
    ],
)
def test_serious_row_replaces_the_row_below(facts: dict[str, Any], occurrence: str) -> None:
    assert inferred("salesperson", topics=("breakdown",), facts=facts) == (occurrence,)


def test_serious_row_reads_what_the_case_knows() -> None:
    case = CaseView("K", facts={"problem.severity": "serious", "contact.first_receiver": "after_sales"})
    routing = route_event(make_event("salesperson", topics=("repair",)), case)
    assert routing.occurrences == ("serious_vehicle_problem_reported",)


@pytest.mark.parametrize(
    ("observer", "step", "facts", "occurrences"),
    [
        ("sales_manager", 1, POSITIVE, ("purchase_feedback_received",)),
        ("salesperson", 11, NEGATIVE, ("purchase_feedback_received",)),
        ("service_advisor", 11, NEGATIVE, ()),
        ("salesperson", 12, POSITIVE, ("ownership_feedback_received",)),
        ("service_advisor", 15, POSITIVE, ("ownership_feedback_received",)),
        ("service_advisor", 16, POSITIVE, ("service_feedback_received",)),
        ("salesperson", 17, POSITIVE, ()),
        ("salesperson", 18, NEGATIVE, ("serious_vehicle_problem_reported",)),
        ("sales_manager", 17, POSITIVE, ("ownership_feedback_received",)),
        ("service_advisor", 19, NEGATIVE, ("ownership_feedback_received",)),
        ("salesperson", 20, POSITIVE, ("ownership_feedback_received",)),
        ("salesperson", 5, {"feedback": {"about": ["sales"]}}, ()),
    ],
)
def test_feedback_gives_occurrences_by_step(
    observer: str, step: int, facts: dict[str, Any], occurrences: tuple[str, ...]
) -> None:
    assert inferred(observer, step=step, facts=facts) == occurrences


def test_every_row_that_fits_counts() -> None:
    occurrences = inferred("service_advisor", topics=("infotainment", "maintenance", "recall"), vehicle=NEW)
    assert occurrences == (
        "early_ownership_problem_reported",
        "service_request_received",
        "service_need_classified",
        "recall_campaign_applies",
    )


def test_inference_reads_the_events_own_topics_only() -> None:
    case = CaseView("K", topics=("repair",))
    assert route_event(make_event("service_advisor"), case).occurrences == ()


def test_posted_occurrences_leave_nothing_to_infer() -> None:
    routing = route_event(make_event("service_advisor", "repair_completed", topics=("recall",)))
    assert (routing.occurrences, routing.inferred) == (("repair_completed",), False)
    assert route_event(make_event("service_advisor", topics=("recall",))).inferred


def test_a_mere_step_on_the_journey_is_nothing_else() -> None:
    for facts in ({}, POSITIVE):
        routing = route_event(make_event("client_experience_specialist", facts=facts))
        assert (routing.decisions, routing.suggestions) == ((), ())


def test_positive_feedback_alone_creates_what_its_page_prints() -> None:
    assert created(route_event(make_event("sales_manager", step=12, facts=POSITIVE))) == {"SM-07-01-a"}
    assert created(route_event(make_event("salesperson", step=12, facts=POSITIVE))) == set()
