"""Turning decisions into tasks: each record is created, each merge joins, all through the one function that starts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.commands.create_task import NewTask, start_within
from shared.lifecycle import priority_in
from shared.playbook.fact_types import nest_facts
from shared.playbook.routing.explanation import condition_document, decision_document
from shared.playbook.routing.known_facts import facts_of
from shared.playbook.routing.situation import Situation
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.types import Decision, NewRecord, Routing
from shared.tasks.unit_of_work import TaskChanges


@dataclass(frozen=True, slots=True)
class TaskSource:
    """What the tasks of one routing come of. `case_id` None: of no case; `givers`: who handed over before, in a chain.

    `owner_person`: the customer owner's person, who is reminded first.
    """

    dealer_id: str
    customer_id: str | None
    case_id: str | None
    event_id: str
    situation: Situation
    givers: tuple[str, ...] = ()
    owner_person: str | None = None


async def start_tasks(changes: TaskChanges, source: TaskSource, routing: Routing) -> list[dict[str, Any]]:
    """Carry the decisions out; answers their documents with the id of the task each created or joined."""
    started: dict[str, str] = {}
    for decision in routing.decisions:
        new = _new_task(source, routing, decision)
        if new is not None:
            task_id = (await start_within(changes, new)).task.task_id
            started[str(decision.key)] = started[f"{_entry(decision)}"] = task_id
    return [documented(decision, _task_of(decision, started)) for decision in routing.decisions]


def documented(decision: Decision, task_id: str | None) -> dict[str, Any]:
    """A decision as stored, with its task where it has one."""
    document = decision_document(decision)
    return document if task_id is None else document | {"task_id": task_id}


def fired(decisions: Sequence[Mapping[str, Any]]) -> list[str]:
    """The entries of stored decisions that created a task or joined one."""
    return [one["entry"] for one in decisions if one["outcome"] in ("created", "merged") and one["entry"]]


def _new_task(source: TaskSource, routing: Routing, decision: Decision) -> NewTask | None:
    """The task a decision asks for; None where it asks for none of its own."""
    record = decision.record or _joining(source.situation.playbook, routing, decision)
    if record is None:
        return None
    situation = source.situation
    facts = facts_of(situation.event, situation.playbook.rulings.topic_facts)
    packet: dict[str, Any] = {"topics": list(situation.topics), "facts": nest_facts(facts)}
    if record.hops:
        packet["hops"] = [{"role": hop.role, "to_role": hop.to_role, "task_id": hop.task_id} for hop in record.hops]
    return NewTask(
        dealer_id=source.dealer_id,
        customer_id=source.customer_id,
        case_id=source.case_id,
        event_id=source.event_id,
        entry=record.entry,
        mirrors=record.mirrors,
        kind=record.kind,
        mode=record.mode,
        matter=record.matter,
        from_role=record.from_role,
        to_role=record.to_role,
        priority=priority_in(situation),
        why=why_of(decision),
        packet=packet,
        chain={"givers": list(source.givers)},
        prefer_staff=source.owner_person,
    )


def why_of(decision: Decision) -> dict[str, Any]:
    """Why a task is there: the occurrence, the conditions met, the line of the playbook."""
    return {
        "occurrence": decision.occurrence,
        "conditions": [condition_document(trace) for trace in decision.conditions],
        "source": decision.source,
    }


def _joining(playbook: Playbook, routing: Routing, decision: Decision) -> NewRecord | None:
    """What a firing brings to the open record it joins: its own entry, in the record's class."""
    if decision.merges_into is None or decision.key is None or decision.entry is None:
        return None
    asked = decision.outcome == "owner_decision"
    mode = "owner_decision" if asked else playbook.entries[decision.entry].mode
    to_role = decision.key.parties[0] if asked else decision.to_role or decision.key.parties[0]
    return NewRecord(
        entry=decision.entry,
        kind=decision.key.kind,
        mode=mode or "",
        matter=decision.key.matter,
        from_role=routing.observer,
        to_role=to_role,
    )


def _entry(decision: Decision) -> str:
    return decision.record.entry if decision.record else decision.entry or ""


def _task_of(decision: Decision, started: Mapping[str, str]) -> str | None:
    if decision.outcome not in ("created", "merged", "owner_decision"):
        return None
    return started.get(str(decision.key)) or started.get(decision.merges_entry or "")
