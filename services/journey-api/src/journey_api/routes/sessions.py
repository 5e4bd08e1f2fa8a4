"""`/v1/session` and `/v1/feed-tickets`: how browsers stand for their key."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from starlette.responses import Response

from journey_api.access.authenticated_route import UnrememberedRoute, keyed_router
from journey_api.access.dependencies import PrincipalDep, StackDep
from journey_api.access.sessions import COOKIE
from journey_api.http.problems import Problem
from journey_api.http.query_parameters import take_no_parameters
from journey_api.http.request_body import JSON, read_json
from journey_api.http.validation_errors import faults_of

router = APIRouter(prefix="/v1", tags=["sessions"], dependencies=[Depends(take_no_parameters)])
tickets = keyed_router("sessions", UnrememberedRoute)


class SessionRequest(BaseModel):
    """The key to sign in with."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, StringConstraints(min_length=1, max_length=8_192)]


class TicketRequest(BaseModel):
    """Nothing: a ticket is of the caller's key."""

    model_config = ConfigDict(extra="forbid")


class FeedTicket(BaseModel):
    """Opens feeds as `?ticket=`. Unused it is good until `expires_at`."""

    ticket: str
    expires_at: datetime


_BODY: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {JSON: {"schema": SessionRequest.model_json_schema()}}}
}


@router.post("/session", status_code=204, openapi_extra=_BODY)
async def begin_session(request: Request, stack: StackDep) -> Response:
    """Sign a browser in: the answer sets the cookie `handoff_session`, which may do what the key may."""
    raw = await read_json(request, frozenset({JSON}))
    try:
        wanted = SessionRequest.model_validate_json(raw)
    except ValidationError as error:
        raise Problem(422, "The request is invalid.", errors=faults_of(error.errors(), None)) from error
    response = Response(status_code=204)
    stack.sessions.set_cookie(response, await stack.sessions.open(wanted.key))
    return response


@router.delete("/session", status_code=204)
async def end_session(request: Request, stack: StackDep) -> Response:
    """Sign the browser out."""
    token = request.cookies.get(COOKIE)
    if token is not None:
        stack.sessions.require_same_site(request.method, request.headers)
    if token is None or not await stack.sessions.end(token):
        raise Problem(401, "There is no session to end.", code="session_ended")
    response = Response(status_code=204)
    stack.sessions.delete_cookie(response)
    return response


@tickets.post("/feed-tickets", status_code=201)
async def issue_ticket(_wanted: TicketRequest, principal: PrincipalDep, stack: StackDep) -> FeedTicket:
    """A ticket for `EventSource`, which sends no header: `?ticket=` opens the feeds that the key may follow."""
    ticket, expires_at = await stack.tickets.issue(principal)
    return FeedTicket(ticket=ticket, expires_at=expires_at)
