"""The salesperson of record follows a case with a serious problem of the vehicle until it is solved (T-45)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.store import Case
from shared.db.prepared import Prepared
from shared.db.schema import journey_case
from shared.ids import CaseKey
from shared.people.dealers import DealerRows
from shared.sla.engine.spans import Span, open_span
from shared.sla.fact_view import holds, view_of
from shared.sla.facts import EventSeen
from shared.sla.policy.rules import load_rules
from shared.sla.store.fact_history import load_logs
from shared.vehicle_ids import vehicle_key

RULE: Final = "T-45"
SALESPERSON: Final = "salesperson"

_SERVED: Final = Prepared(
    """
    select staff_id, vin, reporting, max(at) as at from (
      select e.data #>> '{observed_by,staff_id}' as staff_id, e.data #>> '{vehicle,vin}' as vin, e.occurred_at as at,
             e.event_id = :cause as reporting
        from journey_event e
       where e.dealer_id = :dealer_id and e.customer_id = :customer_id
         and e.data #>> '{observed_by,role}' = 'salesperson'
      union all
      select t.assignee_id, null, t.first_accepted_at, false
        from task t
       where t.dealer_id = :dealer_id and t.customer_id = :customer_id and t.to_role = 'salesperson'
         and t.status <> 'cancelled'
      union all
      select c.owner_staff_id, c.vehicle ->> 'vin', c.newest_event_at, false
        from journey_case c
       where c.dealer_id = :dealer_id and c.customer_id = :customer_id and c.owner_role = 'salesperson'
      union all
      select a.record ->> 'staff_id', a.record ->> 'vin', (a.record ->> 'starts_at')::timestamptz, false
        from appointment a
       where a.dealer_id = :dealer_id and a.customer_id = :customer_id
         and a.record ->> 'kind' in ('store', 'test_drive', 'demo', 'delivery')
         and coalesce(a.record ->> 'status', 'booked') not in ('cancelled', 'no_show')
    ) served
    where staff_id is not null and at <= :now
    group by staff_id, vin, reporting
    """
)


@dataclass(frozen=True, slots=True)
class Served:
    """When a person last served a customer as a salesperson; `vin`: about which vehicle, where it is known.

    `reporting`: by reporting the very problem.
    """

    staff_id: str
    at: datetime
    vin: str | None = None
    reporting: bool = False


async def follow_cases(
    connection: AsyncConnection,
    cases: Mapping[CaseKey, Case],
    seen: Sequence[EventSeen],
    dealers: Mapping[str, DealerRows],
    now: datetime,
) -> dict[CaseKey, tuple[str, ...]]:
    """Let the salesperson of record follow the cases that these events make serious, and nobody those they solve.

    Answers who follows the cases that were looked at; most events ask for no look. The caller holds the customers'
    locks.
    """
    told = [fact for fact in seen if speaks_of_it(fact)]
    logs = await load_logs(connection, {(fact.dealer_id, fact.case_id or "") for fact in told})
    followers: dict[CaseKey, tuple[str, ...]] = {}
    for key, log in logs.items():
        case, when = cases[key], load_rules()[RULE].when
        facts = {fact.fact_id: fact for fact in (*log, *(one for one in told if (one.dealer_id, one.case_id) == key))}
        serious = open_span(when, facts.values())
        followers[key] = case.followers
        if bool(serious) != bool(case.followers):
            followers[key] = await _of_record(connection, case, serious, dealers[case.dealer_id], now)
            await _FOLLOW.rows(connection, {"dealer": key[0], "case": key[1], "people": list(followers[key])})
    return followers


def salesperson_of_record(
    served: Iterable[Served], staff: Mapping[str, Mapping[str, Any]], vin: str | None
) -> str | None:
    """The salesperson who last served the customer, about this vehicle first; None where none of the staff did.

    `staff`: the dealer's records by id. Whoever is off comes after those who are not, who reports it after all others.
    """
    wanted = vehicle_key(vin or "")
    known = [one for one in served if SALESPERSON in (staff.get(one.staff_id, {}).get("roles") or ())]
    best = max(
        known,
        key=lambda one: (
            staff[one.staff_id].get("presence") != "off",
            not one.reporting,
            bool(wanted) and vehicle_key(one.vin or "") == wanted,
            one.at,
            one.staff_id,
        ),
        default=None,
    )
    return best.staff_id if best else None


def speaks_of_it(fact: EventSeen) -> bool:
    """Whether a customer's event may begin or end a serious problem."""
    if not fact.live or fact.customer_id is None:
        return False
    when, view = load_rules()[RULE].when, view_of(fact)
    return holds(when.start, view) or holds(when.stop, view)


async def _of_record(
    connection: AsyncConnection, case: Case, serious: Span | None, dealer: DealerRows, now: datetime
) -> tuple[str, ...]:
    if serious is None:
        return ()
    named = {"dealer_id": case.dealer_id, "customer_id": case.customer_id, "cause": serious.began.fact_id, "now": now}
    rows = await _SERVED.rows(connection, named)
    served = [Served(row.staff_id, row.at, row.vin, row.reporting) for row in rows]
    people = {staff_id: record for staff_id, record, _ in dealer.staff}
    found = salesperson_of_record(served, people, case.vehicle.get("vin"))
    return (found,) if found else ()


_FOLLOW: Final = Prepared(
    update(journey_case)
    .where(journey_case.c.dealer_id == bindparam("dealer"), journey_case.c.case_id == bindparam("case"))
    .values(followers=bindparam("people"))
)
