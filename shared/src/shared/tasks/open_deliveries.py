"""How many delivers of a case are open, and how many of them wait for others than ourselves."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import among, pairs
from shared.db.schema import task
from shared.lifecycle import Task

WORKED: Final = ("offered", "accepted", "waiting")
"""The statuses of an open deliver or reminder."""

_INTERNAL: Final = task.c.waiting_reason.is_not_distinct_from("internal")
_COUNT: Final = (
    select(
        task.c.dealer_id,
        task.c.case_id,
        func.count(),
        func.count().filter(and_(task.c.status == "waiting", ~_INTERNAL)),
    )
    .where(among(task.c.dealer_id, task.c.case_id), task.c.kind == "deliver", task.c.status.in_(WORKED))
    .group_by(task.c.dealer_id, task.c.case_id)
)


@dataclass(frozen=True, slots=True)
class Delivers:
    """The open delivers of a case; `waiting` of them wait for somebody outside."""

    opened: int = 0
    waiting: int = 0

    @property
    def all_waiting(self) -> bool:
        """Whether there are some and every one waits."""
        return 0 < self.opened == self.waiting

    def __add__(self, other: "Delivers") -> "Delivers":
        return Delivers(self.opened + other.opened, self.waiting + other.waiting)


def delivers_of(tasks: Iterable[Task]) -> Delivers:
    """The open delivers among all tasks of a case."""
    opened = [one for one in tasks if one.kind == "deliver" and one.status in WORKED]
    return Delivers(len(opened), sum(one.status == "waiting" and one.waiting_reason != "internal" for one in opened))


async def count_delivers(
    connection: AsyncConnection, cases: Collection[tuple[str, str | None]]
) -> dict[tuple[str, str | None], Delivers]:
    """The open delivers of these cases (dealer, case), by case, of those that have some."""
    if not cases:
        return {}
    rows = await connection.execute(_COUNT, pairs((dealer_id, case_id or "") for dealer_id, case_id in cases))
    return {(dealer_id, case_id): Delivers(opened, waiting) for dealer_id, case_id, opened, waiting in rows}
