"""A route before the layers answers what it raises as the layers answer it."""

from collections.abc import Iterable
from typing import Any

import httpx
import pytest
from asyncpg import UniqueViolationError
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from journey_api.http import problems
from journey_api.http.direct_route import DirectRoute
from journey_api.http.problems import Problem
from shared.faults import Fault

WRONG = {"type": "missing", "loc": ("body", "name"), "msg": "Field required", "input": {}}
ERRORS = (
    Problem(422, "wrong", code="mine", errors=[Fault("/a", "required", "Required")], headers={"X-Own": "1"}),
    Problem(401, "who"),
    Problem(503, "later"),
    HTTPException(418, "a teapot"),
    RequestValidationError([WRONG], body={}),
    OperationalError("select", None, ConnectionRefusedError()),
    IntegrityError("insert", None, UniqueViolationError("twice")),
    PoolTimeout(),
    TimeoutError(),
    ConnectionResetError(),
    RuntimeError("secret internals"),
    KeyError("secret internals"),
)


class Endpoint:
    """Says good morning, or raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.called = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by way of the layers."""
        for message in await self.answer(scope, receive):
            await send(message)

    async def answer(self, scope: Scope, receive: Receive) -> Iterable[Message]:
        """Answer."""
        self.called += 1
        if self.error is not None:
            raise self.error
        body = b"good morning"
        headers = [(b"content-length", b"%d" % len(body))]
        start = {"type": "http.response.start", "status": 200, "headers": headers}
        return start, {"type": "http.response.body", "body": body}


def layers_of(endpoint: Endpoint) -> tuple[ASGIApp, Route]:
    """An application with this one route."""
    app = FastAPI(openapi_url=None)
    route = Route("/here", endpoint, methods=["POST"])
    app.router.routes.append(route)
    problems.install(app)
    return app, route


async def ask(app: ASGIApp, method: str, path: str) -> tuple[int, dict[str, str], bytes, str]:
    """Status, headers and body of an answer, and what the application raised after it."""
    raised = ""

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal raised
        try:
            await app(scope, receive, send)
        except Exception as error:
            raised = repr(error)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(noting), base_url="http://handoff.test") as client:
        answer = await client.request(method, path)
    return answer.status_code, dict(answer.headers), answer.content, raised


@pytest.mark.parametrize("error", ERRORS, ids=repr)
async def test_errors_are_answered_as_behind_the_layers(error: Exception) -> None:
    endpoint = Endpoint(error)
    layers, route = layers_of(endpoint)
    behind = await ask(layers, "POST", "/here")
    before = await ask(DirectRoute(_unreachable, route, endpoint.answer), "POST", "/here")
    assert before == behind
    assert before[0] >= 400
    assert b"secret" not in before[2]


async def test_a_good_answer_is_that_of_the_layers() -> None:
    endpoint = Endpoint()
    layers, route = layers_of(endpoint)
    direct = DirectRoute(_unreachable, route, endpoint.answer)
    assert await ask(direct, "POST", "/here") == await ask(layers, "POST", "/here")
    assert endpoint.called == 2


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/here"), ("HEAD", "/here"), ("OPTIONS", "/here"), ("POST", "/here/"), ("POST", "/")]
)
async def test_every_other_request_goes_to_the_layers(method: str, path: str) -> None:
    endpoint = Endpoint()
    layers, route = layers_of(endpoint)
    direct = DirectRoute(layers, route, _never)
    assert await ask(direct, method, path) == await ask(layers, method, path)


async def test_an_application_below_a_path_is_left_to_its_layers() -> None:
    endpoint = Endpoint()
    layers, route = layers_of(endpoint)
    mounted: dict[str, Any] = {"root_path": "/below"}

    async def below(scope: Scope, receive: Receive, send: Send) -> None:
        await DirectRoute(layers, route, _never)({**scope, **mounted}, receive, send)

    assert (await ask(below, "POST", "/below/here"))[0] == 200


async def _never(scope: Scope, receive: Receive) -> Iterable[Message]:
    raise AssertionError("answered before the layers")


async def _unreachable(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("went to the layers")
