"""One piece of the notifier's work: its transaction, its instants, its means, and what it has read already."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.calendar.availability import Staff
from shared.ids import CustomerKey
from shared.people.customers import load_customer_records
from shared.people.dealers import DealerRows, load_dealers, once_a_reading
from shared.people.staff import people_of
from shared.playbook.ruleset.entries import Playbook

Record = Mapping[str, Any]


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
    _dealers: dict[str, DealerRows] = field(default_factory=dict)

    async def dealer(self, dealer_id: str) -> Record:
        """The dealer's record. Raises LookupError where there is none."""
        record = (await self._rows(dealer_id)).record
        if record is None:
            raise LookupError(f"no dealer {dealer_id}")
        return record

    async def staff(self, dealer_id: str) -> Mapping[str, Record]:
        """The records of everybody of a dealer, by id."""
        return _by_id(await self._rows(dealer_id))

    async def people(self, dealer_id: str) -> Staff:
        """Everybody of a dealer as clocks see them, with its calendars, managers and mailbox. Raises as `dealer`."""
        await self.dealer(dealer_id)
        return people_of(await self._rows(dealer_id))[1]

    async def read_dealers(self, wanted: Collection[str]) -> None:
        """Read these dealers and their staff together, where they are not known yet."""
        if missing := set(wanted) - self._dealers.keys():
            self._dealers |= await load_dealers(self.connection, missing)

    async def _rows(self, dealer_id: str) -> DealerRows:
        await self.read_dealers([dealer_id])
        return self._dealers[dealer_id]

    async def customer(self, dealer_id: str, customer_id: str | None) -> Record:
        """A customer's record; of one without, nothing is known."""
        key = dealer_id, customer_id or ""
        return (await self.customers([key])).get(key, {})

    async def customers(self, wanted: Collection[CustomerKey]) -> dict[CustomerKey, Record]:
        """The records of these customers, by dealer and customer; those without one are left out."""
        return await load_customer_records(self.connection, wanted)


@once_a_reading
def _by_id(rows: DealerRows) -> Mapping[str, Record]:
    return {staff_id: record for staff_id, record, _ in rows.staff}
