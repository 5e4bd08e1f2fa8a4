"""Which case an event joins, what becomes of the case, and who may have it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest

from journey_api.intake.case_reservation import Naming, refusal
from shared.cases.case_lookup import CaseLookup, choose_case, receive
from shared.cases.store import Case
from shared.playbook.routing.case_owner import Owner
from shared.playbook.ruleset.loader import load_playbook
from shared.playbook.types import JourneyEvent, Vehicle

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
TODAY = NOW.date()
OPEN = Case("d", "k", "c", "open", opened_at=NOW, newest_event_at=NOW, last_activity_at=NOW)
playbook = cache(load_playbook)


def lookup(day: date = TODAY, occurrences: tuple[str, ...] = (), **event: object) -> CaseLookup:
    """An event of customer c, as it arrives."""
    seen = {"event_id": "e", "dealer_id": "d", "observer": "service_advisor", "time": NOW, "customer_id": "c"}
    given = {**seen, **event}
    return CaseLookup(JourneyEvent(**given), day, occurrences)  # type: ignore[arg-type]


def test_the_newest_of_those_that_fit() -> None:
    """By the time of their newest event, not by when they were opened."""
    old = replace(OPEN, case_id="old", topics=("repair",), newest_event_at=NOW - timedelta(days=1))
    new = replace(OPEN, case_id="new", topics=("repair",))
    other = replace(OPEN, case_id="other", topics=("price",), newest_event_at=NOW + timedelta(days=1))
    assert choose_case(lookup(topics=("repair",)), [old, new, other]) == new
    assert choose_case(lookup(), [old, new, other]) == other
    assert choose_case(lookup(topics=("recall",)), [old, new, other]) is None


def test_a_closed_case_is_not_joined_unnamed() -> None:
    """Nor is one that is only reserved."""
    assert choose_case(lookup(), [replace(OPEN, status="closed"), replace(OPEN, status="reserved")]) is None


def test_a_vehicle_unknown_on_one_side_fits() -> None:
    """Another known one does not."""
    case = replace(OPEN, vehicle={"vin": "V1"})
    assert choose_case(lookup(), [case]) == case
    assert choose_case(lookup(vehicle=Vehicle("V1")), [case]) == case
    assert choose_case(lookup(vehicle=Vehicle("V2")), [case]) is None


def test_without_a_customer_the_day_and_an_occurrence_decide() -> None:
    """The same local day and at least one occurrence shared."""
    case = replace(OPEN, customer_id=None, business_day=NOW.date(), occurrences=("sales_forecast_due",))
    fitting = lookup(customer_id=None, occurrences=("sales_forecast_due", "sales_coordination_due"))
    assert choose_case(fitting, [case]) == case
    assert choose_case(replace(fitting, occurrences=("sales_coordination_due",)), [case]) is None
    assert choose_case(replace(fitting, day=NOW.date() + timedelta(days=1)), [case]) is None


@pytest.mark.parametrize("case", [None, Case("d", "k", "c", "reserved")])
def test_a_new_case_begins_with_its_event(case: Case | None) -> None:
    """With the time of the event, the observer as owner, and what it says."""
    seen = lookup(time=NOW - timedelta(days=1), staff_id="S-1", topics=("repair",), case_id="k")
    found = receive(playbook(), seen, case, NOW)
    assert (found.previous_case, found.closed_at, found.case.case_id) == (None, None, "k")
    assert found.case.owner == Owner("service_advisor", "S-1")
    assert found.case.opened_at == NOW - timedelta(days=1)
    assert found.case.last_activity_at == NOW
    assert found.case.topics == ("repair",)


def test_a_closed_case_is_opened_again() -> None:
    """It keeps its owner; its outcome is gone."""
    closed = replace(OPEN, status="closed", closed_at=NOW, outcome="satisfied", owner=Owner("salesperson", "S-9"))
    found = receive(playbook(), lookup(case_id="k"), closed, NOW)
    assert found.closed_at == NOW
    assert (found.case.status, found.case.closed_at, found.case.outcome) == ("open", None, None)
    assert found.case.owner == Owner("salesperson", "S-9")


def test_another_customers_case_is_an_error() -> None:
    """The reservation has refused it; whoever comes so far is not routed into it."""
    with pytest.raises(ValueError, match="another customer"):
        receive(playbook(), lookup(customer_id="x"), OPEN, NOW)


@pytest.mark.parametrize(
    ("case", "customer", "expected"),
    [
        (OPEN, "c", None),
        (OPEN, "x", "other_customer"),
        (OPEN, None, "other_customer"),
        (replace(OPEN, customer_id=None), "c", "other_customer"),
        (replace(OPEN, status="closed", closed_at=NOW - timedelta(days=30)), "c", None),
        (replace(OPEN, status="closed", closed_at=NOW - timedelta(days=30, seconds=1)), "c", "closed"),
    ],
)
def test_who_may_name_a_case(case: Case, customer: str | None, expected: str | None) -> None:
    """Its own customer, until 30 days after its closing."""
    assert refusal(Naming("d", "k", customer), case, NOW) == expected
