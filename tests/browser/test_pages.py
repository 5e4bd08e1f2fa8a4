"""Every page of the console for everybody: no finding of axe, nothing wider than the screen, in both themes."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from dealership import Dealership
from pictures import KEPT
from playwright.sync_api import Page
from visits import Complaints, SignedIn

LONGEST = "docs"
"""Its 23,000 elements take axe as long as all other pages: it is searched where pictures are kept."""


def addresses(shop: Dealership) -> dict[str, str]:
    """The pages that are not the board, by name, with something on each."""
    task = shop.report_problem(first_receiver="sales")
    shop.give(task, "PS-1", accepted=True)
    event = {"step": 13, "observer": "service_advisor", "occurrence": "early_ownership_problem_reported"}
    return {
        "search": "/journeys?query=Valdouro",
        "journey": f"/journeys/{shop.dealer_id}/{task['customer_id']}",
        "case": f"/cases/{shop.dealer_id}/{task['case_id']}",
        "task": f"/tasks/{task['task_id']}",
        "playbook": "/playbook",
        "phase": "/playbook?phase=delivery",
        "entry": f"/playbook/{task['entry']}",
        "explain": "/playbook/explain?" + "&".join(f"{name}={value}" for name, value in event.items()),
        LONGEST: "/docs",
        "missing": "/tasks/nothing-here",
    }


def findings(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds, with the places."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_on_any_page(
    shop: Dealership, sign_in: SignedIn, complaints: Complaints, theme: str, width: int
) -> None:
    complaints.expect("404")
    page = sign_in("PS-1", width=width, theme=theme)
    for name, path in addresses(shop).items():
        page.goto(path)
        found = findings(page) if name != LONGEST or (theme, width) in KEPT else []
        assert found == [], f"{name}: {json.dumps(found)[:2000]}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.locator("h1").count() == 1, name
