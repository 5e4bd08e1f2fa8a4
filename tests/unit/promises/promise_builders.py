"""Promises the tests begin with."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.promises.types import Promise

MADE = datetime(2026, 11, 20, 10, tzinfo=UTC)
DUE = MADE + timedelta(hours=10)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def promised(**given: Any) -> Promise:
    """A date promised on a Friday at ten for the evening."""
    plain: dict[str, Any] = {
        "promise_id": "P-1",
        "dealer_id": "lisboa-01",
        "customer_id": "C-1",
        "case_id": "case-1",
        "kind": "date",
        "text": "Ready this evening.",
        "made_at": MADE,
        "due_at": DUE,
        "timer_id": "T-1",
        "given_by": "SA-1",
    }
    return Promise(**(plain | given))
