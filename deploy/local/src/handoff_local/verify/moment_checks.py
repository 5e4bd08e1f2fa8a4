"""Moments of truth judged again from what is stored, and held against those that were kept."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import DateTime, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_local.verify.findings import Verdict
from shared.db.bulk import in_keys, unnest_keys
from shared.db.schema import journey_case, moment
from shared.ids import CustomerKey
from shared.playbook.ruleset.entries import Playbook
from shared.quality.case_facts import CaseFacts
from shared.quality.moment_rows import StoredMoment, stored_of
from shared.quality.moments import judge
from shared.quality.stored_facts import Target, load_facts
from shared.quality.types import Moment

CUSTOMERS: Final = text(
    """
    select c.dealer_id, c.customer_id from customer c
     where (c.dealer_id, c.customer_id) > (:dealer, :customer)
       and (cast(:since as timestamptz) is null
            or exists (select from journey_case k where k.dealer_id = c.dealer_id and k.customer_id = c.customer_id
                          and k.last_activity_at >= :since)
            or exists (select from moment m where m.dealer_id = c.dealer_id and m.customer_id = c.customer_id
                          and m.at >= :since))
     order by c.dealer_id, c.customer_id limit :batch
    """
).bindparams(bindparam("since", type_=DateTime(timezone=True)))
DUE: Final = text(
    """
    select dealer_id || '/' || customer_id from moment_due
    union
    select e.dealer_id || '/' || e.customer_id from journey_event e
     where e.customer_id is not null and not exists (select 1 from routing r where r.event_id = e.event_id)
    """
)
"""The customers whose moments are still to be judged."""

_CASES: Final = select(journey_case.c.dealer_id, journey_case.c.customer_id, journey_case.c.case_id).where(
    in_keys(journey_case.c.dealer_id, journey_case.c.customer_id), journey_case.c.status != "reserved"
)
_MOMENTS: Final = select(moment).where(in_keys(moment.c.dealer_id, moment.c.customer_id))
_NOT_COMPARED: Final = ("causes", "released")


async def read_moments(
    connection: AsyncConnection, playbook: Playbook, customers: Collection[CustomerKey]
) -> dict[CustomerKey, tuple[list[CaseFacts], dict[str, StoredMoment]]]:
    """By customer the facts of all its cases and of what joined none, and the moments that are stored."""
    rows = await connection.execute(_CASES, unnest_keys(customers))
    targets: list[Target] = [(row.dealer_id, row.customer_id, row.case_id) for row in rows]
    targets += [(dealer_id, customer_id, "") for dealer_id, customer_id in customers]
    facts = await load_facts(connection, playbook, targets)
    stored = [stored_of(dict(row)) for row in (await connection.execute(_MOMENTS, unnest_keys(customers))).mappings()]
    return {key: (_of(key, facts), _stored_of(key, stored)) for key in customers}


def check_moments(dealer_id: str, cases: Iterable[CaseFacts], stored: Mapping[str, StoredMoment]) -> Verdict:
    """Compare one customer's moments; what people's records said then is taken as it was kept."""
    verdict = Verdict(dealer_id)
    seen = {moment_id: one.seen for moment_id, one in stored.items()}
    judged = {one.moment_id: one for case in cases for one in judge(case, seen)}
    for moment_id in sorted({*stored, *judged}):
        kept = stored[moment_id].moment if moment_id in stored else None
        verdict.compare("moment", moment_id, _document(kept), _document(judged.get(moment_id)))
    return verdict


def _document(one: Moment | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {name: value for name, value in asdict(one).items() if name not in _NOT_COMPARED}


def _of(key: CustomerKey, facts: Mapping[Target, CaseFacts]) -> list[CaseFacts]:
    return [one for target, one in facts.items() if target[:2] == key]


def _stored_of(key: CustomerKey, stored: Iterable[StoredMoment]) -> dict[str, StoredMoment]:
    return {one.moment.moment_id: one for one in stored if (one.moment.dealer_id, one.moment.customer_id) == key}
