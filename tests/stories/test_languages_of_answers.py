"""Answers are worded in the language asked for, else in the dealer's, whichever route is asked."""

from typing import Any

import pytest

from harness.dealership import DEALER
from harness.running_services import FAULT, RunningServices

pytestmark = pytest.mark.database
ON_KAFKA = 0

HEEDED = {
    ("get", "/v1/dealers/{dealer_id}/cases"),
    ("get", "/v1/dealers/{dealer_id}/cases/{case_id}"),
    ("get", "/v1/dealers/{dealer_id}/cases/{case_id}/timeline"),
    ("get", "/v1/dealers/{dealer_id}/customers/{customer_id}/journey"),
    ("get", "/v1/events"),
    ("get", "/v1/events/{event_id}"),
    ("get", "/v1/messages/templates/{name}/preview"),
    ("get", "/v1/playbook/entries"),
    ("get", "/v1/playbook/entries/{entry}"),
    ("get", "/v1/quality/signals"),
    ("get", "/v1/quality/summary"),
    ("get", "/v1/sla/summary"),
    ("get", "/v1/sla/timers"),
    ("get", "/v1/sla/timers/{timer_id}"),
    ("get", "/v1/suggestions"),
    ("get", "/v1/tasks"),
    ("get", "/v1/tasks/feed"),
    ("get", "/v1/tasks/{task_id}"),
    ("get", "/v1/tasks/{task_id}/timeline"),
    ("get", "/v1/vocabulary"),
    ("post", "/v1/dealers/{dealer_id}/cases/{case_id}/close"),
    ("post", "/v1/dealers/{dealer_id}/cases/{case_id}/owner"),
    ("post", "/v1/handoffs"),
    ("post", "/v1/playbook/explain"),
    ("post", "/v1/tasks/{task_id}/{action}"),
}
"""The routes whose texts follow `Accept-Language`."""


async def answers(services: RunningServices, **headers: str) -> dict[str, Any]:
    """What the routes that word something answer about a customer's event, by path."""
    (task,) = await services.tasks()
    (event,) = (await services.get("/v1/events", dealer_id=DEALER))["items"]
    (timer, *_) = (await services.get("/v1/sla/timers", dealer_id=DEALER))["items"]
    case = f"/v1/dealers/{DEALER}/cases/{task['case_id']}"
    paths = [
        "/v1/tasks",
        f"/v1/tasks/{task['task_id']}",
        f"/v1/tasks/{task['task_id']}/timeline",
        f"/v1/events/{event['event_id']}",
        case,
        f"{case}/timeline",
        f"/v1/dealers/{DEALER}/customers/C-1/journey",
        "/v1/sla/timers",
        f"/v1/sla/timers/{timer['timer_id']}",
        f"/v1/sla/summary?dealer_id={DEALER}&by=rule",
        f"/v1/quality/summary?dealer_id={DEALER}&by=phase",
    ]
    found = {path: await services.client.get(path, headers=headers) for path in paths}
    posted = {"specversion": "1.0", "type": "handoff.journey.step.v1", "source": "/dms", "id": "asked"}
    event = {**posted, "data": {"dealer_id": DEALER, **FAULT}}
    found["explain"] = await services.client.post("/v1/playbook/explain", json=event, headers=headers)
    assert {answer.status_code for answer in found.values()} == {200}
    return {path: answer.json() for path, answer in found.items()}


async def test_without_a_language_asked_for_the_dealers_is_answered_everywhere(services: RunningServices) -> None:
    await services.open_dealer(locale="pt-PT")
    await services.add_customer("C-1", name="Ana Sousa")
    await services.post_event(**FAULT)
    plain, portuguese, english = [
        await answers(services, **headers) for headers in ({}, {"accept-language": "pt-PT"}, {"accept-language": "en"})
    ]
    assert [path for path in plain if plain[path] != portuguese[path]] == []
    assert [path for path in plain if plain[path] == english[path]] == []


async def test_who_asks_for_a_language_we_lack_gets_the_dealers_fallback(services: RunningServices) -> None:
    await services.open_dealer(locale="pt-PT", fallback_locale="es")
    await services.add_customer("C-1", name="Ana Sousa")
    await services.post_event(**FAULT)
    french, spanish = [await answers(services, **{"accept-language": tag}) for tag in ("fr", "es")]
    assert [path for path in french if french[path] != spanish[path]] == []


async def test_the_header_is_documented_wherever_it_is_heeded(services: RunningServices) -> None:
    documented = {
        (method, path)
        for path, methods in (await services.get("/openapi.json"))["paths"].items()
        for method, operation in methods.items()
        if "Accept-Language" in {one["name"] for one in operation.get("parameters", ())}
    }
    assert documented == HEEDED
