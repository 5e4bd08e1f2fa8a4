"""Events in, the list of them, and what became of each.

`POST /v1/events` is a plain ASGI application: the hot path goes around FastAPI's machinery.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Depends, Path, Query, Response
from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from journey_api.access.app_state import Stack, stack_of_app
from journey_api.access.authenticated_route import authenticate_post, keyed_router
from journey_api.access.csv_export import AS_CSV, ExportDep
from journey_api.access.dependencies import StackDep, TransactionDep, requires
from journey_api.http.auth import Principal
from journey_api.http.languages import AskedLanguageDep
from journey_api.http.pagination import PageDep
from journey_api.http.periods import PeriodDep
from journey_api.http.problems import Problem, not_found
from journey_api.http.query_parameters import QueryParameters, read_query
from journey_api.http.request_body import read_body
from journey_api.intake.answers import answer_documents, problem_of
from journey_api.intake.checked_documents import Checked, check_documents
from journey_api.intake.cloud_events import TYPE, Event
from journey_api.intake.cloudevents_modes import Headers, ReceivedEvents, header, mode_of, read_received, size_limit
from journey_api.intake.event_documents import EVENT_COLUMNS, read_event_document, show_events
from journey_api.intake.event_list import EventFilter, EventOutcome, EventState, events_query, list_events, place_of
from journey_api.intake.event_plan import preview_posted
from journey_api.intake.prepare import Outcome, Posted, Receipt
from shared.faults import Fault
from shared.ids import new_id
from shared.process.telemetry import events_received_total

router = keyed_router("events", dependencies=[Depends(requires("events:write", "ops:read"))])
Text = Annotated[str | None, Query(max_length=1024)]
_OUTCOME: Final = "Tasks were created or merged into, something was suggested, or nothing came of it."

PARAMETERS: Final = QueryParameters(("dry_run", "partial"))
_ACCEPTED: Final = events_received_total.labels(TYPE, "accepted")
_DUPLICATE: Final = events_received_total.labels(TYPE, "duplicate")
_SWITCH: Final = {"true": True, "false": False}


class EventsEndpoint:
    """Takes events; 202 when they are durable."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Problems are raised: the application answers them."""
        for message in await self.answer(scope, receive):
            await send(message)

    async def answer(self, scope: Scope, receive: Receive) -> Sequence[Message]:
        """The answer to one request, whole. Raises Problem."""
        stack = stack_of_app(scope["app"])
        headers: Headers = scope["headers"]
        principal = await authenticate_post(scope)
        principal.require("events:write")
        partial, dry_run = _switches(scope)
        mode = mode_of(headers)
        body = await read_body(receive, size_limit(mode), header(headers, b"content-length"))
        arrival = read_received(mode, headers, body)
        partial = partial and arrival.is_batch
        outcomes = await take_events(stack, principal, arrival, partial=partial, dry_run=dry_run)
        status = HTTPStatus.OK if dry_run else HTTPStatus.ACCEPTED
        if not all(isinstance(outcome, Receipt) for outcome in outcomes):
            status = HTTPStatus.MULTI_STATUS
        return _messages(status, answer_documents(arrival, outcomes))


ENDPOINT: Final = EventsEndpoint()
POST_EVENTS: Final = Route("/v1/events", ENDPOINT, methods=["POST"])


async def take_events(
    stack: Stack, principal: Principal, arrival: ReceivedEvents, *, partial: bool = False, dry_run: bool = False
) -> list[Outcome | list[Fault]]:
    """Check and store the events of a request: all or none, or, where it is partial, the good ones.

    Answers, in order, receipts, refusals and what is wrong with documents that are no events. Raises Problem.
    """
    now = stack.clock()
    checked = await check_documents(arrival, now, partial=partial)
    await check_callers(stack, principal, checked, arrival)
    places = [index for index, one in enumerate(checked) if isinstance(one, Event)]
    events = [one for one in checked if isinstance(one, Event)]
    posted = Posted(events, [new_id() for _ in events], now, arrival.is_batch, partial, places)
    dry_run = dry_run or not (partial or len(events) == len(checked))
    outcomes = await _store(stack, posted, dry_run=dry_run) if events else []
    if len(outcomes) == len(checked) and all(isinstance(outcome, Receipt) for outcome in outcomes):
        return list(outcomes)
    answers: list[Outcome | list[Fault]] = [one if isinstance(one, list) else [] for one in checked]
    for place, outcome in zip(places, outcomes, strict=True):
        answers[place] = outcome
    if not partial and not all(isinstance(answer, Receipt) for answer in answers):
        raise problem_of(answers)
    return answers


