"""What may become of a promise (`timers 5.8`). Pure: each takes a promise and answers it and what to remember of it.

open -> kept, moved, withdrawn, broken; broken -> kept. Instants are whole seconds.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from shared.promises.scores import score_of
from shared.promises.types import Action, Promise, PromiseEvent, State
from shared.sla.deadlines import whole


class PromiseRefused(Exception):
    """The state does not allow it (409)."""


@dataclass(frozen=True, slots=True)
class Change:
    """A promise after a change, and the line of its history. `before` None: it was made."""

    before: Promise | None
    promise: Promise
    event: PromiseEvent


def state_at(promise: Promise, now: datetime) -> State:
    """The state as of `now`: an open one whose second has passed is broken, though nobody has noted it yet."""
    return "broken" if promise.state == "open" and whole(now) > promise.due_at else promise.state


def make(promise: Promise, now: datetime, by: str | None = None) -> Change:
    """Begin a promise."""
    return Change(None, promise, _event(promise, "made", promise.made_at, now, by, _stored(asdict(promise).items())))


def keep(
    promise: Promise,
    at: datetime,
    now: datetime,
    by: str | None = None,
    *,
    extra: str | None = None,
    amount: Decimal | None = None,
    reason: str | None = None,
) -> Change | None:
    """Keep it at `at`, in time up to the second of `due_at` however late that is known; None: it is kept already.

    Raises PromiseRefused.
    """
    if promise.state == "kept":
        return None
    _require(promise, now, "open", "broken")
    at = whole(at)
    late = at > promise.due_at
    kept = replace(
        promise,
        state="kept",
        ended_at=at,
        broken_at=promise.due_at if late else None,
        extra=extra,
        kept_amount=amount,
        reason=reason,
    )
    return _changed(promise, replace(kept, score=score_of(kept, now)), "kept", at, now, by)


def move(
    promise: Promise,
    successor: Promise,
    now: datetime,
    by: str | None = None,
    *,
    reason: str | None = None,
    told_at: datetime | None = None,
) -> Change | None:
    """End it as moved to its successor, at the instant that one was made; None: it was moved to that date already.

    `told_at`: when a person told the customer. Raises PromiseRefused.
    """
    if promise.state == "moved":
        return None
    _require(promise, now, "open")
    moved = replace(
        promise,
        state="moved",
        ended_at=successor.made_at,
        successor_id=successor.promise_id,
        reason=reason,
        customer_told_at=whole(told_at) if told_at else None,
    )
    return _changed(promise, replace(moved, score=score_of(moved, now)), "moved", successor.made_at, now, by)


def successor_of(promise: Promise, promise_id: str, due_at: datetime, at: datetime) -> Promise:
    """The promise that takes its place from `at` on: the same word, another date, one move more."""
    return replace(
        promise,
        promise_id=promise_id,
        predecessor_id=promise.promise_id,
        made_at=whole(at),
        due_at=whole(due_at),
        moves=promise.moves + 1,
        version=1,
    )


def withdraw(
    promise: Promise, at: datetime, now: datetime, by: str | None = None, reason: str | None = None
) -> Change | None:
    """Take it back, without a score; None: it was withdrawn already. Raises PromiseRefused."""
    if promise.state == "withdrawn":
        return None
    _require(promise, now, "open")
    gone = replace(promise, state="withdrawn", ended_at=whole(at), reason=reason)
    return _changed(promise, gone, "withdrawn", whole(at), now, by)


def expire(promise: Promise, now: datetime) -> Change | None:
    """Break an open one whose second has passed; None: it ended before, or has another date by now."""
    if promise.state != "open" or state_at(promise, now) != "broken":
        return None
    due_at = promise.due_at
    broken = replace(promise, state="broken", ended_at=due_at, broken_at=due_at, score=-1)
    return _changed(promise, broken, "broken", due_at, now)


def bring_forward(promise: Promise, due_at: datetime, now: datetime) -> Change | None:
    """Give an open one an earlier date, which is no move; None: it is due no later, or no more open."""
    if state_at(promise, now) != "open" or whole(due_at) >= promise.due_at:
        return None
    return _changed(promise, replace(promise, due_at=whole(due_at)), "brought_forward", whole(now), now)


def tell(promise: Promise, at: datetime, now: datetime) -> Change | None:
    """Note that a provider took the message of its move at `at`; None: she knew before, or it was not moved."""
    if promise.state != "moved" or (promise.customer_told_at is not None and promise.customer_told_at <= whole(at)):
        return None
    told = replace(promise, customer_told_at=whole(at))
    return _changed(promise, replace(told, score=score_of(told, now)), "told", whole(at), now)


def settle(promise: Promise, now: datetime) -> Change | None:
    """Give a moved one its score once its date has passed; None: it has it."""
    score = score_of(promise, now)
    if promise.state != "moved" or score == promise.score:
        return None
    return _changed(promise, replace(promise, score=score), "scored", promise.due_at, now)


def change_owner(promise: Promise, role: str | None, staff_id: str | None, now: datetime) -> Change | None:
    """Let another answer for it; None: they do already."""
    if (promise.owner_role, promise.owner_staff_id) == (role, staff_id):
        return None
    return _changed(promise, replace(promise, owner_role=role, owner_staff_id=staff_id), "owner_moved", whole(now), now)


def _require(promise: Promise, now: datetime, *states: State) -> None:
    state = state_at(promise, now)
    if state not in states:
        raise PromiseRefused(f"The promise is {state}.")


def _changed(
    before: Promise, after: Promise, action: Action, at: datetime, now: datetime, by: str | None = None
) -> Change:
    after = replace(after, version=before.version + 1)
    was = asdict(before)
    differing = ((name, value) for name, value in asdict(after).items() if value != was[name] and name != "version")
    return Change(before, after, _event(after, action, at, now, by, _stored(differing)))


def _event(
    promise: Promise, action: Action, at: datetime, now: datetime, by: str | None, changed: dict[str, Any]
) -> PromiseEvent:
    return PromiseEvent(
        promise_id=promise.promise_id,
        version=promise.version,
        dealer_id=promise.dealer_id,
        at=at,
        recorded_at=now,
        action=action,
        by=by,
        changed=changed,
    )


def _stored(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {name: _as_json(value) for name, value in values if name != "version"}


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
