"""What is asked of promises: the bodies of requests, and their amounts and currencies."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Final

from babel.core import get_global
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from journey_api.http.field_types import Id
from journey_api.http.instants import InstantText
from journey_api.http.schema_rules import all_of, exactly_one, needs
from shared.faults import Unknown, Wrong, WrongValue
from shared.promises.types import Kind

FARTHEST: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""No promise is due as late as this: what follows it has to be an instant too."""

_NUMBER: Final = {"type": "number", "minimum": 0, "multipleOf": 0.01}


def _read_amount(value: Any) -> Any:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return None if value is None else str(value)
    raise WrongValue(Wrong("not_a_number", "An amount is a number"))


@cache
def currencies() -> frozenset[str]:
    """The currencies in use today (ISO 4217)."""
    in_use = get_global("territory_currencies").values()
    return frozenset(code for some in in_use for code, _, until, _ in some if until is None)


def _check_currency(code: str) -> str:
    if code not in currencies():
        known = Unknown.of(code, sorted(currencies()))
        raise WrongValue(Wrong("unknown_id", "A currency is one of ISO 4217, as EUR", unknown=known))
    return code


Amount = Annotated[
    Decimal,
    BeforeValidator(_read_amount),
    Field(ge=0, max_digits=13, decimal_places=2, json_schema_extra=_NUMBER),
]
"""A sum of money with at most two decimals."""

Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$"), AfterValidator(_check_currency)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=2_000, strip_whitespace=True)]


class BackedBy(BaseModel):
    """The record behind a promise: an order or an appointment of the same customer."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=all_of(exactly_one("order", "appointment")))

    order: Id | None = None
    appointment: Id | None = None

    @model_validator(mode="after")
    def _one(self) -> "BackedBy":
        if (self.order is None) == (self.appointment is None):
            raise WrongValue(Wrong("either_or", "Name an order or an appointment"))
        return self


class PromiseBody(BaseModel):
    """A promise to a customer: who gives it, in which words, for when. `amount` and `currency` go together."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=all_of(needs("amount", "currency"), needs("currency", "amount"))
    )

    dealer_id: Id
    customer_id: Id
    case_id: Id
    task_id: Id | None = None
    staff_id: Id
    kind: Kind
    text: Words
    due_at: InstantText
    amount: Amount | None = None
    currency: Currency | None = None
    backed_by: BackedBy | None = None


class PromiseActionBody(BaseModel):
    """What becomes of a promise, and when (`at`, by default now).

    A move names the `new_due_at`, and `customer_told_at` where a person has told the customer. A keep may say what was
    done beyond the promise (`extra`) and the `amount` it came to, in the promise's currency. `staff_id`: who says so,
    by default whose word it is.
    """

    model_config = ConfigDict(extra="forbid")

    staff_id: Id | None = None
    at: InstantText | None = None
    new_due_at: InstantText | None = None
    reason: Words | None = None
    extra: Words | None = None
    amount: Amount | None = None
    customer_told_at: InstantText | None = None
