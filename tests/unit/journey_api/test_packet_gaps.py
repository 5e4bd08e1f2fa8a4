"""What nobody has asked the customer yet."""

from datetime import UTC, datetime
from typing import Any

import pytest

from journey_api.tasks.checklists import missing_fields
from shared.sla.facts import EventSeen

REQUEST = ("service_request_received",)
APPOINTMENT = ("service_appointment_requested",)
TOLD = {"problem": "screen restarts", "situation": "while driving"}


@pytest.mark.parametrize(
    ("occurrences", "vehicle", "intake", "facts", "missing"),
    [
        (REQUEST, {}, {}, {}, ["vehicle", "problem", "situation"]),
        (REQUEST, {"plate": "AA-00-BB"}, {"problem": "noise"}, {}, ["situation"]),
        (REQUEST, {"vin": "SALWA2"}, TOLD, {}, []),
        (APPOINTMENT, {}, {}, {}, ["mobility"]),
        (APPOINTMENT, {}, {}, {"mobility.option": "none"}, []),
        (("offer_presented",), {}, {}, {}, []),
    ],
)
def test_what_is_missing(
    occurrences: tuple[str, ...],
    vehicle: dict[str, Any],
    intake: dict[str, Any],
    facts: dict[str, Any],
    missing: list[str],
) -> None:
    assert missing_fields(occurrences, vehicle, intake, facts) == missing


def test_what_a_condition_needed_and_nobody_knew_is_missing_until_it_is_known() -> None:
    unknown = ["customer.vip", "customer.vip", "deal.trade_in"]
    assert missing_fields((), {}, {}, {"deal.trade_in": True}, unknown) == ["customer.vip"]


def test_a_contact_without_an_offer_lacks_one_or_the_reason() -> None:
    facts = {
        "fact_id": "e-1",
        "occurred_at": datetime(2026, 11, 20, tzinfo=UTC),
        "dealer_id": "d",
        "case_id": "c",
        "occurrences": ("customer_contact_completed",),
    }
    assert missing_fields((), {}, {}, {}, told=[EventSeen(**facts)]) == ["offer"]
    assert missing_fields((), {}, {}, {}, told=[EventSeen(**facts, signals=("reason_recorded",))]) == []


def test_mobility_agreed_later_is_not_missing() -> None:
    facts = {"dealer_id": "d", "case_id": "c", "occurred_at": datetime(2026, 11, 20, tzinfo=UTC)}
    asked = EventSeen(**facts, fact_id="e-1", occurrences=APPOINTMENT)
    agreed = EventSeen(**facts, fact_id="e-2", occurrences=("mobility_option_agreed",))
    assert missing_fields(APPOINTMENT, {}, {}, {}, told=[asked]) == ["mobility"]
    assert missing_fields(APPOINTMENT, {}, {}, {}, told=[asked, agreed]) == []
