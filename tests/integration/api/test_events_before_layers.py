"""A POST of events is answered before the layers of the application as it would be behind them: all but its speed."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from event_posting import DEALER, Events
from fastapi import FastAPI
from prometheus_client import REGISTRY
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.testing import capture_logs

from journey_api.access.sessions import COOKIE
from journey_api.http.direct_route import DirectRoute
from journey_api.http.request_log import RequestLog

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]
ONE = "application/cloudevents+json"
MANY = "application/cloudevents-batch+json"
GOOD = Events.event(Events(httpx.AsyncClient()))
STRANGE = {**GOOD, "id": "dms-2", "data": {**GOOD["data"], "dealer_id": "nowhere-01"}}
OTHER_CONTENT = {**GOOD, "data": {**GOOD["data"], "note": "another"}}
KEYLESS = {"authorization": ""}

REQUESTS: dict[str, tuple[Any, dict[str, str], str]] = {
    "a good one, which is a repeat": (GOOD, {}, ""),
    "in the binary mode": (
        GOOD["data"],
        {"content-type": "application/json"} | {f"ce-{name}": str(GOOD[name]) for name in GOOD if name != "data"},
        "",
    ),
    "a batch": ([GOOD, GOOD], {"content-type": MANY}, ""),
    "an empty batch": ([], {"content-type": MANY}, ""),
    "a batch of which some is refused": ([GOOD, STRANGE], {"content-type": MANY}, "?partial=true"),
    "a batch that is refused for some": ([GOOD, STRANGE], {"content-type": MANY}, ""),
    "a rehearsal": (GOOD, {}, "?dry_run=true"),
    "an id of ours": (GOOD, {"x-request-id": "pos-17:4"}, ""),
    "no id": (GOOD, {"x-request-id": "<script>"}, ""),
    "another content": (OTHER_CONTENT, {}, ""),
    "an unknown dealer": (STRANGE, {}, ""),
    "many faults": ({"data": {"step": 99, "x": 1}}, {}, ""),
    "no object": ([], {}, ""),
    "unreadable": (b"{", {}, ""),
    "empty": (b"", {}, ""),
    "NUL": (b'{"a": "\\u0000"}', {}, ""),
    "deep": (b"[" * 40 + b"]" * 40, {}, ""),
    "large": (b" " * (1 << 20), {}, ""),
    "announced to be large": (b"{}", {"content-length": str(1 << 20)}, ""),
    "compressed": (GOOD, {"content-encoding": "gzip"}, ""),
    "another media type": (GOOD, {"content-type": "text/plain"}, ""),
    "another charset": (GOOD, {"content-type": f"{ONE}; charset=latin-1"}, ""),
    "an unknown parameter": (GOOD, {}, "?limit=1"),
    "a parameter twice": (GOOD, {}, "?partial=true&partial=true"),
    "a parameter that is neither": (GOOD, {}, "?dry_run=maybe"),
    "no key": (GOOD, KEYLESS, ""),
    "an unknown key": (GOOD, {"authorization": "Bearer hk_wrong"}, ""),
    "another scheme": (GOOD, {"authorization": "Basic x"}, ""),
    "a session that has ended": (GOOD, {**KEYLESS, "cookie": f"{COOKIE}=x", "origin": "http://handoff.test"}, ""),
    "a session from another site": (GOOD, {**KEYLESS, "cookie": f"{COOKIE}=x", "origin": "http://evil.test"}, ""),
    "a session from nowhere": (GOOD, {**KEYLESS, "cookie": f"{COOKIE}=x"}, ""),
    "an idempotency key": (GOOD, {"idempotency-key": "1"}, ""),
}


@pytest.fixture
def behind(app: FastAPI) -> ASGIApp:
    """The application with its log, and nothing answered before its layers."""
    log = RequestLog(app.build_middleware_stack(), app.router.routes)

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        await log({**scope, "app": app}, receive, send)

    return call


async def post(app: ASGIApp, key: str, body: Any, headers: dict[str, str], query: str) -> dict[str, Any]:
    """All there is to see of an answer but the request's own id, and what the log says of it."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {name: value for name, value in ({"authorization": key, "content-type": ONE} | headers).items() if value}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    counted = _counted()
    async with httpx.AsyncClient(transport=transport, base_url="http://handoff.test") as client:
        with capture_logs() as logged:
            answer = await client.post(f"/v1/events{query}", content=raw, headers=sent)
    request_id = answer.headers.pop("x-request-id")
    document = answer.json()
    assert document.pop("request_id", request_id) == request_id
    own = {"request_id": request_id} if request_id == headers.get("x-request-id") else {"length": len(request_id)}
    lines = [{name: line[name] for name in line if name != "milliseconds"} for line in logged]
    after = {labels: number - counted.get(labels, 0.0) for labels, number in _counted().items()}
    told = {labels: number for labels, number in after.items() if number}
    return {"status": answer.status_code, "headers": answer.headers, "body": document, "log": lines, "told": told} | own


def _counted() -> dict[tuple[str, ...], float]:
    names = ("handoff_http_requests_total", "handoff_http_request_seconds_count")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.name in names
    }


@pytest.mark.parametrize("name", REQUESTS)
async def test_the_answer_is_that_of_the_layers(app: FastAPI, events: Events, behind: ASGIApp, name: str) -> None:
    await events.send(GOOD)
    key, (body, headers, query) = events.client.headers["authorization"], REQUESTS[name]
    before = await post(app, key, body, headers, query)
    assert before == await post(behind, key, body, headers, query)
    assert [line["route"] for line in before["log"] if line["event"] == "request"] == ["/v1/events"]
    assert len(before["told"]) == 2


async def test_what_a_key_may_not_is_refused_by_both(app: FastAPI, behind: ASGIApp, key_of: KeyOf) -> None:
    for scope, dealer in (("tasks:read", DEALER), ("events:write", "porto-01")):
        key = (await key_of(scope, dealers=(dealer,))).headers["authorization"]
        before = await post(app, key, GOOD, {}, "")
        assert before == await post(behind, key, GOOD, {}, "")
        assert before["status"] in (403, 422)


def test_the_application_has_the_route_before_its_layers(app: FastAPI) -> None:
    assert isinstance(app.middleware_stack, RequestLog)
    assert isinstance(app.middleware_stack._app, DirectRoute)
