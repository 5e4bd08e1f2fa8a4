"""Giving a customer a promise: by a person, by an order, by a message that named a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.calendar.availability import StaffMember
from shared.cases.store import Case
from shared.ids import new_id
from shared.people.dealers import load_dealers, read_member
from shared.promises.owners import owner_of
from shared.promises.transitions import make
from shared.promises.types import Kind, Origin, Promise
from shared.promises.unit_of_work import PromiseChanges
from shared.sla.deadlines import whole
from shared.sla.policy.rules import PROMISE
from shared.sla.store.policies import load_policies


class CaseClosed(Exception):
    """No promise is given on a closed case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPromise:
    """A promise to give. `given_by`: whose word it is, None for the system's; `order_kind`: of the order behind it."""

    dealer_id: str
    customer_id: str
    kind: Kind
    text: str
    due_at: datetime
    task_id: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    origin: Origin = "person"
    given_by: str | None = None
    order_id: str | None = None
    appointment_id: str | None = None
    order_kind: str | None = None


async def give(connection: AsyncConnection, new: NewPromise, case: Case | None, now: datetime) -> Promise:
    """Give the promise on this case and start its clock; `due_at` lies ahead.

    The caller holds the lock of the customer's record key. Raises CaseClosed.
    """
    changes = PromiseChanges(connection, now)
    given = await give_within(changes, new, case)
    await changes.publish()
    return given


async def give_within(changes: PromiseChanges, new: NewPromise, case: Case | None) -> Promise:
    """The same as part of a larger change, which publishes."""
    if case is not None and not case.is_open:
        raise CaseClosed(case.case_id)
    now, connection = changes.now, changes.connection
    (rows,) = (await load_dealers(connection, [new.dealer_id])).values()
    people = {staff_id: read_member(staff_id, record) for staff_id, record, _ in rows.staff}
    promise = _promise(new, case, people, now)
    policies = (await load_policies(connection, [promise.dealer_id]))[promise.dealer_id]
    policy = policies.snapshot(PROMISE, "promise", promise.owner_role)
    return changes.begin(make(promise, now, new.given_by), policy)


def _promise(new: NewPromise, case: Case | None, people: Mapping[str, StaffMember], now: datetime) -> Promise:
    owner = owner_of(new.given_by, people, case.owner if case else None, new.order_kind)
    return Promise(
        promise_id=new_id(),
        timer_id=new_id(),
        dealer_id=new.dealer_id,
        customer_id=new.customer_id,
        case_id=case.case_id if case else None,
        task_id=new.task_id,
        kind=new.kind,
        text=new.text,
        made_at=whole(now),
        due_at=whole(new.due_at),
        amount=new.amount,
        currency=new.currency,
        origin=new.origin,
        given_by=new.given_by,
        owner_role=owner.role,
        owner_staff_id=owner.staff_id,
        order_id=new.order_id,
        appointment_id=new.appointment_id,
    )
