"""One piece of the notifier's work: its transaction, its instants, its means, and what it has read already."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.calendar.availability import Staff
from shared.db.bulk import in_keys, unnest_keys
from shared.db.prepared import Prepared
from shared.db.schema import customer, dealer, staff
from shared.ids import CustomerKey
from shared.people.staff import read_colleague, read_people
from shared.playbook.ruleset.entries import Playbook

Record = Mapping[str, Any]

_CUSTOMERS: Final = Prepared(
    select(customer.c.dealer_id, customer.c.customer_id, customer.c.record).where(
        in_keys(customer.c.dealer_id, customer.c.customer_id)
    )
)

_DEALER: Final = Prepared(select(dealer.c.record).where(dealer.c.dealer_id == bindparam("dealer_id")))
_STAFF: Final = Prepared(select(staff.c.staff_id, staff.c.record).where(staff.c.dealer_id == bindparam("dealer_id")))


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
        if dealer_id not in self._dealers:
            row = await _DEALER.first(self.connection, {"dealer_id": dealer_id})
            if row is None:
                raise LookupError(f"no dealer {dealer_id}")
            self._dealers[dealer_id] = row.record
        return self._dealers[dealer_id]

    async def staff(self, dealer_id: str) -> Mapping[str, Record]:
        """The records of everybody of a dealer, by id."""
        if dealer_id not in self._staff:
            rows = await _STAFF.rows(self.connection, {"dealer_id": dealer_id})
            self._staff[dealer_id] = {row.staff_id: row.record for row in rows}
        return self._staff[dealer_id]

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
        if not wanted:
            return {}
        rows = await _CUSTOMERS.rows(self.connection, unnest_keys(wanted))
        return {(row.dealer_id, row.customer_id): row.record for row in rows}
