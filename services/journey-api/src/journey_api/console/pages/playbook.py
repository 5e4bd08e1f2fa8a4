"""`/playbook`: the map of all arrows, an arrow's page, and what an event would come to."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from pydantic_core import to_json
from starlette.responses import Response

from journey_api.callbacks.forms import read_form
from journey_api.console import event_form
from journey_api.console.fact_words import fact_value
from journey_api.console.fault_words import IN_WORDS, in_words
from journey_api.console.moments import clock_words
from journey_api.console.playbook_map import PHASES, RECEIVERS, draw_map
from journey_api.console.visit import Visit, page
from journey_api.http.problems import Problem, not_found
from journey_api.http.request_body import parse_json
from journey_api.reports.playbook_coverage import last_firings, measure_coverage
from journey_api.routes.playbook import entry_document, explain_event
from shared.playbook.routing.explanation import entry_title
from shared.playbook.ruleset.entries import Entry

_MOST_FIRINGS: Final = 10
_MOST_FIRED: Final = 12
_READ: Final = "ops:read"
_SOME_CUSTOMER: Final = "EXAMPLE"
"""Stands for somebody of whom nothing is known, where an arrow is about a customer."""


@page(_READ)
async def show_map(visit: Visit) -> Response:
    """All arrows; `phase` and `role` (a giver or receiver) mute the others, `role` with `to` opens a cell."""
    params = visit.request.query_params
    phase, role, to = (params.get(name) or None for name in ("phase", "role", "to"))
    if phase not in (None, *PHASES) or role not in (None, *RECEIVERS) or to not in (None, *RECEIVERS):
        raise not_found()
    playbook = visit.stack.playbook
    arrows = playbook.arrows
    coverage = await measure_coverage(visit.connection, playbook, None)
    picked = [one for one in arrows if (one.from_role, one.to_role) == (role, to) and phase in (None, one.phase)]
    fired = sorted(coverage["fired"].items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_FIRED]
    return visit.render(
        "playbook.html",
        "playbook",
        map=draw_map(playbook.entries.values(), _filter(phase, role, to)),
        phase=phase,
        role=role,
        to=to,
        roles=RECEIVERS,
        phases=[(one, sum(arrow.phase == one for arrow in arrows)) for one in PHASES],
        total=len(arrows),
        coverage=coverage,
        kinds={kind: sum(arrow.kind == kind for arrow in arrows) for kind in ("deliver", "interact")},
        titles={arrow.entry_id: _title(visit, arrow) for arrow in arrows},
        picked=picked,
        fired=fired,
        never=len(arrows) - len(coverage["fired"]),
        address=_address_of(phase),
    )


def _filter(phase: str | None, role: str | None, to: str | None) -> Callable[[Entry], bool]:
    def shown(entry: Entry) -> bool:
        if phase is not None and entry.phase != phase:
            return False
        if to is not None:
            return (entry.from_role, entry.to_role) == (role, to)
        return role is None or role in (entry.from_role, entry.to_role)

    return shown


def _address_of(phase: str | None) -> Callable[..., str]:
    """The address of the map with a filter changed; the phase stays unless it is given."""

    def address(**changed: str | None) -> str:
        kept = {"phase": phase, **changed}
        query = urlencode({name: value for name, value in kept.items() if value})
        return f"/playbook?{query}" if query else "/playbook"

    return address


def _title(visit: Visit, entry: Entry) -> str:
    return entry_title(visit.stack.playbook, entry.entry_id, visit.viewer.language)


@page(_READ)
async def show_entry(visit: Visit) -> Response:
    """An arrow, or another entry: when it fires, whom it reaches, where it is printed, and when it last did."""
    playbook = visit.stack.playbook
    entry = playbook.entries.get(visit.request.path_params["entry"])
    if entry is None:
        raise not_found()
    coverage = await measure_coverage(visit.connection, playbook, None)
    firings = await last_firings(visit.connection, entry.entry_id, _MOST_FIRINGS)
    names = {one.dealer_id: one.name or one.dealer_id for one in visit.viewer.me.dealers}
    return visit.render(
        "entry.html",
        "playbook",
        entry=entry_document(playbook, entry, visit.viewer.language),
        occurrence=playbook.texts.find("occurrences", entry.occurrence or "", visit.viewer.language),
        mode=playbook.texts.find("modes", entry.mode or "", visit.viewer.language),
        sources={one: playbook.conditions[one].source for one in entry.conditions},
        count=(coverage["fired"] | coverage["implied"]).get(entry.entry_id, 0),
        firings=[(one, clock_words(visit, one["created_at"]), names.get(one["dealer_id"])) for one in firings],
        explain="/playbook/explain?" + urlencode({"entry": entry.entry_id}),
    )


@page(_READ)
async def show_explain(visit: Visit) -> Response:
    """The empty form; with `entry`, filled so that the arrow is asked about."""
    entry = visit.stack.playbook.entries.get(visit.request.query_params.get("entry", ""))
    typed: list[tuple[str, str]] = []
    if entry is not None:
        typed += [("role", role) for role in entry.from_roles[:1]]
        typed += [("step", str(step)) for step in entry.halo_steps[:1]]
        typed += [("occurrences", entry.occurrence)] if entry.occurrence else []
        typed += [("customer_id", _SOME_CUSTOMER)] if entry.granularity == "customer_case" else []
    return _explain_page(visit, typed)


@page(_READ)
async def explain(visit: Visit) -> Response:
    """What the event of the form, or the JSON pasted, would come to now; nothing is stored."""
    typed = await read_form(visit.request)
    person = visit.viewer.me.staff
    pasted = dict(typed).get("event")
    try:
        if pasted is not None:
            event = parse_json(pasted.encode("utf-8", "replace"))
            if not isinstance(event, dict):
                raise Problem(422, visit.texts.text("explain.no_object"), code=IN_WORDS)
        else:
            event = event_form.event_of(typed, person.staff_id if person else None, visit.now)
        answer = await explain_event(
            visit.stack, visit.viewer.principal, visit.connection, event, visit.now, visit.viewer.language
        )
    except Problem as problem:
        return _explain_page(visit, typed, problem=in_words(visit.texts, problem))
    return _explain_page(visit, typed, answer=answer, event=event)


def _explain_page(
    visit: Visit,
    typed: Sequence[tuple[str, str]],
    *,
    answer: Mapping[str, Any] | None = None,
    event: Mapping[str, Any] | None = None,
    problem: Problem | None = None,
) -> Response:
    words, language = visit.stack.playbook.texts, visit.viewer.language
    one = dict(typed)

    def word(section: str, name: str) -> str:
        return words.text(section, name, language)

    return visit.render(
        "explain.html",
        "playbook",
        status=problem.status_code if problem else 200,
        problem=problem,
        answer=answer,
        counts=_counts(answer) if answer else None,
        pairs={name: _pair(visit, name) for name in _entries(answer)} if answer else {},
        json=one.get("event") or (to_json(event, indent=2).decode() if event else ""),
        typed=one,
        several={name: {value for key, value in typed if key == name} for name in ("occurrences", "topics")},
        choices=event_form.form_choices(),
        kind_of_fact=event_form.kind_of_fact,
        fact_choices=event_form.fact_choices(),
        value_of=partial(fact_value, visit),
        word=word,
        dealers=visit.viewer.me.dealers,
        dealer_id=one.get("dealer_id") or (visit.dealer.dealer_id if visit.dealer else None),
    )


def _counts(answer: Mapping[str, Any]) -> dict[str, int]:
    created = sum(one["outcome"] in ("created", "merged") for one in answer["decisions"])
    return {"created": created, "rest": len(answer["decisions"]) - created}


def _entries(answer: Mapping[str, Any]) -> set[str]:
    return {one["entry"] for one in answer["decisions"] if one["entry"]}


def _pair(visit: Visit, entry_id: str) -> tuple[str, str, str] | None:
    """From whom to whom an entry leads, and its kind; None for one that any role may give."""
    entry = visit.stack.playbook.entries.get(entry_id)
    if entry is None or not entry.from_roles or not entry.to_roles:
        return None
    giver, receiver = (visit.texts.text(f"roles.{role}") for role in (entry.from_role, entry.to_role))
    return giver, receiver, entry.kind or "interact"
