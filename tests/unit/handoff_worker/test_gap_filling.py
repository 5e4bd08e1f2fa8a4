"""What an event adds to records, and who of a dealer can take a customer."""

from datetime import date

from handoff_worker.routing.seen_vehicles import VehicleSighting, filled
from shared.people.dealers import available


def test_gaps_are_filled_and_nothing_is_overwritten() -> None:
    """Null counts as a gap."""
    record = {"plate": "AA-00-BB", "delivered_on": None, "customer_id": "c-1"}
    seen = VehicleSighting("d", "V", "c-2", {"plate": "XX", "delivered_on": "2026-10-02"})
    assert filled(record, seen) == {"plate": "AA-00-BB", "delivered_on": "2026-10-02", "customer_id": "c-1"}


def test_who_is_present_and_not_on_leave_counts() -> None:
    """A role whose people are all away is known to have nobody; a role nobody holds is unknown."""
    people = [
        {"roles": ["salesperson", "service_advisor"]},
        {"roles": ["salesperson"], "presence": "away"},
        {"roles": ["product_specialist"], "leave": [{"from": "2026-11-20", "to": "2026-11-23"}]},
    ]
    counts = available(people, date(2026, 11, 23))
    assert counts == {"salesperson": 1, "service_advisor": 1, "product_specialist": 0}
    assert available(people, date(2026, 11, 24))["product_specialist"] == 1
