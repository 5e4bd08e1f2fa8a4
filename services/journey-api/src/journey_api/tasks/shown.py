"""Words for people beside a task's ids: who, what vehicle, from whom to whom, what is due first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Column, Select, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.bulk import in_keys, unnest_keys
from shared.db.schema import customer, journey_case, staff, vehicle
from shared.languages.greetings import titled
from shared.languages.registry import language_of
from shared.lifecycle import Task
from shared.people.staff import Directory
from shared.playbook.ruleset.texts import Texts
from shared.vehicle_ids import vehicle_key

Keys = tuple[str, str]
Records = Mapping[Keys, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class People:
    """The records behind the ids of some tasks, by dealer and id; vehicles by their VINs as they are compared.

    `known_vehicles`: by case what its events said of the vehicle.
    """

    customers: Records
    vehicles: Records
    known_vehicles: Records
    staff: Records


async def load_people(
    connection: AsyncConnection, tasks: Sequence[Task], known: Mapping[str, Directory] | None = None
) -> People:
    """The customers, vehicles and colleagues of these tasks; four statements however many there are.

    `known`: directories loaded already, by dealer; their people are not read again.
    """
    known = known or {}
    cases = {(task.dealer_id, task.case_id) for task in tasks if task.case_id}
    said = await load_records(connection, journey_case, "case_id", cases, "vehicle")
    vins = {(dealer_id, vehicle_key(one["vin"])) for (dealer_id, _), one in said.items() if one.get("vin")}
    colleagues = {
        (task.dealer_id, staff_id) for task in tasks for staff_id in (task.offered_to, task.assignee_id) if staff_id
    }
    strangers = {(dealer_id, staff_id) for dealer_id, staff_id in colleagues if dealer_id not in known}
    return People(
        customers=await load_records(
            connection, customer, "customer_id", {(one.dealer_id, one.customer_id) for one in tasks if one.customer_id}
        ),
        vehicles=await load_records(connection, vehicle, "vin_key", vins),
        known_vehicles=said,
        staff=await load_records(connection, staff, "staff_id", strangers) | _records_of(known, colleagues - strangers),
    )


def _records_of(known: Mapping[str, Directory], colleagues: set[Keys]) -> dict[Keys, Mapping[str, Any]]:
    return {
        (dealer_id, staff_id): {"name": known[dealer_id].colleagues[staff_id].name}
        for dealer_id, staff_id in colleagues
        if staff_id in known[dealer_id].colleagues
    }


async def load_records(
    connection: AsyncConnection, table: Table, identity: str, wanted: set[Keys], record: str = "record"
) -> dict[Keys, Mapping[str, Any]]:
    """The records of these keys (dealer, id); `identity` is the column of the id, `record` that of the record."""
    if not wanted:
        return {}
    rows = await connection.execute(
        _records(table.c.dealer_id, table.c[identity], table.c[record]), unnest_keys(wanted)
    )
    return {(dealer_id, one): found for dealer_id, one, found in rows}


@cache
def _records(dealer_id: Column[Any], identity: Column[Any], record: Column[Any]) -> Select[Any]:
    return select(dealer_id, identity, record).where(in_keys(dealer_id, identity))


def show_task(
    task: Task, timers: Sequence[Mapping[str, Any]], people: People, texts: Texts, language: str
) -> dict[str, Any]:
    """The words of a task; null where there is nothing to say. `due` is the rule of the clock that is due first."""
    due = min(
        (timer for timer in timers if timer["state"] == "running"), key=lambda timer: timer["due_at"], default=None
    )
    return {
        "customer": customer_name(people.customers.get((task.dealer_id, task.customer_id or "")), language),
        "vehicle": vehicle_name(task, people),
        "offered_to": staff_name(people.staff.get((task.dealer_id, task.offered_to or ""))),
        "assignee": staff_name(people.staff.get((task.dealer_id, task.assignee_id or ""))),
        "from_role": texts.find("roles", task.from_role, language),
        "to_role": texts.find("roles", task.to_role, language),
        "due_at": instant(due["due_at"]) if due else None,
        "due": due["rule"] if due else None,
    }


def customer_name(record: Mapping[str, Any] | None, language: str) -> str | None:
    """How a customer is spoken of: salutation and last word of the name, the whole name where the language does so."""
    name = ((record or {}).get("name") or "").strip()
    if not name:
        return None
    salutation = (record or {}).get("salutation")
    if not salutation:
        return name
    return titled(name if language_of(language).traits["whole_name"] else name.split()[-1], salutation, language)


def vehicle_name(task: Task, people: People) -> str | None:
    """Model and plate, as far as they are known; else the VIN."""
    known = people.known_vehicles.get((task.dealer_id, task.case_id or ""), {})
    record = people.vehicles.get((task.dealer_id, vehicle_key(known.get("vin") or "")), {})
    model, plate = record.get("model") or known.get("model"), record.get("plate") or known.get("plate")
    return f"{model}, {plate}" if model and plate else model or plate or known.get("vin")


def staff_name(record: Mapping[str, Any] | None) -> str | None:
    """First name and initial of the last one that begins with a letter: `Marta S.`"""
    words = ((record or {}).get("name") or "").split()
    if not words:
        return None
    initial = next((word[0] for word in reversed(words[1:]) if word[0].isalpha()), None)
    return f"{words[0]} {initial}." if initial else words[0]


def instant(value: Any) -> datetime | None:
    """The instant of a timer's short form."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value
