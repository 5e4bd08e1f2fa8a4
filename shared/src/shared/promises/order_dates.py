"""What an order says of the date that its customer was given (`timers 5.8`). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from shared.order_status import CANCELLED, KEPT, status_of

FARTHEST: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""A later date stands for none: systems of record write so what nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as its record stands. `done` and `cancelled`: what its status says, in any case and spelling."""

    customer_id: str
    kind: str
    vin: str | None = None
    done: bool = False
    cancelled: bool = False
    done_at: datetime | None = None
    promised_at: datetime | None = None
    expected_at: datetime | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more is promised of it."""
        return self.done or self.cancelled

    @property
    def date(self) -> datetime | None:
        """The date its customer was promised: the later of both; none where none was promised."""
        if self.promised_at is None:
            return None
        return max(self.promised_at, self.expected_at or self.promised_at)


def read_order(record: Mapping[str, Any]) -> Order:
    """The order of a stored record."""
    status = status_of(record)
    return Order(
        customer_id=record["customer_id"],
        kind=record["kind"],
        vin=record.get("vin"),
        done=status in KEPT,
        cancelled=status in CANCELLED,
        **{name: _instant(record.get(name)) for name in ("done_at", "promised_at", "expected_at")},
    )


def new_date(before: Order | None, after: Order) -> datetime | None:
    """The date a change of the record gives the customer: another `expected_at`, else another `promised_at`."""
    for name in ("expected_at", "promised_at"):
        date: datetime | None = getattr(after, name)
        if date is not None and (before is None or date != getattr(before, name)):
            return date
    return None


def _instant(text: str | None) -> datetime | None:
    at = datetime.fromisoformat(text) if text else None
    return None if at is None or at >= FARTHEST else at
