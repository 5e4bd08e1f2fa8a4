"""The playbook as data: its entries, how much of it has run, and what it would make of an event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import Body, Depends, Path, Query
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.access.app_state import Stack
from journey_api.access.authenticated_route import KeyedRoute, keyed_router
from journey_api.access.dependencies import NowDep, StackDep, TransactionDep, requires
from journey_api.handoffs.preview import preview
from journey_api.http.auth import Principal
from journey_api.http.languages import AskedLanguageDep, LanguageDep
from journey_api.http.pagination import PageDep
from journey_api.http.problems import not_among
from journey_api.http.request_body import JSON
from journey_api.intake.answers import problem_of
from journey_api.intake.checked_documents import check_documents
from journey_api.intake.cloud_events import Event
from journey_api.intake.cloudevents_modes import STRUCTURED, ReceivedEvents
from journey_api.intake.event_plan import plan_posts
from journey_api.intake.prepare import Posted
from journey_api.reports.playbook_coverage import measure_coverage
from journey_api.routes.events import check_callers
from journey_api.tasks.documents import load_language_code
from shared.ids import new_id
from shared.playbook.routing.explanation import (
    decision_document,
    entry_title,
    show_decision,
    show_suggestion,
    suggestion_document,
)
from shared.playbook.ruleset.entries import Entry, Playbook


class EventRoute(KeyedRoute):
    """A route whose body may also be a CloudEvent in structured mode."""

    accepted = frozenset({JSON, STRUCTURED})


router = keyed_router("playbook")
router.route_class = EventRoute
OPS = [Depends(requires("ops:read"))]


@router.post("/playbook/explain")
async def explain(
    document: Annotated[dict[str, Any], Body()],
    principal: Annotated[Principal, Depends(requires("ops:read"))],
    stack: StackDep,
    connection: TransactionDep,
    now: NowDep,
    asked: AskedLanguageDep,
) -> dict[str, Any]:
    """What the event would come to if it were posted now, decision by decision; nothing is stored."""
    return await explain_event(stack, principal, connection, document, now, asked)


async def explain_event(
    stack: Stack,
    principal: Principal,
    connection: AsyncConnection,
    document: Mapping[str, Any],
    now: datetime,
    asked: str | None,
) -> dict[str, Any]:
    """What an event would come to, in the language asked for or its dealer's. Raises Problem 403, 409, 422."""
    received = ReceivedEvents([dict(document)], is_batch=False)
    checked = await check_documents(received, now)
    await check_callers(stack, principal, checked, received)
    if not isinstance(event := checked[0], Event):
        raise problem_of([event])
    plan, _ = await plan_posts(connection, [Posted([event], [new_id()], now, is_batch=False)], {})
    if plan.refuses:
        raise problem_of(plan.answers[0])
    seen = await preview(connection, stack.playbook, plan.rows[0].event, now)
    texts, answer = stack.playbook.texts, seen.answer
    language = await load_language_code(connection, plan.rows[0].event.data.dealer_id, asked)
    return {
        "occurrences": list(answer.occurrences),
        "inferred": list(answer.occurrences) if answer.inferred else [],
        "case_id": seen.case_id,
        "decisions": [show_decision(decision_document(one), texts, language) for one in answer.decisions],
        "suggestions": [show_suggestion(suggestion_document(one), texts, language) for one in answer.suggestions],
    }


@router.get("/playbook/coverage", dependencies=OPS)
async def get_coverage(
    stack: StackDep, connection: TransactionDep, dealer_id: Annotated[str | None, Query(max_length=200)] = None
) -> dict[str, Any]:
    """How many arrows there are, can run, and have fired, by entry."""
    return await measure_coverage(connection, stack.playbook, dealer_id)


@router.get("/playbook/entries", dependencies=OPS)
async def get_entries(stack: StackDep, page: PageDep, language: LanguageDep) -> dict[str, Any]:
    """Every entry a task may have, in the catalogue's order."""
    key = page.key(int)
    entries = sorted(stack.playbook.entries.values(), key=lambda entry: entry.order)
    left = [entry for entry in entries if key is None or entry.order > key[0]]
    return page.answer(
        left[: page.limit + 1],
        lambda entry: entry_document(stack.playbook, entry, language),
        lambda entry: (entry.order,),
    )


@router.get("/playbook/entries/{entry}", dependencies=OPS)
async def get_entry(stack: StackDep, entry: Annotated[str, Path()], language: LanguageDep) -> dict[str, Any]:
    """One entry."""
    found = stack.playbook.entries.get(entry)
    if found is None:
        raise not_among("entry", entry, stack.playbook.entries)
    return entry_document(stack.playbook, found, language)


def entry_document(playbook: Playbook, entry: Entry, language: str) -> dict[str, Any]:
    """An entry as the contract shows it."""
    texts = playbook.texts
    return {
        "entry": entry.entry_id,
        "family": entry.family,
        "title": entry_title(playbook, entry.entry_id, language),
        "kind": entry.kind,
        "mode": entry.mode,
        "from_roles": list(entry.from_roles),
        "to_roles": list(entry.to_roles),
        "activation": entry.activation,
        "multiplicity": entry.multiplicity,
        "conditions": [{"id": one, "text": texts.text("conditions", one, language)} for one in entry.conditions],
        "activity": entry.activity,
        "activity_text": texts.find("activities", entry.activity, language) if entry.activity else None,
        "occurrence": entry.occurrence,
        "steps": list(entry.halo_steps),
        "phase": entry.phase,
        "granularity": entry.granularity,
        "source": entry.source,
        "line": entry.line,
        "restates": list(entry.restates),
        "gate": entry.gate,
        "playbook_version": playbook.version,
    }
