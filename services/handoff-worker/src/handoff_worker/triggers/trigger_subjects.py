"""What triggers of time rules are about, as it stands now: the records, and what is known of their customers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Text, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_worker.triggers.events import SOURCE
from shared.db.bulk import in_keys, unnest_keys
from shared.db.prepared import Prepared
from shared.db.schema import appointment, customer, customer_order, vehicle
from shared.ids import CustomerKey
from shared.sla.fact_view import NOT_REACHED, spoken_contact_channels
from shared.sla.policy.policy import Policies
from shared.vehicle_ids import vehicle_key

SubjectKey = tuple[str, str]
"""Dealer and record."""

TABLES: Final = {
    "vehicle": (vehicle, vehicle.c.vin),
    "appointment": (appointment, appointment.c.appointment_id),
    "order": (customer_order, customer_order.c.order_id),
    "customer": (customer, customer.c.customer_id),
}
"""The table of each kind of record, and its id there."""

_CONTACTS: Final = Prepared(
    text(
        """
    select s.dealer_id, s.customer_id, greatest(c.last, e.last) as last, c.proactive, c.feedback_request
      from unnest(:dealers, :customers) as s(dealer_id, customer_id)
      left join lateral (
        select max(k.at) as last,
               max(k.at) filter (where k.direction = 'outbound'
                 and (k.kind not in ('acknowledgement', 'answer') or asked.event_id is not null)) as proactive,
               max(k.at) filter (where k.direction = 'outbound' and k.kind = 'feedback_request') as feedback_request
          from contact k
          left join task t on t.task_id = k.task_id
          left join journey_event asked on asked.event_id = t.event_id and asked.source = :source
         where k.dealer_id = s.dealer_id and k.customer_id = s.customer_id
           and (k.direction = 'inbound' or (
             (k.notification_id is null or k.staff_id is not null)
             and coalesce(k.outcome <> all(:in_vain), true)
             and (k.channel <> all(:spoken) or k.outcome = 'spoke')))
      ) c on true
      left join lateral (
        select max(v.occurred_at) as last from journey_event v
         where v.dealer_id = s.dealer_id and v.customer_id = s.customer_id and v.data ? 'channel'
      ) e on true
    """
    ).bindparams(*(bindparam(name, type_=ARRAY(Text)) for name in ("dealers", "customers", "in_vain", "spoken")))
)


@dataclass(frozen=True, slots=True)
class Contacts:
    """When a customer was last in contact, was last spoken or written to unasked, was last asked for feedback.

    A contact is what the customer said, where it reached us by a channel, and what a person said that reached them;
    what Handoff sends by itself is none (decision 37).
    """

    last: datetime | None = None
    proactive: datetime | None = None
    feedback_request: datetime | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A record as it stands, and whose it is."""

    dealer_id: str
    subject_id: str
    customer_id: str | None
    created_at: datetime
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def customer(self) -> CustomerKey:
        """Dealer and customer."""
        return self.dealer_id, self.customer_id or ""


async def load_subjects(
    connection: AsyncConnection, record: str, keys: Collection[SubjectKey]
) -> dict[SubjectKey, Subject]:
    """These records of a kind; those that are gone, or were merged into another, are left out."""
    if not keys:
        return {}
    rows = await _named(record).rows(connection, unnest_keys(keys))
    return {(row[0], row[1]): Subject(*row) for row in rows}


@cache
def _named(record: str) -> Prepared:
    """The fields of `Subject`, in their order."""
    table, identity = TABLES[record]
    query = select(table.c.dealer_id, identity, table.c.customer_id, table.c.created_at, table.c.record)
    if record == "customer":
        query = query.where(customer.c.merged_into.is_(None))
    return Prepared(query.where(in_keys(table.c.dealer_id, identity)))