async def _store(stack: Stack, posted: Posted, *, dry_run: bool) -> Sequence[Outcome]:
    if dry_run:
        return await preview_posted(stack.database, stack.playbook, posted)
    outcomes = await stack.intake.submit(posted)
    if posted.partial or all(isinstance(outcome, Receipt) for outcome in outcomes):
        duplicates = sum(isinstance(one, Receipt) and one.status == "duplicate" for one in outcomes)
        _ACCEPTED.inc(sum(isinstance(one, Receipt) for one in outcomes) - duplicates)
        _DUPLICATE.inc(duplicates)
    return outcomes


async def check_callers(stack: Stack, principal: Principal, checked: list[Checked], arrival: ReceivedEvents) -> None:
    """Put what is wrong in the place of events of dealers that are unknown or not the caller's.

    Raises 403 for another person than the key's own.
    """
    events = [one for one in checked if isinstance(one, Event)]
    named = {event.data.dealer_id for event in events}
    strange = {dealer_id for dealer_id in named if not principal.sees(dealer_id)}
    strange |= await stack.dealers.unknown(named - strange)
    if strange:
        near = await stack.dealers.near(strange, principal.reach)
        for index, one in enumerate(checked):
            if isinstance(one, Event) and (dealer_id := one.data.dealer_id) in strange:
                place = f"{arrival.prefix(index)}/data/dealer_id"
                checked[index] = [Fault(place, "unknown_id", "Unknown dealer", near.get(dealer_id, ()))]
    if principal.staff_id is not None:
        for event in events:
            principal.act_as(event.data.observed_by.staff_id)


def _switches(scope: Scope) -> tuple[bool, bool]:
    """`partial` and `dry_run` of the query; 422 for anything but true and false."""
    if not scope["query_string"]:
        return False, False
    given = read_query(scope, PARAMETERS)
    wrong = [Fault(f"?{name}", "unknown_id", "true or false") for name, value in given.items() if value not in _SWITCH]
    if wrong:
        raise Problem(422, wrong[0].detail, errors=wrong)
    return _SWITCH[given.get("partial", "false")], _SWITCH[given.get("dry_run", "false")]


def _messages(status: int, documents: list[dict[str, Any]]) -> Sequence[Message]:
    body = to_json({"events": documents})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    start = {"type": "http.response.start", "status": int(status), "headers": headers}
    return start, {"type": "http.response.body", "body": body}


@router.get("/events", name="List events", response_model=dict[str, Any], responses=AS_CSV)
async def get_events(
    stack: StackDep,
    connection: TransactionDep,
    page: PageDep,
    asked: AskedLanguageDep,
    period: PeriodDep,
    export: ExportDep,
    dealer_id: Text = None,
    customer_id: Text = None,
    case_id: Text = None,
    state: Annotated[list[EventState] | None, Query()] = None,
    outcome: Annotated[EventOutcome | None, Query(description=_OUTCOME)] = None,
    source: Text = None,
) -> dict[str, Any] | Response:
    """Events, the newest first by when they happened, without their decisions."""
    wanted = EventFilter(dealer_id, customer_id, case_id, source, state, outcome, period)
    if export.wanted:

        async def show(connection: AsyncConnection, rows: Sequence[Any]) -> list[dict[str, Any]]:
            return await show_events(connection, rows, stack.playbook.texts, asked)

        return await export.answer("events", EVENT_COLUMNS, events_query(wanted), show)
    rows = await list_events(connection, wanted, page)
    shown = await show_events(connection, rows[: page.limit], stack.playbook.texts, asked)
    documents = {document["event_id"]: document for document in shown}
    return page.answer(rows, lambda row: documents[row.event_id], place_of)


@router.get("/events/{event_id}", name="Read an event")
async def get_event(
    event_id: Annotated[str, Path()], stack: StackDep, connection: TransactionDep, asked: AskedLanguageDep
) -> dict[str, Any]:
    """The state of an event, what the playbook decided, and the tasks and suggestions it led to."""
    document = await read_event_document(connection, event_id, stack.playbook.texts, asked)
    if document is None:
        raise not_found()
    return document
