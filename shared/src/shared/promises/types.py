"""The values of promises: one, its end, one line of its history."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, get_args

Kind = Literal["call_back", "date", "cost", "other"]
State = Literal["open", "kept", "moved", "broken", "withdrawn"]
Origin = Literal["person", "order", "parts"]
"""Whose doing it was: a person's word, the date of an order, a message that named the day parts are expected."""
Action = Literal["made", "kept", "moved", "broken", "withdrawn", "brought_forward", "told", "scored", "owner_moved"]
"""What a line of the history records. `brought_forward`: its date became an earlier one; `told`: the customer knows of
the move; `scored`: a moved one got its score."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
STATES: Final[tuple[State, ...]] = get_args(State)
ENDS: Final[tuple[Action, ...]] = ("kept", "moved", "broken", "withdrawn")
"""The actions that end a promise. A broken one may still be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A word given to a customer, due at an instant (`timers 5.8`). Instants are whole seconds.

    `given_by`: the person whose word it is; `owner_role` and `owner_staff_id`: who answers for it now. `amount` and
    `kept_amount` are in `currency` (ISO 4217). `moves`: how often its line was moved before it began; the line has one
    clock, `timer_id`. `customer_told_at`, of a moved one: when the customer first knew. `broken_at` stays when it is
    kept after all.
    """

    promise_id: str
    dealer_id: str
    customer_id: str
    kind: Kind
    text: str
    made_at: datetime
    due_at: datetime
    timer_id: str
    case_id: str | None = None
    task_id: str | None = None
    amount: Decimal | None = None
    kept_amount: Decimal | None = None
    currency: str | None = None
    origin: Origin = "person"
    given_by: str | None = None
    owner_role: str | None = None
    owner_staff_id: str | None = None
    state: State = "open"
    score: int | None = None
    moves: int = 0
    predecessor_id: str | None = None
    successor_id: str | None = None
    order_id: str | None = None
    appointment_id: str | None = None
    extra: str | None = None
    reason: str | None = None
    customer_told_at: datetime | None = None
    broken_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseEvent:
    """One line of a promise's append-only history: what was done `at`, known since `recorded_at`, `by` whom.

    `changed`: the members it changed and their new values, as stored.
    """

    promise_id: str
    version: int
    dealer_id: str
    at: datetime
    recorded_at: datetime
    action: Action
    by: str | None = None
    changed: Mapping[str, Any] = field(default_factory=dict)
