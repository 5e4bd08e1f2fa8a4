"""docs/examples/staff-app.html, served by another origin, in a browser: sign in, see, accept, be told."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from launched_stack import until
from playwright.sync_api import Browser, Page, expect

from harness.chromium import opened_chromium

pytestmark = [pytest.mark.database, pytest.mark.processes, pytest.mark.browser]

DEALER = "lisboa-01"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, or the test is skipped where none is required."""
    with opened_chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, other_origin: str) -> Iterator[Page]:
    """The app, not signed in."""
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{other_origin}/staff-app.html")
    yield page
    context.close()


def key_of(api: httpx.Client, staff_id: str | None) -> str:
    """A key of a person."""
    body = {"name": "app", "dealers": [DEALER], "scopes": ["tasks:read", "tasks:write"], "staff_id": staff_id}
    answer = api.post("/v1/keys", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


def sign_in(page: Page, address: str, key: str) -> None:
    """Fill in the form."""
    page.fill("#address", address)
    page.fill("#key", key)
    page.click("text=Sign in")


def post(api: httpx.Client, customer_id: str) -> dict[str, Any]:
    """A customer's problem; the task of the product specialist that comes of it."""
    data = {
        "dealer_id": DEALER,
        "customer_id": customer_id,
        "step": 13,
        "observed_by": {"role": "service_advisor", "staff_id": "S-7"},
        "occurrences": ["early_ownership_problem_reported"],
        "topics": ["infotainment"],
        "facts": {"contact": {"first_receiver": "after_sales"}},
    }
    event = {"specversion": "1.0", "type": "handoff.journey.step.v1", "source": "/dms", "id": uuid4().hex, "data": data}
    headers = {"content-type": "application/cloudevents+json"}
    assert api.post("/v1/events", content=json.dumps(event), headers=headers).status_code == 202
    found: list[dict[str, Any]] = []
    query = {"dealer_id": DEALER, "customer_id": customer_id}
    until(lambda: found.extend(api.get("/v1/tasks", params=query).json()["items"]) or found)
    return found[0]


def test_a_person_sees_accepts_and_completes(page: Page, address: str, api: httpx.Client) -> None:
    first = post(api, "A-1")
    sign_in(page, address, key_of(api, "S-12"))
    row = page.locator(f"#task-{first['task_id']}")
    expect(row).to_contain_text(first["title"])
    second = post(api, "A-2")
    told = page.locator(f"#task-{second['task_id']}")
    expect(told).to_be_visible()
    row.get_by_role("button", name="Accept").click()
    expect(row).to_have_attribute("data-status", "accepted")
    row.get_by_role("button", name="Done").click()
    expect(row).to_have_count(0)
    assert api.get(f"/v1/tasks/{first['task_id']}").json()["status"] == "completed"
    # what somebody else does is seen at once
    assert api.post(f"/v1/tasks/{second['task_id']}/decline", json={"staff_id": "S-12", "reason": "busy"}).is_success
    expect(told).to_have_attribute("data-status", "offered")


def test_what_is_refused_is_said(page: Page, address: str, api: httpx.Client) -> None:
    sign_in(page, address, key_of(api, None))
    expect(page.get_by_role("alert")).to_have_text("This key is not a person's.")
    sign_in(page, address, "no-such-key")
    expect(page.get_by_role("alert")).not_to_be_empty()
    expect(page.locator("#work")).to_be_hidden()
