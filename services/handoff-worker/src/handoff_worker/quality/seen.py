"""What people's records say when a moment is first judged; afterwards they may change without judging it again."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.channels.registry import customer_channels
from shared.db.bulk import in_keys, unnest_keys
from shared.db.prepared import Prepared
from shared.db.schema import staff
from shared.ids import CustomerKey
from shared.people.customer_channels import (
    customer_addresses,
    customer_message,
    customer_preferences,
    load_closed,
)
from shared.people.customers import load_customer_records
from shared.people.dealers import load_dealer_records
from shared.people.eligibility import Address, allowed_channels, purpose_of_topics
from shared.quality.case_facts import CaseFacts
from shared.quality.moment_rows import StoredMoment
from shared.quality.types import Seen

ANSWERS: Final = frozenset({"answer", "proposal", "estimate"})
_STAFF: Final = Prepared(
    select(staff.c.dealer_id, staff.c.staff_id, staff.c.record["roles"].label("roles")).where(
        in_keys(staff.c.dealer_id, staff.c.staff_id)
    )
)


async def load_seen(
    connection: AsyncConnection, cases: Collection[CaseFacts], stored: Mapping[str, StoredMoment]
) -> dict[str, Seen]:
    """By moment what was seen when it was first judged; of new ones what the records say now."""
    acted = {
        moment_id: (case.dealer_id, staff_id)
        for case in cases
        for moment_id, staff_id in _acted(case)
        if moment_id not in stored
    }
    roles = await _load_roles(connection, acted.values())
    answered = [(case, moment_id) for case in cases for moment_id in _answers(case) if moment_id not in stored]
    first = await _load_first_channels(connection, [case for case, _ in answered])
    channels = {moment_id: first.get((case.dealer_id, case.customer_id, case.topics)) for case, moment_id in answered}
    new = {
        moment_id: Seen(roles.get(acted[moment_id], ()) if moment_id in acted else (), channels.get(moment_id))
        for moment_id in {*acted, *channels}
    }
    return {moment_id: one.seen for moment_id, one in stored.items()} | new


def _acted(case: CaseFacts) -> Iterable[tuple[str, str]]:
    """The moments in which a member of staff acted, and who that was."""
    for said in case.contacts:
        if said.direction == "outbound" and said.staff_id:
            yield said.contact_id, said.staff_id
    for closing in case.closings:
        if closing.by:
            yield closing.change_id, closing.by
    for arrival in case.arrivals:
        if arrival.staff_id:
            yield arrival.change_id, arrival.staff_id


def _answers(case: CaseFacts) -> Iterable[str]:
    return (one.contact_id for one in case.contacts if one.direction == "outbound" and one.kind in ANSWERS)


async def _load_roles(
    connection: AsyncConnection, people: Iterable[tuple[str, str]]
) -> Mapping[tuple[str, str], tuple[str, ...]]:
    wanted = set(people)
    rows = await _STAFF.rows(connection, unnest_keys(wanted)) if wanted else ()
    return {(row.dealer_id, row.staff_id): tuple(row.roles or ()) for row in rows}


async def _load_first_channels(
    connection: AsyncConnection, cases: Collection[CaseFacts]
) -> dict[tuple[str, str, tuple[str, ...]], str | None]:
    """The first usable channel of each customer's order for the topics of a case."""
    asked: dict[CustomerKey, set[tuple[str, ...]]] = defaultdict(set)
    for case in cases:
        asked[case.dealer_id, case.customer_id].add(case.topics)
    customers = await load_customer_records(connection, asked)
    dealers = await load_dealer_records(connection, {dealer_id for dealer_id, _ in asked})
    addresses: dict[str, set[Address]] = defaultdict(set)
    for (dealer_id, _), record in customers.items():
        addresses[dealer_id].update(customer_addresses(record, "service"))
    closed = await load_closed(connection, {one: (dealers.get(one, {}), some) for one, some in addresses.items()})
    return {
        (dealer_id, customer_id, topics): _first(record, dealers.get(dealer_id, {}), closed[dealer_id], topics)
        for (dealer_id, customer_id), record in customers.items()
        for topics in asked[dealer_id, customer_id]
    }


def _first(
    record: Mapping[str, Any], dealer_record: Mapping[str, Any], closed: Mapping[Any, str], topics: tuple[str, ...]
) -> str | None:
    purpose = purpose_of_topics(topics)
    message = customer_message(purpose, topics, customer_channels(), dealer_record, None)
    left = allowed_channels(customer_preferences(record, closed, purpose), message).addresses
    return left[0].kind if left else None
