"""What a request leaves behind: its id in the answer, the problem and the log; figures by route; no personal data."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from harness.dealership import DEALER

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]


def requests(method: str, route: str, status: int) -> float:
    """How many requests of a route were answered with a status."""
    labels = {"method": method, "route": route, "status": str(status)}
    return REGISTRY.get_sample_value("handoff_http_requests_total", labels) or 0.0


def lines(logged: list[Any]) -> list[dict[str, Any]]:
    """The lines of requests."""
    return [dict(line) for line in logged if line["event"] == "request"]


async def test_an_answer_carries_the_id_that_was_given(admin: httpx.AsyncClient) -> None:
    answer = await admin.get("/v1/clock", headers={"x-request-id": "pos-17:4"})
    assert answer.headers["x-request-id"] == "pos-17:4"


@pytest.mark.parametrize("given", ["", "two words", "a" * 65, "ação", "<script>", "x\ty"])
async def test_what_is_no_id_is_replaced_by_one_of_ours(admin: httpx.AsyncClient, given: str) -> None:
    answer = await admin.get("/v1/clock", headers=[(b"x-request-id", given.encode())])
    assert len(answer.headers["x-request-id"]) == 36


async def test_problems_of_every_kind_name_the_request(admin: httpx.AsyncClient) -> None:
    for path, status in (("/v1/nowhere", 404), ("/v1/tasks?limit=0", 422), ("/v1/tasks/none", 404)):
        answer = await admin.get(path)
        assert answer.status_code == status
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_a_request_is_one_line_with_its_route_and_nothing_of_what_was_sent(admin: httpx.AsyncClient) -> None:
    with capture_logs() as logged:
        await admin.get(f"/v1/dealers/{DEALER}/customers/C-SECRET?limit=1")
        await admin.get("/livez")
    (line,) = lines(logged)
    assert (line["method"], line["route"]) == ("GET", "/v1/dealers/{dealer_id}/customers/{customer_id}")
    assert "SECRET" not in str(line)
    assert DEALER not in str(line)


async def test_requests_are_counted_by_route_method_and_status(
    admin: httpx.AsyncClient, provider: httpx.AsyncClient
) -> None:
    asked = (
        (admin, "GET", "/v1/tasks/none", "/v1/tasks/{task_id}", 404),
        (admin, "GET", "/v1/tasks", "/v1/tasks", 200),
        (admin, "POST", "/v1/events", "/v1/events", 415),
        (provider, "GET", "/sign-in", "/sign-in", 200),
        (provider, "GET", "/v1/tasks", "/v1/tasks", 401),
        (admin, "GET", "/no/such/page", "unmatched", 404),
    )
    for client, method, path, route, status in asked:
        before = requests(method, route, status)
        answer = await client.request(method, path)
        assert answer.status_code == status, (path, answer.text)
        assert requests(method, route, status) == before + 1, route
    timed = REGISTRY.get_sample_value("handoff_http_request_seconds_count", {"method": "GET", "route": "/v1/tasks"})
    assert timed is not None
