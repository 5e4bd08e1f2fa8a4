"""What becomes of a promise that was given: kept, moved, withdrawn, broken; and who answers for it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.store import load_cases
from shared.db.engine import lock_keys, record_key
from shared.db.schema import promise as promise_table
from shared.ids import new_id
from shared.messaging.moments_due import Due, note_due
from shared.people.dealers import load_dealers, read_member
from shared.promises import transitions
from shared.promises.call_backs import calls_back, is_kept_by
from shared.promises.owners import owner_of
from shared.promises.store import find_promises, hold_promises
from shared.promises.types import Promise
from shared.promises.unit_of_work import PromiseChanges
from shared.sla.facts import ContactMade

_UNENDED: Final = promise_table.c.state.in_(("open", "broken"))
"""What may still be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How a promise was kept: when, by whom, with what `extra`, for what `amount`."""

    at: datetime
    by: str | None = None
    extra: str | None = None
    amount: Decimal | None = None
    reason: str | None = None


def keep_within(changes: PromiseChanges, promise: Promise, how: Keeping) -> Promise:
    """Keep it; a repetition changes nothing. Raises PromiseRefused."""
    details: dict[str, Any] = {"extra": how.extra, "amount": how.amount, "reason": how.reason}
    change = transitions.keep(promise, how.at, changes.now, how.by, **details)
    return changes.store(change) if change else promise


def withdraw_within(
    changes: PromiseChanges, promise: Promise, at: datetime, by: str | None = None, reason: str | None = None
) -> Promise:
    """Take it back; a repetition changes nothing. Raises PromiseRefused."""
    change = transitions.withdraw(promise, at, changes.now, by, reason)
    return changes.store(change) if change else promise


def move_within(
    changes: PromiseChanges,
    promise: Promise,
    due_at: datetime,
    at: datetime,
    by: str | None = None,
    *,
    reason: str | None = None,
    told_at: datetime | None = None,
) -> Promise:
    """Move it to another date; its clock goes over to the successor. Answers the promise that ended.

    The customer is told by the notifier unless a person told her. Raises PromiseRefused.
    """
    successor = transitions.successor_of(promise, new_id(), due_at, at)
    change = transitions.move(promise, successor, changes.now, by, reason=reason, told_at=told_at)
    if change is None:
        return promise
    changes.store(change)
    changes.store(transitions.make(successor, changes.now, by))
    return change.promise


async def expire_promises(changes: PromiseChanges, promise_ids: Collection[str]) -> int:
    """Break those of these promises whose second has passed while they were open; answers how many.

    The caller holds the locks of their customers, and publishes.
    """
    held = await _hold(changes, promise_ids)
    return len([changes.store(change) for one in held if (change := transitions.expire(one, changes.now))])


async def settle_promises(changes: PromiseChanges, promise_ids: Collection[str]) -> int:
    """Give those of these moved promises whose date has passed their score; answers how many got one.

    The caller holds the locks of their customers, and publishes.
    """
    held = await _hold(changes, promise_ids)
    scored = [changes.store(change) for one in held if (change := transitions.settle(one, changes.now))]
    await _judge(changes.connection, scored)
    return len(scored)


async def keep_call_backs(connection: AsyncConnection, contact: ContactMade, by: str | None, now: datetime) -> None:
    """Keep the call-backs of the contact's case that it fulfils, late where they are broken.

    The caller holds the customer's lock.
    """
    if contact.case_id is None or not calls_back(contact):
        return
    of_case = (promise_table.c.dealer_id == contact.dealer_id, promise_table.c.case_id == contact.case_id, _UNENDED)
    changes = PromiseChanges(connection, now)
    for one in await hold_promises(connection, *of_case):
        if is_kept_by(one, contact):
            keep_within(changes, one, Keeping(at=contact.occurred_at, by=by))
    await changes.publish()


async def note_told(connection: AsyncConnection, told: dict[str, datetime], now: datetime) -> None:
    """Note when providers took the messages of these moves, by the promise that was moved.

    The caller holds the locks of their customers.
    """
    changes = PromiseChanges(connection, now)
    held = await _hold(changes, list(told))
    known = [changes.store(one) for each in held if (one := transitions.tell(each, told[each.promise_id], now))]
    await _judge(connection, known)
    await changes.publish()


async def renew_owners_of_case(connection: AsyncConnection, dealer_id: str, case_id: str, now: datetime) -> None:
    """Let whoever answers to the customer now answer for the promises of the case that nobody else gave.

    The caller holds the customer's lock.
    """
    of_case = (promise_table.c.dealer_id == dealer_id, promise_table.c.case_id == case_id, _UNENDED)
    await _renew(connection, await hold_promises(connection, *of_case), now)


async def renew_owners_of_giver(connection: AsyncConnection, dealer_id: str, staff_id: str, now: datetime) -> None:
    """Hand the promises of a person who is `off` to the customer owners, and back. Takes the customers' locks."""
    given: tuple[ColumnElement[bool], ...] = (
        promise_table.c.dealer_id == dealer_id,
        promise_table.c.given_by == staff_id,
        _UNENDED,
    )
    found = await find_promises(connection, *given)
    if found:
        await lock_keys(connection, [record_key(one.dealer_id, one.customer_id) for one in found])
        await _renew(connection, await hold_promises(connection, *given), now)


async def _renew(connection: AsyncConnection, held: Sequence[Promise], now: datetime) -> None:
    if not held:
        return
    (rows,) = (await load_dealers(connection, [held[0].dealer_id])).values()
    people = {staff_id: read_member(staff_id, record) for staff_id, record, _ in rows.staff}
    cases = await load_cases(connection, {(one.dealer_id, one.case_id) for one in held if one.case_id})
    changes, broken = PromiseChanges(connection, now), []
    for one in held:
        case = cases.get((one.dealer_id, one.case_id or ""))
        if case is None and one.given_by is None:  # an order's, which keeps the role of its kind
            continue
        owner = owner_of(one.given_by, people, case.owner if case else None)
        change = transitions.change_owner(one, owner.role, owner.staff_id, now)
        if change is not None:
            changes.store(change)
            broken += [one] if one.state == "broken" else []
    await changes.publish()
    await _judge(connection, broken)


async def _judge(connection: AsyncConnection, scored: Sequence[Promise]) -> None:
    """Have the moments of promises judged again whose score became known or owner changed: no record tells of it."""
    dues = (
        Due(
            dealer_id=one.dealer_id,
            customer_id=one.customer_id,
            case_id=one.case_id,
            cause_kind="promise",
            cause_id=one.promise_id,
        )
        for one in scored
    )
    await note_due(connection, dues)


async def _hold(changes: PromiseChanges, promise_ids: Collection[str]) -> list[Promise]:
    if not promise_ids:
        return []
    return await hold_promises(changes.connection, promise_table.c.promise_id.in_(sorted(set(promise_ids))))
