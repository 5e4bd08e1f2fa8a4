"""How a promise scores for the customer: +1 more than promised, 0 as promised, -1 less (`timers 5.8`). Pure."""

from datetime import datetime
from typing import Final

from shared.promises.types import Promise
from shared.sla.deadlines import whole

MOVES_TOO_MANY: Final = 3
"""The promise that ends by this move of its line, or a later one, scores -1."""
_TENTH: Final = 10


def score_of(promise: Promise, now: datetime) -> int | None:
    """The score as of `now`; None for one that is open or withdrawn, and for a moved one until its date has passed.

    What makes -1 comes first.
    """
    if promise.state == "broken":
        return -1
    if promise.state == "kept":
        return _score_of_kept(promise)
    return _score_of_moved(promise, now) if promise.state == "moved" else None


def _score_of_kept(promise: Promise) -> int:
    at, amount, kept = promise.ended_at, promise.amount, promise.kept_amount
    assert at is not None
    if at > promise.due_at or (amount is not None and kept is not None and kept > amount):
        return -1
    early = promise.due_at - at >= (promise.due_at - promise.made_at) / _TENTH
    less = amount is not None and kept is not None and kept < amount
    return 1 if early or promise.extra or less else 0


def _score_of_moved(promise: Promise, now: datetime) -> int | None:
    if promise.moves + 1 >= MOVES_TOO_MANY:
        return -1
    if whole(now) <= promise.due_at:
        return None
    told = promise.customer_told_at
    return 0 if told is not None and whole(told) <= promise.due_at else -1
