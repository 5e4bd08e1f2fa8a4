"""What travels with a task, so that nobody asks the customer twice."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.rows import Case, CaseKey
from shared.journey_events import StoredEvent
from shared.playbook.facts import Facts, flatten_facts, nest_facts

ASKED_AT_BOOKING: Final = "service_appointment_requested"
"""The occurrence that must settle mobility in the same contact (002:177)."""

ASKED_AT_REQUEST: Final = "service_request_received"
"""The occurrence that must take down vehicle, problem and situation at once (002:151-165)."""

VEHICLE: Final = "vehicle"
PROBLEM: Final = "problem"
SITUATION: Final = "situation"
MOBILITY: Final = "mobility"

_LONGEST_HISTORY: Final = 50
_PAST = text(
    """
    select r.dealer_id, r.case_id, e.event_id, e.occurred_at, e.step, e.data, r.occurrences,
           i.intake->>'problem' is not null as problem, i.intake->>'situation' is not null as situation
      from unnest(cast(:dealers as text[]), cast(:cases as text[])) as c(dealer_id, case_id)
      join routing r on r.dealer_id = c.dealer_id and r.case_id = c.case_id
      join journey_event e on e.event_id = r.event_id
      left join event_intake i on i.event_id = e.event_id
     order by e.occurred_at, e.event_id
    """
)
_GIVEN = text(
    """
    select event_id, intake->>'problem' is not null as problem, intake->>'situation' is not null as situation
      from event_intake where event_id = any(cast(:event_ids as text[]))
    """
)


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a case as its packets tell it; `given` names what the intake says."""

    event_id: str
    line: Mapping[str, Any]
    given: frozenset[str] = frozenset()
    occurrences: tuple[str, ...] = ()


async def load_told(
    connection: AsyncConnection, cases: Collection[CaseKey], event_ids: Collection[str]
) -> tuple[dict[CaseKey, list[Told]], dict[str, frozenset[str]]]:
    """What the earlier events of these cases told, oldest first, and what the intake of these new events gives."""
    past: dict[CaseKey, list[Told]] = {key: [] for key in cases}
    if cases:
        dealers, ids = zip(*sorted(set(cases)), strict=True)
        for row in await connection.execute(_PAST, {"dealers": list(dealers), "cases": list(ids)}):
            line = _line(row.event_id, row.occurred_at, row.data, row.occurrences)
            told = Told(row.event_id, line, _given(row.problem, row.situation), tuple(row.occurrences))
            past[row.dealer_id, row.case_id].append(told)
    given = {}
    if event_ids:
        rows = await connection.execute(_GIVEN, {"event_ids": sorted(event_ids)})
        given = {row.event_id: _given(row.problem, row.situation) for row in rows}
    return past, given


def told_of(event: StoredEvent, occurrences: Sequence[str], given: frozenset[str]) -> Told:
    """What a new event tells."""
    line = _line(event.event_id, event.occurred_at, event.data, occurrences)
    return Told(event.event_id, line, given, tuple(occurrences))


def packet_of(case: Case, event: StoredEvent, told: Sequence[Told]) -> dict[str, Any]:
    """The packet of a task the event makes in the case: ids and playbook facts; the words of the intake are read by id.

    `told` is all the case's events told, this one included.
    """
    said = flatten_facts(event.data.get("facts") or {})
    facts: Facts = {**case.facts, **said}
    lines = sorted((one.line for one in told), key=lambda line: (line["at"], line["event_id"]))
    return {
        "topics": list(case.topics),
        "facts": nest_facts(facts),
        "vehicle": dict(case.vehicle),
        "history": lines[-_LONGEST_HISTORY:],
        "missing": missing(case, facts, told),
    }


def missing(case: Case, facts: Facts, told: Sequence[Told]) -> list[str]:
    """The required fields that nobody gave so far, by what the case's events said happened."""
    happened = {name for one in told for name in one.occurrences}
    given = {name for one in told for name in one.given}
    wanted: list[str] = []
    if ASKED_AT_REQUEST in happened:
        vehicle_known = case.vehicle.get("plate") or case.vehicle.get("vin")
        wanted += [] if vehicle_known else [VEHICLE]
        wanted += [name for name in (PROBLEM, SITUATION) if name not in given]
    if ASKED_AT_BOOKING in happened and "mobility.option" not in facts:
        wanted.append(MOBILITY)
    return wanted


def _given(problem: bool, situation: bool) -> frozenset[str]:
    return frozenset(name for name, there in ((PROBLEM, problem), (SITUATION, situation)) if there)


def _line(event_id: str, at: Any, data: Mapping[str, Any], occurrences: Sequence[str]) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "at": at.isoformat(),
        "step": data.get("step"),
        "observed_by": data["observed_by"],
        "channel": data.get("channel"),
        "occurrences": list(occurrences),
        "topics": list(data.get("topics") or ()),
    }
