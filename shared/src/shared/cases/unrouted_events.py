"""Events of the last day that are not routed, found without reading all of that day's events.

The auditor remembers before which event all are routed, and which are not. An id says when its event came in, and no
event is committed later than `SETTLED_WITHIN` after that: before it none appears any more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from sqlalchemy import Subquery, Text, any_, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.schema import audit_finding, journey_event, routing
from shared.ids import first_id

FINDING: Final = "unrouted_events"
LOOKS_BACK: Final = timedelta(days=1)
SETTLED_WITHIN: Final = timedelta(minutes=5)
"""Real time; clocks of the services may differ by most of it."""
REMEMBERED: Final = 1_000
"""So many unrouted events are remembered by their ids."""


@dataclass(frozen=True, slots=True)
class RoutedSoFar:
    """All events before this id are routed, except those that are `late`."""

    event_id: str = ""
    late: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As stored."""
        return {"before": self.event_id, "late": list(self.late)}

    @classmethod
    def read(cls, document: dict[str, Any] | None) -> Self:
        """What was stored; without it nothing is known."""
        return cls(document["before"], tuple(document["late"])) if document else cls()

    def unrouted(self, real: datetime) -> Subquery:
        """Id, dealer and time of arrival of those that are not routed. `real`: now, in real time."""
        events, first, after = journey_event.c, first_id(real - LOOKS_BACK), first_id(real + LOOKS_BACK)
        # as a value it is looked up for each event by its key: a join would read what is routed whole
        routed = select(routing.c.event_id).where(routing.c.event_id == events.event_id).scalar_subquery()
        found = select(events.event_id, events.dealer_id, events.received_at).where(routed.is_(None))
        late = literal(list(self.late), ARRAY(Text))
        return union_all(
            found.where(events.event_id >= max(first, self.event_id), events.event_id < after),
            found.where(events.event_id == any_(late), events.event_id >= first),
        ).subquery("unrouted")


async def routed_so_far(connection: AsyncConnection) -> RoutedSoFar:
    """What the auditor remembers of its last look."""
    query = select(audit_finding.c.detail).where(audit_finding.c.finding == FINDING)
    return RoutedSoFar.read(await connection.scalar(query))


async def look_for_unrouted(
    connection: AsyncConnection, before: RoutedSoFar, old: datetime, real: datetime
) -> tuple[int, RoutedSoFar]:
    """How many events that came in before `old` are not routed, and what to remember for the next look; real time."""
    found = before.unrouted(real)
    settled = first_id(real - SETTLED_WITHIN)
    count = select(func.count()).select_from(found).where(found.c.event_id < first_id(old))
    late = select(found.c.event_id).where(found.c.event_id < settled).order_by(found.c.event_id).limit(REMEMBERED + 1)
    *known, more = [*await connection.scalars(late), settled][: REMEMBERED + 1]
    return await connection.scalar(count) or 0, RoutedSoFar(more, tuple(known))
