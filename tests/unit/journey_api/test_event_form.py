"""The event that a filled form stands for, and what its selects offer."""

from datetime import UTC, datetime

from journey_api.console.event_form import event_of, fact_choices, kind_of_fact
from journey_api.intake.cloud_events import read_event
from shared.playbook.fact_types import FACT_KINDS

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def test_what_is_filled_is_an_event_that_intake_takes() -> None:
    fields = [
        ("dealer_id", "lisboa-01"),
        ("customer_id", ""),
        ("role", "service_advisor"),
        ("step", "13"),
        ("topics", "infotainment"),
        ("topics", "charging"),
        ("facts.visit.appointment", "no"),
        ("facts.visit.waiting_customers", "3"),
        ("facts.claims", "warranty, goodwill"),
        ("facts.feedback.sentiment", "negative"),
    ]
    event = event_of(fields, "S-1", NOW)
    assert event["data"] == {
        "dealer_id": "lisboa-01",
        "observed_by": {"role": "service_advisor", "staff_id": "S-1"},
        "topics": ["infotainment", "charging"],
        "step": 13,
        "facts": {
            "visit": {"appointment": False, "waiting_customers": 3},
            "claims": ["warranty", "goodwill"],
            "feedback": {"sentiment": "negative"},
        },
    }
    assert read_event(event, NOW).data.step == 13


def test_every_closed_list_offers_what_intake_accepts() -> None:
    for path, values in fact_choices().items():
        for value in values:
            fields = [("dealer_id", "lisboa-01"), ("role", "salesperson"), (f"facts.{path}", value)]
            read_event(event_of(fields, None, NOW), NOW)


def test_every_fact_is_asked_for() -> None:
    kinds = {kind_of_fact(path) for path in FACT_KINDS}
    assert kinds == {"yes_no", "choice", "number", "names", "text"}
