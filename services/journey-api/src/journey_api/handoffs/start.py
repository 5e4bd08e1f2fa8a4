"""A person starts a handoff: a manual arrow, a suggestion, an entry of the rulings."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.handoffs.suggestions import Suggested, take_suggestion
from journey_api.handoffs.taken_suggestion import find_taken, name_suggestion
from journey_api.handoffs.validation import (
    HandoffContext,
    HandoffRequest,
    give_case,
    load_handoff_context,
    resolve_customer,
)
from journey_api.http.nearest import nearest
from journey_api.http.problems import Problem, invalid
from journey_api.reference.named_people import unknown_person
from shared.cases.journey_events import read_event, with_delivery_day
from shared.cases.playbook_view import load_case_views, load_delivery_days
from shared.commands.create_task import NewTask, start_within
from shared.ids import new_id
from shared.lifecycle import Actor, Task, priority_in
from shared.people.customers import load_profiles
from shared.people.dealers import load_dealer_views
from shared.people.merged_customers import lock_customer
from shared.people.staff import Directory
from shared.playbook.fact_types import nest_facts
from shared.playbook.routing.explanation import condition_document
from shared.playbook.routing.matters import matter_of
from shared.playbook.routing.situation import Situation, situation_of
from shared.playbook.ruleset.entries import Entry, Playbook
from shared.playbook.types import JourneyEvent, Vehicle
from shared.tasks.unit_of_work import TaskChanges


async def start_by_hand(changes: TaskChanges, handoff: HandoffRequest, actor: Actor) -> Task:
    """Start what the person wishes, and publish; the task there is then, which may have been there before.

    Raises Problem: 422 for what does not exist, 409 for what the person, the entry or the state does not allow.
    """
    connection, playbook, now = changes.connection, changes.playbook, changes.now
    people = await changes.directory(handoff.dealer_id)
    entry = _known_entry(playbook, handoff)
    handoff, position = await name_suggestion(connection, handoff)
    from_role = _giving_role(entry, actor)
    _check_named(people, handoff)
    customer_id = await resolve_customer(connection, handoff)
    customer_id = await lock_customer(connection, handoff.dealer_id, customer_id)
    suggested = await find_taken(connection, entry, handoff, customer_id, position)
    to_role = _receiving_role(entry, suggested, handoff)
    _check_receiver(people, handoff, to_role)
    context = await load_handoff_context(connection, handoff, suggested, customer_id)
    situation = await _situation(connection, playbook, context, handoff, from_role, actor, now)
    context = await give_case(connection, playbook, context, situation, now)
    new = _new_task(playbook, entry, context, situation, handoff, actor, from_role, to_role)
    task = (await start_within(changes, new)).task
    await changes.publish()
    if suggested is not None:
        await take_suggestion(connection, suggested, task.task_id, now)
    return task


def _known_entry(playbook: Playbook, handoff: HandoffRequest) -> Entry:
    entry = playbook.entries.get(handoff.entry)
    if entry is None:
        raise invalid(
            "/entry", "unknown_id", "The playbook has no such entry", nearest(handoff.entry, playbook.entries)
        )
    if entry.kind is None or entry.family == "followup":
        raise Problem(409, f"Nobody starts {handoff.entry} by hand.", code="not_startable")
    return entry


def _giving_role(entry: Entry, actor: Actor) -> str:
    """The role the person hands over as."""
    fitting = [role for role in entry.from_roles if role in actor.roles]
    if entry.from_roles and not fitting:
        roles = " or ".join(entry.from_roles)
        raise Problem(409, f"{entry.entry_id} is started by the role {roles}.", code="not_in_role")
    others = sorted(actor.roles, key=lambda role: (role in entry.to_roles, role))
    return fitting[0] if fitting else others[0]


def _check_named(people: Directory, handoff: HandoffRequest) -> None:
    if handoff.to_staff_id is not None and handoff.to_staff_id not in people.colleagues:
        raise unknown_person("/to_staff_id", handoff.to_staff_id, people.colleagues)


def _check_receiver(people: Directory, handoff: HandoffRequest, to_role: str) -> None:
    receiver = people.receiver(handoff.to_staff_id) if handoff.to_staff_id else None
    if receiver is not None and to_role not in receiver.roles | receiver.leads:
        detail = f"{receiver.staff_id} neither holds nor leads the role {to_role}."
        raise Problem(409, detail, code="not_in_role")


def _receiving_role(entry: Entry, suggested: Suggested | None, handoff: HandoffRequest) -> str:
    roles = entry.to_roles
    if handoff.to_role is not None:
        if handoff.to_role not in roles:
            words = f"{entry.entry_id} goes to {' or '.join(roles)}"
            raise invalid("/to_role", "unknown_id", words, nearest(handoff.to_role, roles))
        return handoff.to_role
    open_to = suggested.to_role if suggested else roles
    if len(open_to) != 1:
        raise invalid("/to_role", "ambiguous", f"{entry.entry_id} goes to {' or '.join(open_to)}: say which")
    return open_to[0]


async def _situation(
    connection: AsyncConnection,
    playbook: Playbook,
    context: HandoffContext,
    handoff: HandoffRequest,
    from_role: str,
    actor: Actor,
    now: datetime,
) -> Situation:
    """The handoff as an event seen by the giver: what the body says goes before what the event said."""
    event = await _as_event(connection, context, handoff, from_role, actor, now)
    views = await load_case_views(connection, [context.case]) if context.case else {}
    key = (handoff.dealer_id, context.customer_id or "")
    profile = (await load_profiles(connection, [key])).get(key) if context.customer_id else None
    place = (await load_dealer_views(connection, [handoff.dealer_id], now))[handoff.dealer_id]
    return situation_of(playbook, event, views[context.case.key] if context.case else None, profile, place)


async def _as_event(
    connection: AsyncConnection,
    context: HandoffContext,
    handoff: HandoffRequest,
    from_role: str,
    actor: Actor,
    now: datetime,
) -> JourneyEvent:
    bare = JourneyEvent(
        new_id(), handoff.dealer_id, from_role, now, context.customer_id, vehicle=Vehicle(), staff_id=actor.staff_id
    )
    known = read_event(context.event) if context.event else bare
    event = replace(
        known,
        observer=from_role,
        staff_id=actor.staff_id,
        time=now,
        step=handoff.step or known.step,
        topics=handoff.topics or known.topics,
        facts={**known.facts, **handoff.facts},
        case_id=None,
        intent="live",
    )
    return with_delivery_day(event, await load_delivery_days(connection, [(handoff.dealer_id, event.vehicle.vin)]))


def _new_task(
    playbook: Playbook,
    entry: Entry,
    context: HandoffContext,
    situation: Situation,
    handoff: HandoffRequest,
    actor: Actor,
    from_role: str,
    to_role: str,
) -> NewTask:
    occurrence = entry.occurrence or next(iter(situation.event.occurrences), None)
    by_topic = _topics_behind(playbook, entry, situation, occurrence)
    matter = matter_of(
        playbook,
        entry.entry_id,
        occurrence=None if by_topic else occurrence,
        topics=situation.topics,
        to_role=to_role,
    )
    return NewTask(
        dealer_id=handoff.dealer_id,
        customer_id=context.customer_id,
        case_id=context.case.case_id if context.case else None,
        event_id=context.event.event_id if context.event else None,
        entry=entry.entry_id,
        kind=entry.kind or "deliver",
        mode=entry.mode or "",
        matter=matter,
        from_role=from_role,
        to_role=to_role,
        priority=priority_in(situation),
        why=_why(entry, situation, occurrence),
        packet={"topics": list(situation.topics), "facts": nest_facts(situation.event.facts)},
        started_by=actor.staff_id,
        key_id=actor.key_id,
        note=handoff.note,
        to_staff_id=handoff.to_staff_id,
        manual=entry.manual,
    )


def _topics_behind(playbook: Playbook, entry: Entry, situation: Situation, occurrence: str | None) -> tuple[str, ...]:
    """The topics that make it an implied handoff by topic: those its row names, or all where nothing else is known."""
    if entry.family != "implied" or entry.occurrence is not None:
        return ()
    named = {topic for row in playbook.rulings.implied.by_topic if row.entry == entry.entry_id for topic in row.topics}
    own = tuple(topic for topic in situation.own_topics if topic in named)
    return own or (() if occurrence else situation.topics)


def _why(entry: Entry, situation: Situation, occurrence: str | None) -> Mapping[str, Any]:
    conditions = [condition_document(situation.trace(condition)) for condition in entry.conditions]
    return {"occurrence": occurrence, "conditions": conditions, "source": entry.source}
