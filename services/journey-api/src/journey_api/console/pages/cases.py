"""`/cases/{dealer_id}/{case_id}`: a case with its timeline: why did nobody call her?"""

from starlette.responses import Response

from journey_api.cases.timeline_rows import read_case_timeline
from journey_api.console.countdown import countdown
from journey_api.console.journey import show_line
from journey_api.console.moments import clock_words
from journey_api.console.pages.journeys import owner_words, vehicle_words
from journey_api.console.promises import show_promises
from journey_api.console.visit import Visit, page
from journey_api.reference.collections import CUSTOMER
from journey_api.reference.store import Place, read_record
from journey_api.routes.cases import find_case
from journey_api.tasks.shown import customer_name
from shared.promises.queries import promises_of_cases
from shared.sla.store import timers_of


@page("tasks:read")
async def show_case(visit: Visit) -> Response:
    """The case: whose it is, its running clocks, and everything that happened, newest first."""
    dealer_id, case_id = (visit.request.path_params[name] for name in ("dealer_id", "case_id"))
    visit = await visit.at(dealer_id)
    case = await find_case(visit.connection, dealer_id, case_id)
    texts, language = visit.stack.playbook.texts, visit.viewer.language
    lines = await read_case_timeline(visit.connection, texts, language, dealer_id, case_id)
    timers = await timers_of(visit.connection, dealer_id, case_ids=[case_id])
    promises = await promises_of_cases(visit.connection, [case.key])
    place = Place(CUSTOMER, dealer_id, case.customer_id) if case.customer_id else None
    row = await read_record(visit.connection, place) if place else None
    return visit.render(
        "case.html",
        "journeys",
        case=case,
        name=customer_name(row.record if row else None, language) or case.customer_id,
        vehicle=vehicle_words(case),
        owner=await owner_words(visit, case),
        opened=clock_words(visit, case.opened_at) if case.opened_at else None,
        closed=clock_words(visit, case.closed_at) if case.closed_at else None,
        topics=[texts.text("topics", one, language) for one in case.topics],
        clocks=[
            countdown(timer, visit.now, visit.zone, visit.texts)
            for timer in timers
            if timer.live and timer.subject != "promise"
        ],
        promises=await show_promises(visit, promises[case.key]),
        lines=[show_line(visit, line) for line in reversed(lines)],
    )
