"""Tasks as a caller may see them: worded in its language, with timers, packet and the way to the customer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.auth import Principal
from journey_api.tasks.checklists import ChecklistItem, checks_of, show_checks
from journey_api.tasks.contact_card import contact_document, load_contact_options
from journey_api.tasks.handover_packet import Handover, load_handovers
from journey_api.tasks.shown import load_people, show_task
from journey_api.tasks.visible_addresses import visible_customers
from shared.db.schema import dealer
from shared.languages.registry import DEFAULT_LANGUAGE, choose_language, is_written, speakable
from shared.lifecycle import Task
from shared.people.staff import Directory
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.ruleset.texts import Texts
from shared.quality.experience import load_experiences
from shared.sla.policy.policy import Policies
from shared.sla.store import load_short_timers
from shared.sla.store.documents import ShortTimer
from shared.sla.store.policies import load_policies
from shared.tasks.documents import task_document
from shared.tasks.records import TaskFields

TASK_COLUMNS: Final = (
    *TaskFields.__annotations__,
    "title",
    *(f"why.{name}" for name in ("occurrence", "conditions", "source")),
    "packet",
    *(f"contact.{name}" for name in ("channel", "address", "allowed_now", "because")),
    "timers",
    "checklist",
    *(f"shown.{name}" for name in ("customer", "vehicle", "offered_to", "assignee")),
    *(f"shown.{name}" for name in ("from_role", "to_role", "due_at", "due")),
)
"""The fields of a task as columns of a file."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the key, and the words: of this playbook, in the language asked for (None: the dealer's)."""

    principal: Principal
    playbook: Playbook
    language: str | None = None


async def show_tasks(
    connection: AsyncConnection,
    tasks: Sequence[Task],
    reader: Reader,
    now: datetime,
    directories: Iterable[Directory] = (),
) -> list[dict[str, Any]]:
    """The tasks as the contract's JSON, in the order given; statements do not grow with their number.

    `directories`: those that the caller has loaded already.
    """
    known = {one.dealer_id: one for one in directories}
    timers = await load_timers_of(connection, tasks)
    handovers = await load_handovers(connection, tasks)
    policies = await load_policies(connection, {task.dealer_id for task in tasks})
    known_customers = {(task.dealer_id, task.customer_id) for task in tasks if task.customer_id}
    experiences = await load_experiences(connection, known_customers, now)
    options = await load_contact_options(connection, tasks, now)
    visible = await visible_customers(connection, reader.principal, known_customers, known)
    languages = await load_languages(connection, {task.dealer_id for task in tasks}, reader.language)
    people, texts = await load_people(connection, tasks, known), reader.playbook.texts
    shown = []
    for task in tasks:
        language = languages.get(task.dealer_id, DEFAULT_LANGUAGE)
        key = (task.dealer_id, task.customer_id or "")
        option = options.get(task.task_id)
        contact = contact_document(option, language, masked=key not in visible) if option else None
        experience = experiences.get(key)
        handover = handovers[task.task_id]
        document = task_document(
            reader.playbook,
            task,
            timers[task.task_id],
            language,
            packet={**handover.packet, "experience": experience},
            contact=contact,
        )
        document["checklist"] = _checklist(task, handover, policies[task.dealer_id], texts, language)
        words = show_task(task, timers[task.task_id], people, texts, language)
        shown.append(document | {"shown": words})
    return shown


def _checklist(task: Task, handover: Handover, policies: Policies, texts: Texts, language: str) -> list[ChecklistItem]:
    missing = handover.packet["missing"]
    checks = checks_of(task, handover.occurrences, handover.facts, missing, policies)
    titles = {one.rule: texts.text("entries", one.rule, speakable(language)) for one in checks}
    return show_checks(checks, titles)


async def load_timers_of(connection: AsyncConnection, tasks: Sequence[Task]) -> dict[str, list[ShortTimer]]:
    """By task the timers it shows, whatever the dealer."""
    by_dealer: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        by_dealer[task.dealer_id].append(task)
    timers: dict[str, list[ShortTimer]] = {}
    for dealer_id, own in by_dealer.items():
        timers |= await load_short_timers(connection, dealer_id, own)
    return timers


async def load_languages(connection: AsyncConnection, dealer_ids: set[str], asked: str | None) -> dict[str, str]:
    """By dealer the language to word things in: the one asked for where we write it, else the dealer's choice."""
    if asked is not None and is_written(asked):
        return dict.fromkeys(dealer_ids, asked)
    query = select(dealer.c.dealer_id, dealer.c.record).where(dealer.c.dealer_id.in_(dealer_ids))
    rows = await connection.execute(query)
    return {dealer_id: choose_language(asked, record) for dealer_id, record in rows}


async def load_language_codes(
    connection: AsyncConnection, dealer_ids: Iterable[str], asked: str | None
) -> dict[str, str]:
    """The same for all of these dealers by the codes of texts."""
    ids = set(dealer_ids)
    found = await load_languages(connection, ids, asked)
    return {dealer_id: speakable(found.get(dealer_id, DEFAULT_LANGUAGE)) for dealer_id in ids}


async def load_language_code(connection: AsyncConnection, dealer_id: str, asked: str | None) -> str:
    """The same for one dealer."""
    return (await load_language_codes(connection, [dealer_id], asked))[dealer_id]
