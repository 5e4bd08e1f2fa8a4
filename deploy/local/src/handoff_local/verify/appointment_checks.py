"""Clocks of appointments compared with their records: what a record says is what its clocks say."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_local.verify.findings import Verdict
from shared.db.bulk import in_keys, unnest_keys
from shared.db.schema import appointment, sla_timer
from shared.sla.engine.appointment_timers import Appointment, follow
from shared.sla.policy.policy import Policies
from shared.sla.store.appointment_clocks import SUBJECT, appointment_of
from shared.sla.store.timers import read_timers
from shared.sla.types import Timer

AppointmentKey = tuple[str, str]


async def read_appointments(
    connection: AsyncConnection, after: AppointmentKey, since: datetime | None, limit: int
) -> list[tuple[Appointment, list[Timer]]]:
    """The appointments after a key, with all the clocks they have had; `since`: those stored from then on."""
    key = tuple_(appointment.c.dealer_id, appointment.c.appointment_id)
    query = (
        select(appointment)
        .where(key > after)
        .order_by(appointment.c.dealer_id, appointment.c.appointment_id)
        .limit(limit)
    )
    if since is not None:
        query = query.where(appointment.c.updated_at >= since)
    found = [appointment_of(row) for row in await connection.execute(query)]
    timers = await _timers(connection, [(one.dealer_id, one.appointment_id) for one in found])
    return [(one, timers[one.dealer_id, one.appointment_id]) for one in found]


def check_appointment(one: Appointment, timers: Sequence[Timer], policies: Policies, now: datetime) -> Verdict:
    """What the record asks of the clocks has been done."""
    verdict = Verdict(one.dealer_id)
    clocks = follow(one, timers, policies, now, lambda: "missing")
    for moved in (*clocks.started, *clocks.moved):
        stored = next((timer for timer in timers if timer.timer_id == moved.timer.timer_id), None)
        verdict.report_difference("clock", _name(moved.timer), stored and _state(stored), _state(moved.timer))
    if not (clocks.started or clocks.moved):
        verdict.agree("clock")
    return verdict


async def _timers(connection: AsyncConnection, keys: Sequence[AppointmentKey]) -> Mapping[AppointmentKey, list[Timer]]:
    found: dict[AppointmentKey, list[Timer]] = defaultdict(list)
    named = in_keys(sla_timer.c.dealer_id, sla_timer.c.subject_id)
    query = select(sla_timer).where(sla_timer.c.subject == SUBJECT, named)
    for timer in await read_timers(connection, query, unnest_keys(keys)):
        found[timer.dealer_id, timer.subject_id].append(timer)
    return found


def _name(timer: Timer) -> str:
    return f"{timer.rule} of {timer.subject_id}"


def _state(timer: Timer) -> dict[str, Any]:
    return {name: getattr(timer, name) for name in ("state", "started_at", "due_at", "owner")}