async def load_contacts(connection: AsyncConnection, customers: Collection[CustomerKey]) -> dict[CustomerKey, Contacts]:
    """The last contacts of these customers, in one statement."""
    if not customers:
        return {}
    dealers, ids = zip(*sorted(set(customers)), strict=True)
    values = {
        "dealers": list(dealers),
        "customers": list(ids),
        "source": SOURCE,
        "in_vain": sorted(NOT_REACHED),
        "spoken": sorted(spoken_contact_channels()),
    }
    rows = await _CONTACTS.rows(connection, values)
    return {(row.dealer_id, row.customer_id): Contacts(row.last, row.proactive, row.feedback_request) for row in rows}


def with_contacts(subject: Subject, contacts: Contacts, policies: Policies) -> dict[str, Any]:
    """The customer's record with the dates of contacts; who was never contacted counts from the profile."""
    found = {
        "last_contact_on": contacts.last,
        "last_proactive_contact_on": contacts.proactive,
        "last_feedback_request_on": contacts.feedback_request,
    }
    days = {name: (at or subject.created_at).astimezone(policies.zone).date() for name, at in found.items()}
    return {**subject.record, **{name: day.isoformat() for name, day in days.items()}}


_INVOICED: Final = Prepared(
    text(
        """
    select s.dealer_id, s.id
      from unnest(:dealers, :ids, :customers, cast(:starts as timestamptz[])) as s(dealer_id, id, customer_id, at)
     where exists (
       select from journey_event e
        where e.dealer_id = s.dealer_id and e.customer_id = s.customer_id and e.intent = 'live'
          and e.occurred_at >= s.at - interval '30 days' and e.data -> 'signals' ? 'invoice_ready')
    """
    ).bindparams(*(bindparam(name, type_=ARRAY(Text)) for name in ("dealers", "ids", "customers", "starts")))
)


async def find_invoiced(connection: AsyncConnection, appointments: Sequence[Subject]) -> set[SubjectKey]:
    """Those of these appointments whose customer's invoice has become ready within 30 days before."""
    if not appointments:
        return set()
    values = {
        "dealers": [one.dealer_id for one in appointments],
        "ids": [one.subject_id for one in appointments],
        "customers": [one.customer_id for one in appointments],
        "starts": [one.record["starts_at"] for one in appointments],
    }
    return {(row.dealer_id, row.id) for row in await _INVOICED.rows(connection, values)}


_BOOKED: Final = Prepared(
    text(
        """
    select distinct a.dealer_id, a.customer_id, a.record ->> 'vin' as vin
      from unnest(:dealers, :customers) as s(dealer_id, customer_id)
      join appointment a on a.dealer_id = s.dealer_id and a.customer_id = s.customer_id
     where a.record ->> 'kind' = 'service'
       and coalesce(a.record ->> 'status', 'booked') in ('booked', 'confirmed', 'arrived', 'started')
       and cast(a.record ->> 'starts_at' as timestamptz) >= :now
    """
    ).bindparams(*(bindparam(name, type_=ARRAY(Text)) for name in ("dealers", "customers")))
)


async def find_booked(connection: AsyncConnection, vehicles: Sequence[Subject], now: datetime) -> set[SubjectKey]:
    """Those of these vehicles for which a service appointment is booked; one that names no vehicle is for any."""
    customers = sorted({one.customer for one in vehicles if one.customer_id})
    if not customers:
        return set()
    dealers, ids = zip(*customers, strict=True)
    rows = await _BOOKED.rows(connection, {"dealers": list(dealers), "customers": list(ids), "now": now})
    return booked_of(vehicles, [((row.dealer_id, row.customer_id), row.vin) for row in rows])


def booked_of(vehicles: Sequence[Subject], booked: Iterable[tuple[CustomerKey, str | None]]) -> set[SubjectKey]:
    """Those of these vehicles that a booking of their customer names, in whichever spelling, or that names none."""
    named = {(customer, vehicle_key(vin) if vin else None) for customer, vin in booked}
    return {
        (one.dealer_id, one.subject_id)
        for one in vehicles
        if named & {(one.customer, None), (one.customer, vehicle_key(one.subject_id))}
    }
