"""Leads: people a caller has no number for, found by their addresses or begun as profiles of our own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import phonenumbers
from phonenumbers import PhoneNumberType
from pydantic_core import to_json
from sqlalchemy import Row as Found
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.intake.cloud_events import Event, of_customer
from journey_api.intake.event_models import Lead
from journey_api.intake.prepare import EventKey, Posted, Refused, Row, Stored, key_of
from shared.channels.address_forms import TELEPHONE_NUMBER
from shared.channels.email import EMAIL
from shared.channels.telephone_numbers import comparable, e164
from shared.db.engine import lock_keys
from shared.db.schema import customer
from shared.faults import Fault
from shared.ids import new_id
from shared.people.addresses import canonical, region_of
from shared.people.dealers import load_dealers

_NUMBERED: Final = ("telephone", "sms", "whatsapp")
_MOBILE: Final = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_FIND: Final = text(
    """
    select customer_id, bool_or(kind = 'email') as email, bool_or(kind = 'number') as telephone
      from (
        select c.customer_id, c.created_at, w.kind
          from (values ('email', cast(:mails as text[])), ('number', cast(:numbers as text[]))) as w(kind, wanted)
         cross join lateral customers_at(w.wanted) at
          join customer c on c.dealer_id = at.dealer_id and c.customer_id = at.customer_id
         where at.dealer_id = :dealer_id and at.customer_id = coalesce(cast(:customer_id as text), at.customer_id)
      ) found
     group by customer_id
     order by bool_or(kind = 'email') and bool_or(kind = 'number') desc, bool_or(kind = 'email') desc,
              max(created_at) desc, customer_id desc
     limit 1
    """
)


@dataclass(frozen=True, slots=True)
class Person:
    """A lead with its addresses as they are compared: the e-mail in small letters, the number in E.164."""

    dealer_id: str
    email: str | None
    number: str | None

    def locks(self) -> dict[str, str]:
        """What nobody else may look up or begin at the same time, by the field of the lead."""
        line = comparable(self.number) if self.number else None
        addresses = {"email": self.email, "telephone": line}
        return {name: f"lead/{self.dealer_id}/{address}" for name, address in addresses.items() if address}


@dataclass(slots=True)
class Leads:
    """The profiles begun for leads of a commit, by customer id, and who is which customer.

    `has`: of a customer and an address, whether it is one of the customer's. `not_kept`: by event the fields of its
    lead that are not, for the profile of a customer who is known is not changed.
    """

    begun: dict[str, dict[str, Any]] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    has: dict[tuple[str, str], bool] = field(default_factory=dict)
    not_kept: dict[EventKey, list[str]] = field(default_factory=dict)

    async def customer_of(self, connection: AsyncConnection, person: Person, lead: Lead, now: datetime) -> str:
        """The customer with both addresses, else the e-mail, else the number, else a profile that begins."""
        locks = person.locks()
        customer_id = next((self.known[lock] for lock in locks.values() if lock in self.known), None)
        if customer_id is None or any((customer_id, lock) not in self.has for lock in locks.values()):
            customer_id = await self._look_up(connection, person, lead, now, customer_id)
        self.known |= dict.fromkeys(locks.values(), customer_id)
        return customer_id

    async def _look_up(
        self, connection: AsyncConnection, person: Person, lead: Lead, now: datetime, known: str | None
    ) -> str:
        """The customer, and which of the addresses are theirs; `known`: who it is, of whom only these are asked."""
        found = await _find(connection, person, known) if known not in self.begun else None
        customer_id = known or (found.customer_id if found else f"lead-{new_id()}")
        begins = found is None and known is None
        if begins:
            self.begun[customer_id] = profile_of(person, lead, now)
        for name, lock in person.locks().items():
            self.has.setdefault((customer_id, lock), begins or bool(found and getattr(found, name)))
        return customer_id

    def note_not_kept(self, event: Event, person: Person, customer_id: str) -> None:
        """Note which addresses of the event's lead the customer does not have."""
        lacking = [name for name, lock in person.locks().items() if not self.has[customer_id, lock]]
        if lacking:
            self.not_kept[key_of(event)] = lacking


