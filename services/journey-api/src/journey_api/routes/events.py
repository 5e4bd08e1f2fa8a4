"""Events in, and what became of each.

`POST /v1/events` is a plain ASGI application: the hot path goes around FastAPI's machinery.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Path
from pydantic_core import to_json
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from journey_api.access.app_state import Stack, stack_of_app
from journey_api.access.authenticated_route import authenticate, keyed_router
from journey_api.access.dependencies import StackDep, TransactionDep, requires
from journey_api.http.auth import Principal
from journey_api.http.languages import LanguageDep
from journey_api.http.problems import Problem, not_found
from journey_api.http.request_body import read_body, refuse_deep
from journey_api.intake.cloud_events import TYPE, Event, InvalidEvent, read_event
from journey_api.intake.cloudevents_modes import Arrival, Headers, header, mode_of, read_arrival, size_limit
from journey_api.intake.outcome import read_outcome
from journey_api.intake.prepare import Posted, Receipt, Refused
from shared.ids import new_id
from shared.json_pointer import Fault
from shared.process.telemetry import events_received_total

router = keyed_router("events", dependencies=[Depends(requires("events:write"))])

_MOST_FAULTS: Final = 100
_ACCEPTED: Final = events_received_total.labels(TYPE, "accepted")
_DUPLICATE: Final = events_received_total.labels(TYPE, "duplicate")


class EventsEndpoint:
    """Takes events; 202 when they are durable."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Problems are raised: the application answers them."""
        stack = stack_of_app(scope["app"])
        headers: Headers = scope["headers"]
        principal = await authenticate(HTTPConnection(scope), "POST")
        principal.require("events:write")
        mode = mode_of(headers)
        body = await read_body(receive, size_limit(mode), header(headers, b"content-length"))
        receipts = await take_events(stack, principal, read_arrival(mode, headers, body))
        duplicates = sum(receipt.status == "duplicate" for receipt in receipts)
        _ACCEPTED.inc(len(receipts) - duplicates)
        _DUPLICATE.inc(duplicates)
        await _answer(send, receipts)


async def take_events(stack: Stack, principal: Principal, arrival: Arrival) -> list[Receipt]:
    """Check and store the events of a request, all or none. Raises Problem."""
    now = stack.clock()
    events = check_events(arrival, now)
    await check_callers(stack, principal, events, arrival)
    posted = Posted(events, [new_id() for _ in events], now, arrival.is_batch)
    try:
        return await stack.intake.submit(posted)
    except Refused as refused:
        raise problem_of(refused) from None


def problem_of(refused: Refused) -> Problem:
    """The answer to a request that is refused as a whole."""
    return Problem(refused.status, refused.fault.detail, errors=[refused.fault])


def check_events(arrival: Arrival, now: datetime) -> list[Event]:
    """The events of a request, all of them valid; 422 with what is wrong and where, 400 for a body too deep."""
    events: list[Event] = []
    faults: list[Fault] = []
    for index, document in enumerate(arrival.documents):
        try:
            events.append(read_event(document, now))
        except InvalidEvent as invalid:
            prefix = arrival.prefix(index)
            faults += [Fault(prefix + fault.pointer, fault.detail) for fault in invalid.faults]
    if faults:
        refuse_deep(arrival.body)
        first = faults[0]
        raise Problem(422, f"{first.pointer or 'the event'}: {first.detail}", errors=faults[:_MOST_FAULTS])
    return events


async def check_callers(stack: Stack, principal: Principal, events: Sequence[Event], arrival: Arrival) -> None:
    """Raise 422 for a dealer that is unknown or not the caller's, 403 for another person than the key's own."""
    named = {event.data.dealer_id for event in events}
    strange = {dealer_id for dealer_id in named if not principal.sees(dealer_id)}
    strange |= await stack.dealers.unknown(named - strange)
    if strange:
        faults = [
            Fault(f"{arrival.prefix(index)}/data/dealer_id", "Unknown dealer")
            for index, event in enumerate(events)
            if event.data.dealer_id in strange
        ]
        raise Problem(422, "A dealer is unknown.", errors=faults[:_MOST_FAULTS])
    if principal.staff_id is not None:
        for event in events:
            principal.act_as(event.data.observed_by.staff_id)


async def _answer(send: Send, receipts: Sequence[Receipt]) -> None:
    body = to_json({"events": receipts})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 202, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@router.get("/events/{event_id}")
async def get_event(
    event_id: Annotated[str, Path()], stack: StackDep, connection: TransactionDep, language: LanguageDep
) -> dict[str, Any]:
    """The state of an event, what the playbook decided, and the tasks and suggestions it led to."""
    outcome = await read_outcome(connection, event_id, stack.playbook.texts, language)
    if outcome is None:
        raise not_found()
    return outcome
