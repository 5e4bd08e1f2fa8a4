"""What an order says of the date its customer was given."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.promises.order_dates import Order, new_date, read_order


def order(**record: Any) -> Order:
    return read_order({"customer_id": "C-1", "kind": "vehicle", **record})


@pytest.mark.parametrize(
    "status",
    ["delivered", "Delivered", " COLLECTED ", "returned", "Completed", "done", "closed", "Delivered.", "de-livered"],
)
def test_what_keeps_it_in_any_case_and_spelling(status: str) -> None:
    assert order(status=status).done
    assert order(status=status).ended


@pytest.mark.parametrize("status", ["cancelled", "Cancelled", "CANCELED", " cancelled "])
def test_what_withdraws_it(status: str) -> None:
    assert order(status=status).cancelled
    assert not order(status=status).done


@pytest.mark.parametrize("status", [None, "", "ordered", "in production", "not delivered", "undelivered"])
def test_what_leaves_it_open(status: str | None) -> None:
    assert not order(status=status).ended


def test_the_first_date_is_the_later_of_both() -> None:
    early, late = "2026-12-01T10:00:00Z", "2026-12-05T10:00:00+00:00"
    assert order(promised_at=early, expected_at=late).date == datetime(2026, 12, 5, 10, tzinfo=UTC)
    assert order(promised_at=late, expected_at=early).date == datetime(2026, 12, 5, 10, tzinfo=UTC)
    assert order(promised_at=early).date == datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert order(expected_at=early).date is None


def test_another_expected_date_comes_before_another_promised_one() -> None:
    before = order(promised_at="2026-12-01T10:00:00Z", expected_at="2026-12-02T10:00:00Z")
    both = order(promised_at="2026-12-08T10:00:00Z", expected_at="2026-12-09T10:00:00Z")
    assert new_date(before, both) == both.expected_at
    promised = order(promised_at="2026-12-08T10:00:00Z", expected_at="2026-12-02T10:00:00Z")
    assert new_date(before, promised) == promised.promised_at
    assert new_date(before, before) is None
    assert new_date(before, order(promised_at="2026-12-01T11:00:00+01:00", expected_at="2026-12-02T10:00:00Z")) is None
    assert new_date(before, order()) is None


def test_a_date_that_stands_for_none_is_none() -> None:
    assert order(promised_at="9999-12-31T23:59:59Z").date is None
