"""A case as a value, and the rows it is read from and written to."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Any, Final, Literal

from sqlalchemy import RowMapping, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import in_keys, unnest_keys, upsert_all
from shared.db.prepared import Prepared
from shared.db.schema import journey_case
from shared.fast_dataclass import fast_dataclass, fast_replace
from shared.ids import CaseKey
from shared.playbook.fact_types import Facts, facts_document, flatten_facts
from shared.playbook.routing.case_owner import Owner
from shared.playbook.types import Hop

Status = Literal["reserved", "open", "closed"]


@fast_dataclass(frozen=True, slots=True)
class Case:
    """One matter of a customer. `reserved`: named by an event that is not routed yet; to others it is not there.

    `facts` are flat by path, `vehicle` has vin, plate, delivered_on and registered_on as far as known. `business_day`
    is the dealer's date the case began on, kept where there is no customer. `followers`: the people who are told of
    each change of its tasks, though none of them is theirs.
    """

    dealer_id: str
    case_id: str
    customer_id: str | None
    status: Status
    vehicle: Mapping[str, str] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    facts: Facts = field(default_factory=dict)
    occurrences: tuple[str, ...] = ()
    owner: Owner | None = None
    opened_at: datetime | None = None
    newest_event_at: datetime | None = None
    last_activity_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str | None = None
    business_day: date | None = None
    returned_matters: tuple[Hop, ...] = ()
    followers: tuple[str, ...] = ()
    version: int = 1

    @property
    def key(self) -> CaseKey:
        """What the case is known by."""
        return self.dealer_id, self.case_id

    @property
    def is_open(self) -> bool:
        """Whether events may still join it unnamed."""
        return self.status == "open"


def case_of(row: RowMapping) -> Case:
    """The case a row holds."""
    columns = {name: row[name] for name in _PLAIN}
    owner = Owner(row["owner_role"], row["owner_staff_id"]) if row["owner_role"] else None
    return Case(
        **columns,
        vehicle={name: value for name, value in row["vehicle"].items() if value is not None},
        topics=tuple(row["topics"]),
        facts=flatten_facts(row["facts"]),
        occurrences=tuple(row["occurrences"]),
        owner=owner,
        returned_matters=tuple(Hop(**hop) for hop in row["returned_matters"]),
        followers=tuple(row["followers"]),
    )


async def load_case(connection: AsyncConnection, dealer_id: str, case_id: str) -> Case | None:
    """The case of this id; None where there is none or it is only reserved."""
    case = (await load_cases(connection, [(dealer_id, case_id)])).get((dealer_id, case_id))
    return None if case is None or case.status == "reserved" else case


async def load_cases(connection: AsyncConnection, wanted: Collection[CaseKey]) -> dict[CaseKey, Case]:
    """The cases of these keys, reserved ones too, in one statement."""
    if not wanted:
        return {}
    rows = await _NAMED.rows(connection, unnest_keys(wanted))
    return {case.key: case for case in map(case_of, rows)}


async def newest_open_case(connection: AsyncConnection, dealer_id: str, customer_id: str) -> Case | None:
    """The customer's open case with the newest event; None where none is open."""
    columns = journey_case.c
    query = select(journey_case).where(
        columns.dealer_id == dealer_id, columns.customer_id == customer_id, columns.status == "open"
    )
    newest = query.order_by(columns.newest_event_at.desc().nulls_last(), columns.case_id.desc()).limit(1)
    row = (await connection.execute(newest)).mappings().one_or_none()
    return case_of(row) if row else None


async def save_cases(connection: AsyncConnection, cases: Iterable[Case]) -> list[Case]:
    """Write the cases, each one version on; answers them so."""
    moved = [fast_replace(case, version=case.version + 1) for case in cases]
    await write_cases(connection, moved)
    return moved


async def write_cases(connection: AsyncConnection, cases: Iterable[Case]) -> None:
    """Write the cases as they stand, new ones too."""
    await upsert_all(connection, journey_case, [_row(case) for case in sorted(cases, key=lambda case: case.key)])


async def load_followers(connection: AsyncConnection, wanted: Collection[CaseKey]) -> dict[CaseKey, tuple[str, ...]]:
    """Who follows these cases; those that nobody follows are left out."""
    if not wanted:
        return {}
    rows = await _FOLLOWED.rows(connection, unnest_keys(wanted))
    return {(row.dealer_id, row.case_id): tuple(row.followers) for row in rows}


async def touch_cases(connection: AsyncConnection, wanted: Collection[CaseKey], now: datetime) -> None:
    """Remember that something happened on these cases now, which puts off closing them as idle."""
    if wanted:
        await _TOUCH.rows(connection, {**unnest_keys(wanted), "now": now})


_PLAIN = (
    "dealer_id",
    "case_id",
    "customer_id",
    "status",
    "opened_at",
    "newest_event_at",
    "last_activity_at",
    "closed_at",
    "outcome",
    "business_day",
    "version",
)
_NAMED: Final = Prepared(select(journey_case).where(in_keys(journey_case.c.dealer_id, journey_case.c.case_id)))
_FOLLOWED: Final = Prepared(
    select(journey_case.c.dealer_id, journey_case.c.case_id, journey_case.c.followers).where(
        in_keys(journey_case.c.dealer_id, journey_case.c.case_id), func.cardinality(journey_case.c.followers) > 0
    )
)
_NOW: Final = bindparam("now", type_=journey_case.c.last_activity_at.type)
_TOUCH: Final = Prepared(
    update(journey_case)
    .where(in_keys(journey_case.c.dealer_id, journey_case.c.case_id))
    .where(func.coalesce(journey_case.c.last_activity_at < _NOW, True))
    .values(last_activity_at=_NOW)
)
"""Writes nothing where it stands so already."""


def _row(case: Case) -> dict[str, Any]:
    columns = {name: getattr(case, name) for name in _PLAIN}
    return columns | {
        "vehicle": dict(case.vehicle),
        "topics": list(case.topics),
        "facts": facts_document(case.facts),
        "occurrences": list(case.occurrences),
        "followers": list(case.followers),
        "owner_role": case.owner.role if case.owner else None,
        "owner_staff_id": case.owner.staff_id if case.owner else None,
    }
