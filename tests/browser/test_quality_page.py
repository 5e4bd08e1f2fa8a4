"""The page of quality, the moments of a journey and a customer's experience in a task, for everybody."""

import json
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from dealership import Dealership
from launched_stack import until
from visits import SignedIn


@pytest.fixture
def treated(shop: Dealership) -> dict[str, Any]:
    """A task of a customer who complained of a person, and was offered a choice."""
    task = shop.report_problem()
    said = {"feedback": {"sentiment": "negative", "about": ["staff"]}}
    event = {
        "specversion": "1.0",
        "type": "handoff.journey.step.v1",
        "source": "/browser-tests",
        "id": f"{shop.dealer_id}-complaint",
        "data": {
            "dealer_id": shop.dealer_id,
            "customer_id": task["customer_id"],
            "step": 14,
            "observed_by": {"role": "service_advisor", "staff_id": "SA-1"},
            "occurrences": ["ownership_feedback_received"],
            "facts": said,
        },
    }
    answer = shop.api.post("/v1/events", json=event, headers={"content-type": "application/cloudevents+json"})
    assert answer.status_code == 202, answer.text
    offer = {
        "dealer_id": shop.dealer_id,
        "customer_id": task["customer_id"],
        "direction": "outbound",
        "channel": "message",
        "kind": "proposal",
        "options": 2,
        "staff_id": "SA-1",
    }
    assert shop.api.post("/v1/contacts", json=offer).status_code == 201

    def judged() -> bool:
        found = shop.api.get("/v1/quality/contacts", params={"dealer_id": shop.dealer_id}).json()["items"]
        return {one["score"] for one in found} >= {-1, 1}

    until(judged, 30)
    return task


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(
    shop: Dealership, treated: dict[str, Any], sign_in: SignedIn, theme: str, width: int
) -> None:
    page = sign_in("CX-1", "", width=width, theme=theme)
    journey = f"/journeys/{shop.dealer_id}/{treated['customer_id']}"
    for name, path in (("task", f"/tasks/{treated['task_id']}"), ("journey", journey), ("quality", "/quality")):
        page.goto(path)
        if name == "quality":
            page.locator(".signals summary").click()
            page.evaluate("scrollTo(0, 0)")
        found = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == [], json.dumps(found)[:2000]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_the_page_is_read_and_filtered_without_script(
    shop: Dealership, treated: dict[str, Any], sign_in: SignedIn
) -> None:
    page = sign_in("CX-1", "/quality", script=False)
    assert page.locator(".moments tbody tr").first.get_attribute("data-score") == "tragic"
    page.select_option("[name=score]", "1")
    page.locator(".filters .btn").click()
    page.wait_for_load_state()
    assert "score=1" in page.url
    assert {row.get_attribute("data-score") for row in page.locator(".moments tbody tr").all()} == {"enchanted"}
    page.locator(".moments tbody td a").first.click()
    assert f"/journeys/{shop.dealer_id}/{treated['customer_id']}" in page.url
