"""Reading moments of truth: the worst first, and one with its changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.pagination import Page, read_instant
from journey_api.http.periods import Period
from shared.db.schema import dealer, moment, moment_change

_COLUMNS: Final = moment.c
ZONE_OF: Final = (
    select(dealer.c.record["time_zone"].astext).where(dealer.c.dealer_id == _COLUMNS.dealer_id).scalar_subquery()
)
"""The zone of a moment's dealer."""


EVER: Final = Period()


@dataclass(frozen=True, slots=True)
class MomentFilter:
    """Which moments are wanted: by column any of the values, with any of the flags, in a period."""

    values: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    flags: Sequence[str] = ()
    period: Period = EVER

    def clauses(self) -> list[ColumnElement[bool]]:
        """The conditions."""
        found = [_COLUMNS[name].in_(values) for name, values in self.values.items()]
        if self.flags:
            found.append(_COLUMNS.flags.overlap(list(self.flags)))
        return found + self.period.clauses(_COLUMNS.at, ZONE_OF)


async def list_moments(connection: AsyncConnection, wanted: MomentFilter, page: Page) -> list[RowMapping]:
    """The worst first: by score, then the most flags, then the newest; one more than the page holds."""
    query = moments_query(wanted).where(*_after(page)).limit(page.limit + 1)
    return list((await connection.execute(query)).mappings())


def moments_query(wanted: MomentFilter) -> Select[Any]:
    """All of them, in this order."""
    return (
        select(moment)
        .where(*wanted.clauses())
        .order_by(_COLUMNS.score, _COLUMNS.flag_count.desc(), _COLUMNS.at.desc(), _COLUMNS.moment_id.desc())
    )


def place_of(row: RowMapping) -> tuple[int, int, str, str]:
    """Where a moment stands in the list."""
    at: datetime = row["at"]
    return row["score"], row["flag_count"], at.isoformat(), row["moment_id"]


def _after(page: Page) -> list[ColumnElement[bool]]:
    key = page.key(int, int, str, str)
    if key is None:
        return []
    score, flags, at, moment_id = key[0], key[1], read_instant(key[2]), key[3]
    later = or_(_COLUMNS.at < at, and_(_COLUMNS.at == at, _COLUMNS.moment_id < moment_id))
    fewer = or_(_COLUMNS.flag_count < flags, and_(_COLUMNS.flag_count == flags, later))
    return [or_(_COLUMNS.score > score, and_(_COLUMNS.score == score, fewer))]


async def find_moment(connection: AsyncConnection, moment_id: str, customer_id: str | None) -> RowMapping | None:
    """The moment of this id among those the transaction sees; of this customer, where one is named."""
    query = select(moment).where(_COLUMNS.moment_id == moment_id)
    if customer_id is not None:
        query = query.where(_COLUMNS.customer_id == customer_id)
    return (await connection.execute(query)).mappings().one_or_none()


async def load_changes(connection: AsyncConnection, moment_id: str) -> list[RowMapping]:
    """What changed of a moment, oldest first."""
    query = select(moment_change).where(moment_change.c.moment_id == moment_id).order_by(moment_change.c.seq)
    return list((await connection.execute(query)).mappings())


async def moments_of_customer(connection: AsyncConnection, dealer_id: str, customer_id: str) -> list[RowMapping]:
    """Every moment of a customer, by time."""
    query = select(moment).where(_COLUMNS.dealer_id == dealer_id, _COLUMNS.customer_id == customer_id)
    return list((await connection.execute(query.order_by(_COLUMNS.at, _COLUMNS.moment_id))).mappings())
