"""Who of the people of events is not there: looked up before their profiles begin, by a statement or within one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from journey_api.intake.prepare import EventKey, Row

Key = tuple[str, str]
"""Dealer, and staff or customer."""


class Unknown(NamedTuple):
    """People the dealers do not know, customers nobody has a channel for, and those merged into others.

    `not_kept`: by event, the addresses of its lead that its customer does not have.
    """

    staff: frozenset[Key] = frozenset()
    unreachable: frozenset[Key] = frozenset()
    merged: frozenset[Key] = frozenset()
    not_kept: Mapping[EventKey, Sequence[str]] = {}


def unknown_among(staff: str, customers: str) -> str:
    """The query for `kind`, `dealer_id` and `id` of those who are not there, of two queries of `dealer_id` and `id`.

    Addresses are stored as they are compared, so their hash is made here. Limit and offsets keep people, customers and
    suppressions looked up one by one: however few there seem to be, never all of them are read.
    """
    return f"""
        select 'staff' as kind, s.dealer_id, s.id
          from ({staff}) as s
         where not exists (select 1 from staff p where p.dealer_id = s.dealer_id and p.staff_id = s.id offset 0)
        union all
        select found.kind, s.dealer_id, s.id
          from ({customers}) as s
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


_UNKNOWN: Final = unknown_among(
    "select * from unnest($1::text[], $2::text[]) as s(dealer_id, id)",
    "select * from unnest($3::text[], $4::text[]) as s(dealer_id, id)",
)


async def find_unknown(driver: Any, rows: Sequence[Row]) -> Unknown:
    """Who of the people of these events is not there; their profiles may not exist yet."""
    staff = {key for row in rows if (key := observer_of(row)) is not None}
    customers = {key for row in rows if (key := customer_of(row)) is not None}
    if not staff and not customers:
        return Unknown()
    columns = [[key[side] for key in sorted(keys)] for keys in (staff, customers) for side in (0, 1)]
    return read_unknown(map(tuple, await driver.fetch(_UNKNOWN, *columns)))


def read_unknown(found: Iterable[Sequence[str]]) -> Unknown:
    """What the query found."""
    kinds = defaultdict[str, set[Key]](set)
    for kind, dealer_id, name in found:
        kinds[kind].add((dealer_id, name))
    staff, unreachable, merged = (frozenset(kinds[kind]) for kind in ("staff", "customer", "merged"))
    return Unknown(staff, unreachable, merged)


def observer_of(row: Row) -> Key | None:
    """Who of the staff saw it happen, if that is said."""
    data = row.event.data
    return (data.dealer_id, data.observed_by.staff_id) if data.observed_by.staff_id else None


def customer_of(row: Row) -> Key | None:
    """The customer it is about, if any."""
    data = row.event.data
    return (data.dealer_id, data.customer_id) if data.customer_id else None
