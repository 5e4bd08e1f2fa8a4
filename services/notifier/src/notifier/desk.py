"""One piece of the notifier's work: its transaction, its instants, its means, and what it has read already."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.means import Means
from shared.sla.presence import Staff
from shared.staff import read_colleague, read_people
from shared.tables import customer, dealer, staff

Record = Mapping[str, Any]


@dataclass
class Desk:
    """Lives as long as its transaction. `now` is domain time, `real` schedules attempts.

    Records of dealers and staff are read once; nothing here changes them.
    """

    connection: AsyncConnection
    means: Means
    now: datetime
    real: datetime
    _dealers: dict[str, Record] = field(default_factory=dict)
    _staff: dict[str, Mapping[str, Record]] = field(default_factory=dict)

    async def dealer(self, dealer_id: str) -> Record:
        """The dealer's record. Raises LookupError where there is none."""
        if dealer_id not in self._dealers:
            query = select(dealer.c.record).where(dealer.c.dealer_id == dealer_id)
            record = await self.connection.scalar(query)
            if record is None:
                raise LookupError(f"no dealer {dealer_id}")
            self._dealers[dealer_id] = record
        return self._dealers[dealer_id]

    async def staff(self, dealer_id: str) -> Mapping[str, Record]:
        """The records of everybody of a dealer, by id."""
        if dealer_id not in self._staff:
            query = select(staff.c.staff_id, staff.c.record).where(staff.c.dealer_id == dealer_id)
            rows = await self.connection.execute(query)
            self._staff[dealer_id] = {row.staff_id: row.record for row in rows}
        return self._staff[dealer_id]

    async def people(self, dealer_id: str) -> Staff:
        """Everybody of a dealer as clocks see them, with its calendars, managers and mailbox."""
        record = await self.dealer(dealer_id)
        zone = ZoneInfo(record["time_zone"])
        known = await self.staff(dealer_id)
        members = (read_colleague(staff_id, one, zone).member for staff_id, one in known.items())
        return read_people(record, members, zone)

    async def customer(self, dealer_id: str, customer_id: str | None) -> Record:
        """A customer's record; of one without, nothing is known."""
        who = (customer.c.dealer_id == dealer_id) & (customer.c.customer_id == customer_id)
        return await self.connection.scalar(select(customer.c.record).where(who)) or {}
