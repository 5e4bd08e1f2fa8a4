"""Who is a customer's salesperson of record."""

from datetime import UTC, datetime, timedelta

import pytest

from handoff_worker.routing.case_followers import Served, salesperson_of_record

BEGAN = datetime(2026, 11, 20, 10, tzinfo=UTC)
STAFF = {
    "S-1": {"roles": ["salesperson"]},
    "S-2": {"roles": ["sales_manager", "salesperson"], "presence": "away"},
    "S-3": {"roles": ["salesperson"], "presence": "off"},
    "S-4": {"roles": ["service_advisor"]},
}


def served(person: str, days: int, vin: str | None = None, *, reporting: bool = False) -> Served:
    return Served(person, BEGAN + timedelta(days=days), vin, reporting)


@pytest.mark.parametrize(
    ("served_by", "found"),
    [
        ([], None),
        ([served("S-1", 1), served("S-2", 2)], "S-2"),
        ([served("S-1", 1, "SAL WA2"), served("S-2", 2, "SALWA9")], "S-1"),
        ([served("S-1", 1), served("S-3", 2, "SALWA2")], "S-1"),
        ([served("S-3", 2)], "S-3"),
        ([served("S-4", 2), served("S-9", 3)], None),
        ([served("S-1", 1), served("S-2", 2, "SALWA2", reporting=True)], "S-1"),
        ([served("S-2", 2, "SALWA2", reporting=True)], "S-2"),
    ],
    ids=["none", "last", "vehicle", "off", "only off", "not sales", "reports", "only reports"],
)
def test_the_salesperson_who_last_served_the_customer(served_by: list[Served], found: str | None) -> None:
    assert salesperson_of_record(served_by, STAFF, "salwa-2") == found
