"""Tasks as a caller may see them: worded in its language, with timers, packet and the way to the customer."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.auth import ADMIN, Principal
from journey_api.tasks.checklists import ChecklistItem, checks_of, show_checks
from journey_api.tasks.contact_card import ContactOption, contact_document, load_contact_options
from journey_api.tasks.handover_packet import Handover, load_handovers
from journey_api.tasks.shown import load_people, show_task
from shared.cases.store import load_cases
from shared.db.schema import dealer
from shared.languages.registry import DEFAULT_LANGUAGE, choose_language, is_written, speakable
from shared.lifecycle import Actor, Task, is_customer_owner, leads
from shared.people.staff import Directory, directory
from shared.playbook.routing.case_owner import Owner
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
    """Who reads: the key, the person it reads for if any, and the words: of this playbook, in the language asked for.

    No language: the dealer's.
    """

    principal: Principal
    playbook: Playbook
    language: str | None = None
    staff_id: str | None = None

    @property
    def person(self) -> str | None:
        """The person the answer is for: the one who acts, else the key's own."""
        return self.staff_id or self.principal.staff_id


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
    languages = await load_languages(connection, {task.dealer_id for task in tasks}, reader.language)
    seers = await _load_seers(connection, tasks, reader, known)
    people, texts = await load_people(connection, tasks, known), reader.playbook.texts
    shown = []
    for task in tasks:
        language = languages.get(task.dealer_id, DEFAULT_LANGUAGE)
        contact = _contact(options.get(task.task_id), task, reader, seers, language)
        experience = experiences.get((task.dealer_id, task.customer_id or ""))
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


@dataclass(frozen=True, slots=True)
class _Seers:
    """What tells whether the reader may see an address: its dealers' people and the owners of the cases."""

    directories: dict[str, Directory]
    owners: dict[tuple[str, str], Owner | None]


async def _load_seers(
    connection: AsyncConnection, tasks: Sequence[Task], reader: Reader, known: Mapping[str, Directory]
) -> _Seers:
    if reader.person is None or reader.principal.may([ADMIN]):
        return _Seers({}, {})
    cases = await load_cases(connection, {(task.dealer_id, task.case_id) for task in tasks if task.case_id})
    dealers = sorted({task.dealer_id for task in tasks})
    directories = {one: known.get(one) or await directory(connection, one) for one in dealers}
    return _Seers(directories, {key: case.owner for key, case in cases.items()})


def _contact(
    option: ContactOption | None, task: Task, reader: Reader, seers: _Seers, language: str
) -> dict[str, Any] | None:
    if option is None:
        return None
    return contact_document(option, language, masked=not _may_see(task, reader, seers))


def _may_see(task: Task, reader: Reader, seers: _Seers) -> bool:
    if reader.principal.may([ADMIN]):
        return True
    people = seers.directories.get(task.dealer_id)
    actor = people.actor(reader.person) if people and reader.person else None
    if actor is None:
        return False
    return sees_address(task, actor, seers.owners.get((task.dealer_id, task.case_id or "")))


def sees_address(task: Task, actor: Actor, owner: Owner | None) -> bool:
    """Whether the person may see the customer's address: the assignee, the customer owner, the role lead."""
    return task.assignee_id == actor.staff_id or is_customer_owner(owner, actor) or leads(task, actor)
