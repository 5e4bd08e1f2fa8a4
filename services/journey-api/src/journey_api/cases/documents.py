"""Cases as the contract shows them, with their tasks, clocks, contacts and comments."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import RowMapping, Table, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.pagination import Page
from journey_api.tasks.documents import load_languages, load_timers_of
from shared.cases.store import Case, case_of
from shared.db.schema import comment, contact, journey_case, task
from shared.db.schema.list_order import KNOWN_CASE
from shared.ids import CaseKey
from shared.languages.registry import DEFAULT_LANGUAGE
from shared.lifecycle import Task
from shared.playbook.fact_types import nest_facts
from shared.playbook.ruleset.entries import Playbook
from shared.promises.queries import promises_of_cases
from shared.sla.facts import is_automatic
from shared.sla.store import short_document, timers_of
from shared.sla.types import Timer
from shared.tasks.documents import task_document
from shared.tasks.store import task_of

CONTACT_FIELDS: Final = (
    "contact_id",
    "task_id",
    "direction",
    "channel",
    "at",
    "staff_id",
    "kind",
    "outcome",
    "options",
    "text",
)
COMMENT_FIELDS: Final = ("comment_id", "case_id", "staff_id", "text", "at")


async def list_cases(
    connection: AsyncConnection, dealer_id: str, wanted: Mapping[str, Sequence[str]], page: Page
) -> list[Case]:
    """The dealer's cases that match, newest first, one more than the page holds."""
    columns = journey_case.c
    query = select(journey_case).where(columns.dealer_id == dealer_id, text(KNOWN_CASE))
    query = query.where(*(columns[name].in_(values) for name, values in wanted.items()))
    place = page.instant_key()
    if place is not None:
        query = query.where(tuple_(columns.opened_at, columns.case_id) < tuple_(*place))
    query = query.order_by(columns.opened_at.desc(), columns.case_id.desc()).limit(page.limit + 1)
    return [case_of(row) for row in (await connection.execute(query)).mappings()]


def place_of(case: Case) -> tuple[str | None, str]:
    """Where a case stands in the list."""
    return case.opened_at.isoformat() if case.opened_at else None, case.case_id


async def show_cases(
    connection: AsyncConnection, playbook: Playbook, cases: Sequence[Case], language: str | None
) -> list[dict[str, Any]]:
    """The cases of one dealer whole, in the order given; statements do not grow with their number."""
    if not cases:
        return []
    dealer_id = cases[0].dealer_id
    keys = [case.key for case in cases]
    tasks = await _load_tasks(connection, keys)
    timers = await timers_of(connection, dealer_id, case_ids=[case.case_id for case in cases])
    chosen = (await load_languages(connection, {dealer_id}, language)).get(dealer_id, DEFAULT_LANGUAGE)
    shown = await _show_tasks(connection, playbook, tasks, chosen)
    contacts = await _load_rows(connection, contact, keys, (*CONTACT_FIELDS, "notification_id"), "contact_id")
    promises = await promises_of_cases(connection, keys)
    comments = await _load_rows(connection, comment, keys, COMMENT_FIELDS, "comment_id")
    return [
        case_document(case)
        | {
            "tasks": shown[case.key],
            "timers": [short_document(timer) for timer in timers if _is_of(timer, case)],
            "promises": promises[case.key],
            "contacts": [_contact_document(one) for one in contacts[case.key]],
            "comments": comments[case.key],
        }
        for case in cases
    ]


def case_document(case: Case) -> dict[str, Any]:
    """The case itself."""
    owner = case.owner
    return {
        "case_id": case.case_id,
        "dealer_id": case.dealer_id,
        "customer_id": case.customer_id,
        "vehicle": dict(case.vehicle),
        "topics": list(case.topics),
        "facts": nest_facts(case.facts),
        "status": case.status,
        "customer_owner": {"role": owner.role, "staff_id": owner.staff_id} if owner else None,
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
        "outcome": case.outcome,
        "version": case.version,
    }


def _contact_document(row: Mapping[str, Any]) -> dict[str, Any]:
    """A contact; `automatic`: the product sent it by itself."""
    return {name: row[name] for name in CONTACT_FIELDS} | {"automatic": is_automatic(row)}


def comment_document(row: RowMapping | Mapping[str, Any]) -> dict[str, Any]:
    """A comment on a case."""
    return {name: row[name] for name in COMMENT_FIELDS}


def _is_of(timer: Timer, case: Case) -> bool:
    return timer.case_id == case.case_id


async def _show_tasks(
    connection: AsyncConnection, playbook: Playbook, tasks: Sequence[Task], language: str
) -> defaultdict[CaseKey, list[dict[str, Any]]]:
    timers = await load_timers_of(connection, tasks)
    shown: defaultdict[CaseKey, list[dict[str, Any]]] = defaultdict(list)
    for one in tasks:
        document = task_document(playbook, one, timers[one.task_id], language)
        del document["packet"], document["contact"]
        shown[one.dealer_id, one.case_id or ""].append(document)
    return shown


async def _load_tasks(connection: AsyncConnection, keys: Sequence[CaseKey]) -> list[Task]:
    query = select(task).where(tuple_(task.c.dealer_id, task.c.case_id).in_(keys))
    rows = await connection.execute(query.order_by(task.c.created_at, task.c.task_id))
    return [task_of(row) for row in rows.mappings()]


async def _load_rows(
    connection: AsyncConnection, table: Table, keys: Sequence[CaseKey], fields: Sequence[str], identity: str
) -> defaultdict[CaseKey, list[dict[str, Any]]]:
    query = select(table).where(tuple_(table.c.dealer_id, table.c.case_id).in_(keys))
    found: defaultdict[CaseKey, list[dict[str, Any]]] = defaultdict(list)
    for row in (await connection.execute(query.order_by(table.c.at, table.c[identity]))).mappings():
        found[row["dealer_id"], row["case_id"]].append({name: row[name] for name in fields})
    return found
