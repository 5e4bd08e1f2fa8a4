"""`/journeys`: the search of customers, and the journey of one of them."""

from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import Row
from starlette.responses import Response

from journey_api.cases.newest_cases import load_newest_cases
from journey_api.cases.timeline import read_journey
from journey_api.cases.timeline_rows import read_case_timeline
from journey_api.console.journey import figures_of, marks_by_step, shown_steps, worst_figures
from journey_api.console.loop import draw_loop
from journey_api.console.promises import show_promises
from journey_api.console.visit import Visit, page
from journey_api.http.pagination import page_at
from journey_api.http.problems import not_found
from journey_api.reference.collections import CUSTOMER, STAFF
from journey_api.reference.store import Place, list_records, read_record
from journey_api.tasks.shown import customer_name, staff_name
from shared.cases.store import Case
from shared.languages.isolation import join_isolated
from shared.promises.queries import promises_of_customer
from shared.quality.experience import load_experiences

MOST_ROWS: Final = 50
_LONGEST_QUERY: Final = 200


@page("tasks:read")
async def show_journeys(visit: Visit) -> Response:
    """The customers whose name, number or channel contains `query`, by number, page after page."""
    if visit.dealer is None:
        raise not_found()
    params, dealer_id = visit.request.query_params, visit.dealer.dealer_id
    query = params.get("query", "").replace("\x00", "").strip()[:_LONGEST_QUERY]
    part = page_at(visit.request.url.path, MOST_ROWS, params.get("cursor"))
    rows = await list_records(visit.connection, CUSTOMER, dealer_id, query or None, part)
    shown = rows[:MOST_ROWS]
    more = {"dealer_id": dealer_id, "query": query, "cursor": part.cursor(shown[-1].customer_id)} if shown else {}
    cases = await load_newest_cases(visit.connection, dealer_id, [row.customer_id for row in shown])
    return visit.render(
        "journeys.html",
        "journeys",
        query=query,
        rows=[_row(visit, row, cases.get(row.customer_id)) for row in shown],
        dealers=visit.viewer.me.dealers,
        dealer_id=dealer_id,
        more="/journeys?" + urlencode(more) if len(rows) > MOST_ROWS else None,
    )


@page("tasks:read")
async def show_journey(visit: Visit) -> Response:
    """The loop, the figures and the timeline of one customer."""
    dealer_id, customer_id = (visit.request.path_params[name] for name in ("dealer_id", "customer_id"))
    visit = await visit.at(dealer_id)
    if "\x00" in customer_id:
        raise not_found()
    row = await read_record(visit.connection, Place(CUSTOMER, dealer_id, customer_id))
    if row is None:
        raise not_found()
    texts, language = visit.stack.playbook.texts, visit.viewer.language
    journey = await read_journey(visit.connection, texts, language, dealer_id, customer_id)
    case_ids = sorted({step["case_id"] for step in journey["steps"] if step["case_id"]})
    lines = await read_case_timeline(visit.connection, texts, language, dealer_id, *case_ids)
    key = (dealer_id, customer_id)
    experience = (await load_experiences(visit.connection, [key], visit.now)).get(key)
    newest = (await load_newest_cases(visit.connection, dealer_id, [customer_id])).get(customer_id)
    visits = [step["step"] for step in journey["steps"] if step["step"] is not None]
    marks = marks_by_step(journey["steps"])
    return visit.render(
        "journey.html",
        "journeys",
        name=customer_name(row.record, language) or customer_id,
        customer_id=customer_id,
        dealer_id=dealer_id,
        case=newest,
        vehicle=vehicle_words(newest),
        owner=await owner_words(visit, newest),
        now_step=visits[-1] if visits else None,
        visited=len(set(visits)),
        loops=[(form, draw_loop(visits, marks, form)) for form in ("wide", "tall")],
        promises=await show_promises(visit, await promises_of_customer(visit.connection, dealer_id, customer_id)),
        figures=[*figures_of(journey), *worst_figures(experience)],
        steps=shown_steps(visit, journey, lines),
    )


def _row(visit: Visit, row: Row[Any], case: Case | None) -> tuple[str, str, str | None, Case | None]:
    name = customer_name(row.record, visit.viewer.language)
    return row.customer_id, name or row.customer_id, vehicle_words(case), case


def vehicle_words(case: Case | None) -> str | None:
    """Model and plate of the case's vehicle, as far as they are known, else its VIN."""
    known = dict(case.vehicle) if case else {}
    return join_isolated(", ", (known.get("model"), known.get("plate"))) or known.get("vin")


async def owner_words(visit: Visit, case: Case | None) -> str | None:
    """Who answers to the customer: the person and the role."""
    if case is None or case.owner is None:
        return None
    role = visit.texts.text(f"roles.{case.owner.role}")
    if case.owner.staff_id is None:
        return role
    person = await read_record(visit.connection, Place(STAFF, case.dealer_id, case.owner.staff_id))
    return join_isolated(", ", (staff_name(person.record if person else None) or case.owner.staff_id, role))