async def resolve_leads(
    connection: AsyncConnection, posts: Sequence[Posted], known: Mapping[EventKey, Stored]
) -> tuple[list[Posted], Leads]:
    """The requests with their leads' customers. Locks the addresses, so that nobody else begins the same profile.

    A number that is none of the dealer's country refuses its event. Repeats are left as they are.
    """
    leads = Leads()
    new = [event for posted in posts for event in posted.events if _is_new_lead(event, known)]
    if not new:
        return list(posts), leads
    dealers = await load_dealers(connection, {event.data.dealer_id for event in new})
    regions = {dealer_id: region_of(rows.record or {}) for dealer_id, rows in dealers.items()}
    await lock_keys(connection, [lock for event in new for lock in _person_of(event, regions).locks().values()])
    return [await _resolve(connection, posted, known, regions, leads) for posted in posts], leads


async def _resolve(
    connection: AsyncConnection,
    posted: Posted,
    known: Mapping[EventKey, Stored],
    regions: Mapping[str, str | None],
    leads: Leads,
) -> Posted:
    events, refused = list(posted.events), dict(posted.refused)
    for index, event in enumerate(events):
        lead = event.data.lead
        if lead is None or not _is_new_lead(event, known):
            continue
        person = _person_of(event, regions)
        if lead.telephone is not None and person.number is None:
            pointer = f"{posted.prefix(index)}/data/lead/telephone"
            words = "No telephone number, with or without a country code"
            refused[index] = Refused(422, Fault(pointer, "not_a_telephone_number", words))
            continue
        customer_id = await leads.customer_of(connection, person, lead, posted.received_at)
        leads.note_not_kept(event, person, customer_id)
        events[index] = of_customer(event, customer_id)
    return replace(posted, events=events, refused=refused)


async def begin_leads(connection: AsyncConnection, leads: Leads, rows: Sequence[Row], now: datetime) -> None:
    """Store the profiles begun for leads whose events are stored."""
    values = [
        {"dealer_id": dealer_id, "customer_id": name, "record": leads.begun[name], "created_at": now, "updated_at": now}
        for dealer_id, name in sorted({(row.event.data.dealer_id, row.event.data.customer_id or "") for row in rows})
        if name in leads.begun
    ]
    if values:
        await connection.execute(insert(customer).values(values))


def profile_of(person: Person, lead: Lead, now: datetime) -> dict[str, Any]:
    """The profile of a lead: addresses nobody has verified, service consent because it asked."""
    mail = EMAIL.address.kept(lead.email) if lead.email else None
    channels = [{"kind": EMAIL.name, "address": mail, "verified": False}] if mail else []
    if person.number is not None:
        kinds = ["sms", "telephone"] if _is_mobile(person.number) else ["telephone"]
        channels += [{"kind": kind, "address": person.number, "verified": False} for kind in kinds]
    consent = {"service": True, "marketing": False, "source": "lead", "at": now.isoformat()}
    named = {"name": lead.name} if lead.name else {}
    return {**named, "channels": channels, "consent": consent}


def _is_new_lead(event: Event, known: Mapping[EventKey, Stored]) -> bool:
    return event.data.lead is not None and key_of(event) not in known


def _person_of(event: Event, regions: Mapping[str, str | None]) -> Person:
    lead, dealer_id = event.data.lead, event.data.dealer_id
    assert lead is not None
    number = e164(lead.telephone, regions.get(dealer_id)) if lead.telephone else None
    return Person(dealer_id, canonical(EMAIL.name, lead.email) if lead.email else None, number)


def _is_mobile(number: str) -> bool:
    return phonenumbers.number_type(phonenumbers.parse(number)) in _MOBILE


async def _find(connection: AsyncConnection, person: Person, customer_id: str | None) -> Found[Any] | None:
    """The customer with the addresses, of one customer only where it is named, and which of them are theirs."""
    mails = EMAIL.address.stored_spellings(person.email) if person.email else ()
    numbers = TELEPHONE_NUMBER.stored_spellings(person.number) if person.number else ()
    values = {
        "dealer_id": person.dealer_id,
        "customer_id": customer_id,
        "mails": [_channel(EMAIL.name, mail) for mail in mails],
        "numbers": [_channel(kind, number) for number in numbers for kind in _NUMBERED],
    }
    return (await connection.execute(_FIND, values)).first()


def _channel(kind: str, address: str) -> str:
    """What the channels of a customer with this address contain."""
    return to_json([{"kind": kind, "address": address}]).decode()
