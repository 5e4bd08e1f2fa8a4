"""What is stored of cases, read for the moments in them; statements do not grow with the number of cases."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import in_keys, one_of, unnest_keys
from shared.db.prepared import Prepared
from shared.db.schema import sla_timer
from shared.playbook.ruleset.entries import Playbook
from shared.quality import fact_statements as statements
from shared.quality.asked_again import Known, asked_again, asks_elsewhere
from shared.quality.case_facts import CaseFacts
from shared.quality.disappointments import PROMISED_NEWS
from shared.quality.fact_rows import (
    Row,
    arrival_of,
    asking_of,
    closing_of,
    contact_of,
    decline_of,
    event_of,
    known_of,
    owner_change_of,
    promise_of,
    task_of,
)
from shared.quality.types import RESPONSES
from shared.sla.facts import Owner
from shared.sla.store.timers import timers_of_rows
from shared.sla.types import Timer

Target = tuple[str, str, str]
"""Dealer, customer, and case: empty for what joined none."""

_TIMERS: Final = Prepared(
    select(sla_timer).where(
        in_keys(sla_timer.c.dealer_id, sla_timer.c.case_id),
        sla_timer.c.subject == "case",
        one_of(sla_timer.c.target, (*RESPONSES, "resolution"))
        | one_of(sla_timer.c.rule, sorted(set(PROMISED_NEWS.values()))),
    )
)
_Rows = Mapping[Target, list[Row]]


async def load_facts(
    connection: AsyncConnection, playbook: Playbook, targets: Collection[Target]
) -> dict[Target, CaseFacts]:
    """The facts of these cases of these customers, by target."""
    if not targets:
        return {}
    rows = {name: await _by_target(connection, statement, targets) for name, statement in statements.EVERY.items()}
    for name, statement in statements.RARE.items():
        some = [key for key in targets if any(row[name] for row in rows["cases"][key])]
        rows[name] = await _by_target(connection, statement, some)
    events = {key: tuple(event_of(playbook, row) for row in rows["events"][key]) for key in targets}
    asking = {key: [one for row in rows["tasks"][key] if (one := asking_of(row))] for key in targets}
    elsewhere = await _load_known(connection, [key for key in targets if asks_elsewhere(events[key], asking[key])])
    timers = await _load_timers(connection, targets)
    deliveries = await _load_deliveries(
        connection, [key for key in targets if _asked_for_feedback(rows["contacts"][key])]
    )
    return {
        key: _facts_of(
            key,
            {name: found[key] for name, found in rows.items()},
            events=events[key],
            asked_again=asked_again(events[key], asking[key], elsewhere[key]),
            timers=tuple(timers[key[0], key[2]]),
            deliveries=tuple(deliveries[key[:2]]),
        )
        for key in targets
    }


def _facts_of(target: Target, rows: Mapping[str, list[Row]], **more: Any) -> CaseFacts:
    dealer_id, customer_id, case_id = target
    (case,) = rows["cases"]
    return CaseFacts(
        dealer_id=dealer_id,
        customer_id=customer_id,
        case_id=case_id or None,
        owner=Owner(case["owner_role"], case["owner_staff_id"]),
        topics=tuple(case["topics"] or ()),
        contacts=tuple(map(contact_of, rows["contacts"])),
        tasks=tuple(map(task_of, rows["tasks"])),
        declines=tuple(map(decline_of, rows["declines"])),
        owner_changes=tuple(map(owner_change_of, rows["owner_changes"])),
        closings=tuple(map(closing_of, rows["closings"])),
        promises=tuple(map(promise_of, rows["promises"])),
        arrivals=tuple(map(arrival_of, rows["arrivals"])),
        **more,
    )


def _asked_for_feedback(contacts: Sequence[Row]) -> bool:
    """Whether it matters when vehicles were delivered: it does to a request for feedback alone."""
    return any(one["kind"] == "feedback_request" for one in contacts)


def arrays_of(targets: Collection[Target]) -> dict[str, list[str]]:
    """The parameters of the statements: these targets, each once."""
    ordered = sorted(set(targets))
    return {name: [one[place] for one in ordered] for place, name in enumerate(("dealers", "customers", "cases"))}


async def _by_target(connection: AsyncConnection, statement: Prepared, targets: Collection[Target]) -> _Rows:
    found: dict[Target, list[Row]] = defaultdict(list)
    for row in await statement.rows(connection, arrays_of(targets)) if targets else ():
        found[row["dealer_id"], row["customer_id"], row["of_case"]].append(dict(row))
    return found


async def _load_known(connection: AsyncConnection, targets: Collection[Target]) -> Mapping[Target, list[Known]]:
    rows = await _by_target(connection, statements.KNOWN_ELSEWHERE, targets)
    return defaultdict(list, {key: [known_of(row) for row in some] for key, some in rows.items()})


async def _load_timers(
    connection: AsyncConnection, targets: Collection[Target]
) -> Mapping[tuple[str, str], list[Timer]]:
    found: dict[tuple[str, str], list[Timer]] = defaultdict(list)
    keys = [(dealer_id, case_id) for dealer_id, _, case_id in targets if case_id]
    for timer in await timers_of_rows(connection, await _TIMERS.rows(connection, unnest_keys(keys))):
        found[timer.dealer_id, timer.case_id or ""].append(timer)
    ordered = {key: sorted(one, key=lambda timer: (timer.started_at, timer.timer_id)) for key, one in found.items()}
    return defaultdict(list, ordered)


async def _load_deliveries(
    connection: AsyncConnection, targets: Collection[Target]
) -> Mapping[tuple[str, str], list[datetime]]:
    found: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for row in await statements.DELIVERIES.rows(connection, arrays_of(targets)) if targets else ():
        found[row.dealer_id, row.customer_id].append(row.occurred_at)
    return found
