"""One piece of the notifier's work: its transaction, its instants, its means, and what it has read already."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.calendar.availability import Staff
from shared.db.prepared import Prepared
from shared.db.schema import staff
from shared.ids import CustomerKey
from shared.people.customers import load_customer_records
from shared.people.dealers import load_dealer_records
from shared.people.staff import read_colleague, read_people
from shared.playbook.ruleset.entries import Playbook

Record = Mapping[str, Any]

_WANTED: Final = bindparam("dealers", type_=ARRAY(Text))
_STAFF: Final = Prepared(
    select(staff.c.dealer_id, staff.c.staff_id, staff.c.record).where(staff.c.dealer_id == func.any(_WANTED))
)


@dataclass(frozen=True, slots=True)
class ChannelConfig:
    """The playbook, and the kinds of channel that have settings.

    `public_url` begins the links of messages; empty: they have none. `reply_domain`: where answers to customers'
    mails come to; empty: to the dealers' own addresses.
    """

    playbook: Playbook
    configured: frozenset[str] = frozenset()
    public_url: str = ""
    reply_domain: str = ""


@dataclass
class NotifierContext:
    """Lives as long as its transaction. `now` is domain time, `real` schedules attempts.

    Records of dealers and staff are read once; nothing here changes them. `pending_events`: changes of notifications
    that are told of together at the end of the transaction; None: each is told of at once.
    """

    connection: AsyncConnection
    config: ChannelConfig
    now: datetime
    real: datetime
    pending_events: list[RowMapping] | None = None
    _dealers: dict[str, Record] = field(default_factory=dict)
    _staff: dict[str, Mapping[str, Record]] = field(default_factory=dict)
    _people: dict[str, Staff] = field(default_factory=dict)

    async def dealer(self, dealer_id: str) -> Record:
        """The dealer's record. Raises LookupError where there is none."""
        await self.read_dealers([dealer_id])
        if dealer_id not in self._dealers:
            raise LookupError(f"no dealer {dealer_id}")
        return self._dealers[dealer_id]

    async def staff(self, dealer_id: str) -> Mapping[str, Record]:
        """The records of everybody of a dealer, by id."""
        await self.read_staff([dealer_id])
        return self._staff[dealer_id]

    async def read_dealers(self, wanted: Collection[str]) -> None:
        """Read the records of these dealers together, where they are not known yet."""
        if missing := sorted(set(wanted) - self._dealers.keys()):
            self._dealers |= await load_dealer_records(self.connection, missing)

    async def read_staff(self, wanted: Collection[str]) -> None:
        """The same of everybody of these dealers."""
        if missing := sorted(set(wanted) - self._staff.keys()):
            found: dict[str, dict[str, Record]] = {dealer_id: {} for dealer_id in missing}
            for row in await _STAFF.rows(self.connection, {"dealers": missing}):
                found[row.dealer_id][row.staff_id] = row.record
            self._staff |= found

    async def people(self, dealer_id: str) -> Staff:
        """Everybody of a dealer as clocks see them, with its calendars, managers and mailbox."""
        if dealer_id not in self._people:
            record = await self.dealer(dealer_id)
            zone = ZoneInfo(record["time_zone"])
            known = await self.staff(dealer_id)
            members = (read_colleague(staff_id, one, zone).member for staff_id, one in known.items())
            self._people[dealer_id] = read_people(record, members, zone)
        return self._people[dealer_id]

    async def customer(self, dealer_id: str, customer_id: str | None) -> Record:
        """A customer's record; of one without, nothing is known."""
        key = dealer_id, customer_id or ""
        return (await self.customers([key])).get(key, {})

    async def customers(self, wanted: Collection[CustomerKey]) -> dict[CustomerKey, Record]:
        """The records of these customers, by dealer and customer; those without one are left out."""
        return await load_customer_records(self.connection, wanted)
