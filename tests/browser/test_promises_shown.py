"""Promises in a browser: on the task, the case and the journey, for everybody, in both themes and on a phone."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from dealership import Dealership
from playwright.sync_api import expect
from visits import SignedIn


def promise(shop: Dealership, task: dict[str, Any], **given: Any) -> dict[str, Any]:
    """A promise about the task's matter, due in two days."""
    due_at = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    about = {name: task[name] for name in ("dealer_id", "customer_id", "case_id", "task_id")}
    body = {**about, "staff_id": "PS-1", "kind": "date", "text": "The screen is mended.", "due_at": due_at, **given}
    answer = shop.api.post("/v1/promises", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pages_with_promises_are_for_everybody(shop: Dealership, sign_in: SignedIn, theme: str, width: int) -> None:
    task = shop.report_problem("Sr. Montalvim")
    shop.give(task, "PS-1", accepted=True)
    one = promise(shop, task, amount=250.5, currency="EUR", kind="cost", text="It costs at most 250.50 euros.")
    shop.api.post(f"/v1/promises/{one['promise_id']}/keep", json={"amount": 240})
    promise(shop, task)
    page = sign_in("PS-1", f"/tasks/{task['task_id']}", width=width, theme=theme)
    paths = {
        "task": f"/tasks/{task['task_id']}?do=promise",
        "case": f"/cases/{shop.dealer_id}/{task['case_id']}",
        "journey": f"/journeys/{shop.dealer_id}/{task['customer_id']}",
    }
    for path in paths.values():
        page.goto(path)
        expect(page.locator(".promises > li")).to_have_count(2)
        expect(page.locator(".promises .left")).to_contain_text("1 day")
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == [], json.dumps(found)[
            :2000
        ]
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_promise_is_kept_on_the_panel(shop: Dealership, sign_in: SignedIn) -> None:
    task = shop.report_problem()
    shop.give(task, "PS-1", accepted=True)
    one = promise(shop, task)
    page = sign_in("PS-1", f"/tasks/{task['task_id']}?as=PS-1")
    at = f"#do-keep-{one['promise_id']}"
    expect(page.locator(f"#promise-{one['promise_id']} handoff-countdown")).to_be_visible()
    page.locator(f"{at} summary").click()
    page.locator(f"{at} form button").click()
    expect(page.locator(f"#promise-{one['promise_id']}")).to_have_attribute("data-state", "kept")
