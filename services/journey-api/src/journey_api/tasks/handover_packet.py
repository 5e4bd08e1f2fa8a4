"""What travels with a task so that nobody asks the customer twice, and what nobody has asked yet."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import RowMapping, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.tasks.checklists import missing_fields
from journey_api.tasks.rule_facts import event_facts, load_rule_facts
from shared.cases.store import Case, load_cases
from shared.db.schema import contact, event_intake, journey_event, routing, task_event, task_source, vehicle
from shared.lifecycle import Task
from shared.playbook.fact_types import flatten_facts, nest_facts
from shared.promises.queries import promises_of_cases
from shared.sla.facts import Fact
from shared.vehicle_ids import vehicle_key

VEHICLE_FIELDS: Final = ("vin", "plate", "model", "delivered_on", "registered_on", "warranty_until")

Keys = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Handover:
    """A task's packet, the occurrences it comes of, and what its case's time rules are told."""

    packet: dict[str, Any]
    occurrences: frozenset[str]
    facts: tuple[Fact, ...]


async def load_packets(connection: AsyncConnection, tasks: Sequence[Task]) -> dict[str, dict[str, Any]]:
    """The packets of these tasks, by task."""
    return {task_id: one.packet for task_id, one in (await load_handovers(connection, tasks)).items()}


async def load_handovers(connection: AsyncConnection, tasks: Sequence[Task]) -> dict[str, Handover]:
    """What goes with these tasks, by task, in a handful of statements however many there are."""
    if not tasks:
        return {}
    cases = await load_cases(connection, {(task.dealer_id, task.case_id) for task in tasks if task.case_id})
    sources = await _load_sources(connection, tasks)
    events = await _load_events(connection, list(cases), [event for found in sources.values() for event in found])
    contacts = await _load_contacts(connection, list(cases))
    notes = await _load_notes(connection, tasks)
    vehicles = await _load_vehicles(connection, cases.values())
    promises = await promises_of_cases(connection, list(cases))
    facts = await load_rule_facts(connection, tasks, contacts)
    handovers = {}
    for task in tasks:
        case = cases.get((task.dealer_id, task.case_id or ""))
        known = [one for one in events if _is_relevant(one, task, sources[task.task_id])]
        contacted = [_contact_item(one) for one in contacts[case.key]] if case else []
        told = facts[task.task_id] + tuple(event_facts(known))
        happened = [*contacted, *notes[task.task_id]]
        handover = _handover(task, case, known, happened, vehicles, sources[task.task_id], told)
        handover.packet["promises"] = promises[case.key] if case else []
        handovers[task.task_id] = handover
    return handovers


def _handover(
    task: Task,
    case: Case | None,
    events: Sequence[RowMapping],
    happenings: Sequence[Mapping[str, Any]],
    vehicles: Mapping[Keys, Mapping[str, Any]],
    sources: Collection[str],
    told: tuple[Fact, ...],
) -> Handover:
    facts = {**(case.facts if case else {}), **flatten_facts(task.packet.get("facts") or {})}
    intake: dict[str, Any] = {}
    for event in events:
        intake |= {name: words for name, words in (event["intake"] or {}).items() if words}
    known = _vehicle(task, case, vehicles)
    own = [event for event in events if event["event_id"] in sources]
    occurrences = {name for event in own for name in event["occurrences"] or ()} | {task.why.get("occurrence")}
    named = frozenset(name for name in occurrences if name)
    missing = missing_fields(named, known, intake, facts, _unknown(task), told)
    rest = {name: value for name, value in task.packet.items() if name not in ("topics", "facts")}
    packet = {
        **rest,
        "topics": list(task.packet.get("topics") or (case.topics if case else ())),
        "facts": nest_facts(facts),
        "intake": intake,
        "vehicle": known,
        "history": sorted([*map(_event_item, events), *happenings], key=lambda item: item["at"]),
        "missing": missing,
    }
    return Handover(packet, named, told)


def _unknown(task: Task) -> list[str]:
    conditions = (one for one in task.why.get("conditions") or () if one.get("met") is None)
    return [fact["path"] for one in conditions for fact in one.get("facts", ()) if fact.get("value") is None]


def _vehicle(task: Task, case: Case | None, vehicles: Mapping[Keys, Mapping[str, Any]]) -> dict[str, Any]:
    known = dict(case.vehicle) if case else {}
    record = vehicles.get((task.dealer_id, vehicle_key(known.get("vin", ""))), {})
    return {name: record.get(name) or known.get(name) for name in VEHICLE_FIELDS if record.get(name) or known.get(name)}


def _is_relevant(event: RowMapping, task: Task, own: Collection[str]) -> bool:
    same_case = task.case_id is not None and (event["dealer_id"], event["case_id"]) == (task.dealer_id, task.case_id)
    return same_case or event["event_id"] in own


def _event_item(row: RowMapping) -> dict[str, Any]:
    data = row["data"]
    return {
        "type": "event",
        "at": row["occurred_at"],
        "event_id": row["event_id"],
        "step": row["step"],
        "occurrences": list(row["occurrences"] or data.get("occurrences") or ()),
        "topics": list(data.get("topics") or ()),
        "channel": data.get("channel"),
        "observed_by": data.get("observed_by"),
        "note": row["note"],
    }


async def _load_sources(connection: AsyncConnection, tasks: Sequence[Task]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {task.task_id: {task.event_id} if task.event_id else set() for task in tasks}
    query = select(task_source.c.task_id, task_source.c.event_id).where(task_source.c.task_id.in_(list(found)))
    for row in await connection.execute(query):
        found[row.task_id].add(row.event_id)
    return found


async def _load_events(
    connection: AsyncConnection, cases: Sequence[Keys], event_ids: Collection[str]
) -> list[RowMapping]:
    """The events of these cases and these events, with their words, in order of time."""
    in_cases = tuple_(routing.c.dealer_id, routing.c.case_id).in_(cases)
    columns = (routing.c.case_id, routing.c.occurrences, event_intake.c.intake, event_intake.c.note)
    query = (
        select(journey_event, *columns)
        .outerjoin(routing, routing.c.event_id == journey_event.c.event_id)
        .outerjoin(event_intake, event_intake.c.event_id == journey_event.c.event_id)
        .where(in_cases | journey_event.c.event_id.in_(sorted(set(event_ids))))
        .order_by(journey_event.c.occurred_at, journey_event.c.event_id)
    )
    return list((await connection.execute(query)).mappings())


async def _load_contacts(connection: AsyncConnection, cases: Sequence[Keys]) -> dict[Keys, list[RowMapping]]:
    found: dict[Keys, list[RowMapping]] = defaultdict(list)
    if cases:
        query = select(contact).where(tuple_(contact.c.dealer_id, contact.c.case_id).in_(cases))
        for row in (await connection.execute(query)).mappings():
            found[row["dealer_id"], row["case_id"]].append(row)
    return found


def _contact_item(row: RowMapping) -> dict[str, Any]:
    shown = ("at", "direction", "channel", "kind", "outcome", "staff_id", "text")
    return {"type": "contact"} | {name: row[name] for name in shown}


async def _load_notes(connection: AsyncConnection, tasks: Sequence[Task]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    chosen = task_event.c.task_id.in_([task.task_id for task in tasks]) & task_event.c.note.is_not(None)
    for row in (await connection.execute(select(task_event).where(chosen))).mappings():
        found[row["task_id"]].append({"type": "note"} | {name: row[name] for name in ("at", "by", "action", "note")})
    return found


async def _load_vehicles(connection: AsyncConnection, cases: Collection[Case]) -> dict[Keys, Mapping[str, Any]]:
    vins = sorted({(case.dealer_id, vehicle_key(case.vehicle["vin"])) for case in cases if case.vehicle.get("vin")})
    if not vins:
        return {}
    query = select(vehicle).where(tuple_(vehicle.c.dealer_id, vehicle.c.vin_key).in_(vins))
    rows = (await connection.execute(query)).mappings()
    return {(row["dealer_id"], row["vin_key"]): {**row["record"], "vin": row["vin"]} for row in rows}
