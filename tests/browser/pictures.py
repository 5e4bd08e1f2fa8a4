"""What the pictures of `docs/screens` show, and how each page is brought to it: the demo as `make run` has it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, expect

SCREENS: Final = Path(__file__).parents[2] / "docs" / "screens"
DEALER: Final = "lisboa-01"
CUSTOMER: Final = "C-1007"
"""Whose journey is shown: from the first service of the vehicle to what is being done today."""
ADMINISTRATOR: Final = "admin"
KEPT: Final = (("light", 1440), ("dark", 390))
"""Theme and width of the two pictures of each page."""


@dataclass(frozen=True)
class Picture:
    """A page by its address. `by`: who looks, by the value of their button; empty: who is not signed in.

    `shows`: what is done on it first; `at`: what stands at the top of a narrow picture.
    """

    name: str
    address: str
    by: str = ADMINISTRATOR
    shows: Callable[[Page], None] = lambda _page: None
    at: str = "body"


def explain_infotainment(page: Page) -> None:
    """Ask what the README's event would come to."""
    page.fill("#customer_id", CUSTOMER)
    page.select_option("#role", "service_advisor")
    page.select_option("#step", "13")
    page.select_option("#occurrences", "early_ownership_problem_reported")
    page.select_option("#topics", "infotainment")
    page.locator(".event-form:not(.pasted) .btn").click()
    expect(page.locator(".decision[data-is=created]").first).to_be_visible()


def preview_target(page: Page) -> None:
    """See what another target would move."""
    page.fill('[name="sla[T-46]"]', "PT40M")
    page.click('button[value="preview"]')
    expect(page.locator("#preview")).to_be_visible()


def pictures(person: str, task_id: str, case_id: str) -> tuple[Picture, ...]:
    """Every picture: the board and a task of a person, a case of the customer, and the pages that all share."""
    settings = f"/settings/{DEALER}?part="
    return (
        Picture("sign-in", "/sign-in", by=""),
        Picture("board", "/board", by=person),
        Picture("task", f"/tasks/{task_id}", by=person),
        Picture("case", f"/cases/{DEALER}/{case_id}", by=person),
        Picture("journey", f"/journeys/{DEALER}/{CUSTOMER}", by=person),
        Picture("search", "/journeys?query=C-10", by=person),
        Picture("operations", "/operations"),
        Picture("wall", "/operations/wall"),
        Picture("messages", "/messages"),
        Picture("quality", "/quality"),
        Picture("playbook", "/playbook"),
        Picture("entry", "/playbook/SA-07-01-c"),
        Picture("explain", "/playbook/explain", shows=explain_infotainment, at=".explain > section"),
        Picture("docs", "/docs"),
        *(Picture(f"settings-{part}", settings + part) for part in ("hours", "calendar", "times", "tables", "quality")),
        Picture("settings-preview", f"{settings}targets", shows=preview_target, at="#preview"),
    )


def file_of(name: str, theme: str, width: int) -> Path:
    """Where a picture lies."""
    return SCREENS / f"{name}-{theme}-{width}.png"
