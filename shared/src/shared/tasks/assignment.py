"""Making one offer: to the next candidate, to a person named, to the role lead when nobody is left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select

from shared.calendar.availability import is_working, substitute_for
from shared.calendar.reporting_lines import leads_of, led_by, managers_of
from shared.db.schema import journey_case
from shared.db.schema import task as task_table
from shared.lifecycle import Candidate, Choice, Task, Wanted, next_candidate, offer_to, rank_candidates
from shared.people.staff import Directory
from shared.playbook.routing.case_owner import Owner
from shared.tasks.unit_of_work import TaskChanges


@dataclass(frozen=True, slots=True)
class CaseAssignment:
    """Who holds a case: its customer owner and the assignees of its tasks; `followers`: who is told of its tasks."""

    owner: Owner | None = None
    assignees: frozenset[str] = frozenset()
    followers: tuple[str, ...] = ()

    @property
    def owner_person(self) -> str | None:
        """The customer owner's person, where there is one."""
        return self.owner.staff_id if self.owner else None


NOBODY_ASSIGNED: Final = CaseAssignment()


async def offer_next(changes: TaskChanges, task: Task, prefer_staff: str | None = None) -> Task:
    """Offer the task to whoever comes next; it stays in the role's queue when nobody does.

    Once somebody has declined and no candidate is left, it goes to the role lead. An interact is offered to nobody.
    """
    if task.kind == "interact":
        return task
    directory = await changes.directory(task.dealer_id)
    assignment = await _assignment(changes, task)
    ranked = rank_for(directory, task, assignment, changes.now, prefer_staff)
    choice = next_candidate(task.offer, ranked)
    if choice is None and task.offer.excluded:
        lead = choose_lead(directory, task.to_role, changes.now)
        if lead is None:
            return task
        return await changes.store(offer_to(task, lead, changes.now, named=False, to_lead=True))
    return task if choice is None else await _offer(changes, task, choice, ranked)


async def offer_named(changes: TaskChanges, task: Task, staff_id: str) -> Task:
    """Offer the task, an interact too, to this person."""
    directory = await changes.directory(task.dealer_id)
    to_lead = task.to_role in led_by(staff_id, directory.people)
    return await changes.store(offer_to(task, staff_id, changes.now, named=True, to_lead=to_lead))


async def renew_offers(changes: TaskChanges, dealer_id: str, case_id: str) -> None:
    """Offer anew, to the same people, what is offered and not on a clock, as after the closing of a case opened again.

    `changes` knows the case and its tasks, and its clocks have been told.
    """
    known = changes.loaded(dealer_id, case_id)
    for task in list(known.tasks.values()) if known else ():
        if task.kind != "deliver" or task.offered_to is None or task.offer.to_lead:
            continue
        timers = changes.clocks.timers(dealer_id, case_id, task.task_id) or ()
        if not any(timer.live and timer.task_id == task.task_id for timer in timers):
            named = task.offer.named
            await changes.store(offer_to(task, task.offered_to, changes.now, named=named, to_lead=False))


def rank_for(
    directory: Directory, task: Task, assignment: CaseAssignment, now: datetime, prefer_staff: str | None = None
) -> list[str]:
    """The people of the receiving role the task may be offered to, best first."""
    wanted = Wanted(task.kind, frozenset(task.packet.get("topics") or ()))
    owner = prefer_staff or assignment.owner_person
    holders = assignment.assignees | ({owner} if owner else set())
    return rank_candidates(wanted, _candidates(directory, task.to_role, owner, holders, now))


def choose_lead(directory: Directory, role: str, now: datetime) -> str | None:
    """Who takes what nobody of the role would: its lead, else its manager, else nobody.

    Leads at work come first. One who is off or on leave is replaced by the substitute; one who is away is passed.
    """
    people = directory.people
    for leads in (leads_of(role, people), managers_of(role, people)):
        for lead in sorted(leads, key=lambda one: (not is_working(people.members[one], people, now), one)):
            found = substitute_for(lead, people, now)
            if found is not None and found.presence == "present":
                return found.staff_id
    return None


async def _assignment(changes: TaskChanges, task: Task) -> CaseAssignment:
    known = changes.loaded(task.dealer_id, task.case_id)
    if known is not None:
        return CaseAssignment(known.owner, known.assignees)
    return await load_assignment(changes, task.dealer_id, task.case_id)


async def load_assignment(changes: TaskChanges, dealer_id: str, case_id: str | None) -> CaseAssignment:
    """Who holds the case; who follows it is known to `changes` from then on."""
    if case_id is None:
        return NOBODY_ASSIGNED
    columns = journey_case.c
    owner = select(columns.owner_role, columns.owner_staff_id, columns.followers)
    found = await changes.connection.execute(owner.where(columns.dealer_id == dealer_id, columns.case_id == case_id))
    row = found.first()
    followers = tuple(row.followers) if row else ()
    changes.note_followers((dealer_id, case_id), followers)
    assigned = select(task_table.c.assignee_id).where(
        task_table.c.dealer_id == dealer_id,
        task_table.c.case_id == case_id,
        task_table.c.assignee_id.is_not(None),
        task_table.c.status != "cancelled",
    )
    assignees = frozenset(await changes.connection.scalars(assigned))
    holder = Owner(row.owner_role, row.owner_staff_id) if row and row.owner_role else None
    return CaseAssignment(holder, assignees, followers)


async def _offer(changes: TaskChanges, task: Task, choice: Choice, ranked: Sequence[str]) -> Task:
    directory = await changes.directory(task.dealer_id)
    to_lead = _is_last(task, choice, ranked) and choice.staff_id in leads_of(task.to_role, directory.people)
    change = offer_to(task, choice.staff_id, changes.now, named=False, to_lead=to_lead, again=choice.again)
    return await changes.store(change)


def _is_last(task: Task, choice: Choice, ranked: Sequence[str]) -> bool:
    """Whether others have declined and nobody would come after: a lead among the candidates is then the last resort."""
    tried = replace(task.offer, excluded={**task.offer.excluded, choice.staff_id: "conflict"})
    return bool(task.offer.excluded) and next_candidate(tried, ranked) is None


def _candidates(
    directory: Directory, role: str, owner: str | None, holders: Iterable[str], now: datetime
) -> list[Candidate]:
    held = frozenset(holders)
    return [
        Candidate(
            staff_id=staff_id,
            working=working,
            holds_case=staff_id in held,
            owns_case=staff_id == owner,
            skills=colleague.skills,
            open_count=directory.load[staff_id],
            capacity=colleague.capacity,
            last_taken_at=colleague.last_taken_at,
        )
        for staff_id, working in directory.at_work(role, now).items()
        for colleague in (directory.colleagues[staff_id],)
    ]
