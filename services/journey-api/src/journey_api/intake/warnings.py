"""What of an accepted event will surprise its sender: told on its receipt, and no reason to refuse it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final, NamedTuple

from journey_api.intake.event_models import EventData
from journey_api.intake.prepare import EventKey, Row, key_of
from shared.faults import Fault, Wrong
from shared.playbook.routing.dead_ends import leads_to_nothing
from shared.playbook.ruleset.entries import Playbook

_LATE: Final = timedelta(days=7)
_STAFF: Final = "The dealer has no such person: kept as text, and never who is given or asked anything"
_NOT_KEPT: Final = "Not kept: the customer that the lead is has no such address; a PUT of the customer adds it"
_NO_CHANNEL: Final = "Nobody can write to or call this customer: no address that is verified and open"
_UNKNOWN: Final = """
    select 'staff' as kind, s.dealer_id, s.id
      from unnest($1::text[], $2::text[]) as s(dealer_id, id)
     where not exists (select 1 from staff p where p.dealer_id = s.dealer_id and p.staff_id = s.id)
    union all
    select found.kind, s.dealer_id, s.id
      from unnest($3::text[], $4::text[]) as s(dealer_id, id)
      left join lateral (
        select c.merged_into is not null as merged, exists (
          select 1
            from jsonb_path_query(c.record, '$.channels[*]') way
           where ((way ->> 'verified')::boolean or c.record -> 'consent' ->> 'source' = 'lead')
             and not exists (
               select 1 from suppression x
                where x.dealer_id = s.dealer_id and x.channel = way ->> 'kind'
                  and x.address_hash = encode(sha256(convert_to(lower(btrim(way ->> 'address')), 'UTF8')), 'hex')
              offset 0)
          ) as reached
          from customer c
         where c.dealer_id = s.dealer_id and c.customer_id = s.id
         limit 1
      ) c on true
     cross join lateral (values ('customer', c.reached is not true), ('merged', c.merged)) as found(kind, so)
     where found.so
"""
"""Who of these is not there. Addresses are stored as they are compared, so their hash is made here.

Limit and offset keep customers and suppressions looked up one by one: however few there seem to be, never all of them
are read.
"""

Key = tuple[str, str]


class Unknown(NamedTuple):
    """People the dealers do not know, customers nobody has a channel for, and those merged into others.

    `not_kept`: by event, the addresses of its lead that its customer does not have.
    """

    staff: frozenset[Key] = frozenset()
    unreachable: frozenset[Key] = frozenset()
    merged: frozenset[Key] = frozenset()
    not_kept: Mapping[EventKey, Sequence[str]] = {}


async def find_unknown(driver: Any, rows: Sequence[Row]) -> Unknown:
    """Who of the people of these events is not there, in one statement; their profiles may not exist yet."""
    staff = {key for row in rows if (key := _person(row)) is not None}
    customers = {key for row in rows if (key := _customer(row)) is not None}
    if not staff and not customers:
        return Unknown()
    columns = [[key[side] for key in sorted(keys)] for keys in (staff, customers) for side in (0, 1)]
    found = [tuple(row) for row in await driver.fetch(_UNKNOWN, *columns)]
    people, unreachable, merged = (
        frozenset((dealer, name) for kind, dealer, name in found if kind == wanted)
        for wanted in ("staff", "customer", "merged")
    )
    return Unknown(people, unreachable, merged)


def add_warnings(rows: Iterable[Row], unknown: Unknown, playbook: Playbook) -> None:
    """Put what will surprise on the receipts of accepted events."""
    for row in rows:
        found = list(_warnings(row, unknown, playbook))
        if row.prefix:
            found = [fault._replace(pointer=row.prefix + fault.pointer) for fault in found]
        row.receipt.warnings = found


def _warnings(row: Row, unknown: Unknown, playbook: Playbook) -> Iterable[Fault]:
    data = row.event.data
    if data.intent == "live" and row.received_at - row.event.time > _LATE:
        yield Fault("/time", "long_past", "More than 7 days back: whatever clock starts has run since then")
    if _person(row) in unknown.staff:
        yield Fault("/data/observed_by/staff_id", "unknown_person", _STAFF)
    if _customer(row) in unknown.unreachable:
        yield Fault("/data/customer_id", "unreachable", _NO_CHANNEL)
    for name in unknown.not_kept.get(key_of(row.event), ()):
        yield Fault(f"/data/lead/{name}", "not_kept", _NOT_KEPT)
    for index, name in enumerate(data.occurrences or ()):
        if wrong := _dead_end(data, name, playbook):
            yield wrong.at(f"/data/occurrences/{index}")


def _dead_end(data: EventData, occurrence: str, playbook: Playbook) -> Wrong | None:
    """Why nothing comes of an occurrence, if so: whatever its observer posts, or for want of a customer, or of none."""
    role, has_customer = data.observed_by.role, data.customer_id is not None
    ends = partial(leads_to_nothing, playbook, role, occurrence, step=data.step)
    if not ends(has_customer=has_customer):
        return None
    if ends(has_customer=not has_customer):
        return Wrong("leads_to_nothing", f"Leads to nothing when {role} observes it")
    if has_customer:
        return Wrong("leads_to_nothing", f"Leads to nothing when {role} observes it of one customer")
    printed = playbook.activities_of(role, occurrence)
    about = "It concerns one customer, and the event names none" if printed else f"{role} has no page for it"
    return Wrong("without_customer", f"{about}: leads to nothing without a customer")


def _person(row: Row) -> Key | None:
    data = row.event.data
    return (data.dealer_id, data.observed_by.staff_id) if data.observed_by.staff_id else None


def _customer(row: Row) -> Key | None:
    data = row.event.data
    return (data.dealer_id, data.customer_id) if data.customer_id else None
