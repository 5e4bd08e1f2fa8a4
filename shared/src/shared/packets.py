"""What travels with a task, so that nobody asks the customer twice: read from its case whenever it is shown."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.rows import Case, CaseKey, load_cases
from shared.lifecycle import Task
from shared.playbook.facts import nest_facts

VEHICLE: Final = "vehicle"
PROBLEM: Final = "problem"
SITUATION: Final = "situation"
MOBILITY: Final = "mobility"
"""The names `missing` uses."""

_ASKED_AT_REQUEST: Final = "service_request_received"
"""Must take down vehicle, problem and situation in the same contact (002:151-165)."""

_ASKED_AT_BOOKING: Final = "service_appointment_requested"
"""Must settle mobility in the same contact (002:177)."""

_INTAKE: Final = (PROBLEM, SITUATION)
_LONGEST_HISTORY: Final = 50
_TOLD = text(
    """
    select r.dealer_id, r.case_id, e.event_id, e.occurred_at, e.step, e.data, r.occurrences, i.intake, i.note
      from unnest(cast(:dealers as text[]), cast(:cases as text[])) as c(dealer_id, case_id)
      join routing r on r.dealer_id = c.dealer_id and r.case_id = c.case_id
      join journey_event e on e.event_id = r.event_id
      left join event_intake i on i.event_id = e.event_id
     order by e.occurred_at, e.event_id
    """
)


async def load_packets(connection: AsyncConnection, tasks: Collection[Task]) -> dict[str, dict[str, Any]]:
    """By task its packet as the contract's JSON, personal words of the intake included; two statements for all."""
    keys = {(task.dealer_id, task.case_id) for task in tasks if task.case_id}
    cases = await load_cases(connection, keys)
    told = await _load_told(connection, keys)
    return {task.task_id: packet_of(task, cases.get(_key(task)), told.get(_key(task), ())) for task in tasks}


async def load_packet(connection: AsyncConnection, task: Task) -> dict[str, Any]:
    """The packet of one task."""
    return (await load_packets(connection, [task]))[task.task_id]


def packet_of(task: Task, case: Case | None, told: Sequence[RowMapping]) -> dict[str, Any]:
    """The packet of a task: what its events said, and what all events of its case told, oldest first."""
    said: Mapping[str, Any] = task.packet
    facts = nested_facts(case, said.get("facts") or {})
    vehicle = dict(case.vehicle) if case else {}
    intake = _united_intake(told)
    document = {
        "topics": list(dict.fromkeys((*(case.topics if case else ()), *(said.get("topics") or ())))),
        "facts": facts,
        "intake": intake,
        "vehicle": vehicle,
        "history": [_line(row) for row in told[-_LONGEST_HISTORY:]],
        "missing": missing({name for row in told for name in row["occurrences"]}, vehicle, intake, facts),
    }
    return {**document, "hops": said["hops"]} if said.get("hops") else document


def missing(
    happened: Collection[str], vehicle: Mapping[str, Any], intake: Mapping[str, Any], facts: Mapping[str, Any]
) -> list[str]:
    """The required fields nobody gave: plate or VIN, problem, situation of a request; mobility of an appointment."""
    wanted: list[str] = []
    if _ASKED_AT_REQUEST in happened:
        wanted += [] if vehicle.get("plate") or vehicle.get("vin") else [VEHICLE]
        wanted += [name for name in _INTAKE if not intake.get(name)]
    if _ASKED_AT_BOOKING in happened and (facts.get("mobility") or {}).get("option") is None:
        wanted.append(MOBILITY)
    return wanted


def nested_facts(case: Case | None, said: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of the case with those of the task's own events on top, nested as in an event."""
    united = nest_facts(case.facts) if case else {}
    for group, leaves in said.items():
        both = isinstance(leaves, Mapping) and isinstance(united.get(group), Mapping)
        united[group] = {**united[group], **leaves} if both else leaves
    return united


async def _load_told(connection: AsyncConnection, keys: Iterable[CaseKey]) -> dict[CaseKey, list[RowMapping]]:
    told: dict[CaseKey, list[RowMapping]] = defaultdict(list)
    wanted = sorted(set(keys))
    if wanted:
        dealers, cases = zip(*wanted, strict=True)
        for row in (await connection.execute(_TOLD, {"dealers": list(dealers), "cases": list(cases)})).mappings():
            told[row["dealer_id"], row["case_id"]].append(row)
    return told


def _united_intake(told: Iterable[RowMapping]) -> dict[str, Any]:
    """What was taken down, the latest words for each question."""
    intake: dict[str, Any] = {}
    for row in told:
        intake |= {name: words for name, words in (row["intake"] or {}).items() if words}
    return intake


def _line(row: RowMapping) -> dict[str, Any]:
    data = row["data"]
    return {
        "event_id": row["event_id"],
        "at": row["occurred_at"],
        "step": row["step"],
        "observed_by": data["observed_by"],
        "channel": data.get("channel"),
        "occurrences": list(row["occurrences"]),
        "topics": list(data.get("topics") or ()),
        "note": row["note"],
    }


def _key(task: Task) -> CaseKey:
    return task.dealer_id, task.case_id or ""
