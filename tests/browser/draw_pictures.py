"""`make pictures`: the demo dealership, started as `make run` starts it, in the pictures of `docs/screens`.

Its clock begins in its opening hours and its own mail server takes its mails. No test: pytest gives it the browser.
"""

from pathlib import Path
from typing import Any

import httpx
from launched_stack import handoff_up, until
from pictures import CUSTOMER, DEALER, KEPT, Picture, file_of, pictures
from playwright.sync_api import Browser, Page

LOADED_WITHIN = 240
AT_WORK = 12
"""So many mails have arrived before the first picture is taken."""


def test_the_pictures_are_drawn(browser: Browser, tmp_path: Path) -> None:
    with handoff_up(tmp_path / "data", {}) as stack:
        address = stack.address()
        until(lambda: "the demo is loaded" in stack.said(), LOADED_WITHIN)
        headers = {"authorization": f"Bearer {stack.key()}"}
        with httpx.Client(base_url=address, headers=headers, timeout=30, trust_env=False) as api:
            until(lambda: len(found(api, "/v1/notifications", status="delivered", limit=AT_WORK)) == AT_WORK, 240)
            person, task_id = busiest(api)
            case_id = found(api, f"/v1/dealers/{DEALER}/cases", customer_id=CUSTOMER)[0]["case_id"]
        for theme, width in KEPT:
            for picture in pictures(person, task_id, case_id):
                draw(browser, address, picture, theme, width)


def found(api: httpx.Client, path: str, **query: Any) -> list[dict[str, Any]]:
    """The items of a list."""
    answer = api.get(path, params={"dealer_id": DEALER, **query} if "/dealers/" not in path else query)
    answer.raise_for_status()
    return list(answer.json()["items"])


def busiest(api: httpx.Client) -> tuple[str, str]:
    """Whoever has most in hand, and the most pressing of it that has a clock."""
    tasks = [one for one in found(api, "/v1/tasks", limit=200) if one["offered_to"] or one["assignee_id"]]
    work: dict[str, list[dict[str, Any]]] = {}
    for task in tasks:
        if any(timer["state"] == "running" for timer in task["timers"]):
            work.setdefault(task["assignee_id"] or task["offered_to"], []).append(task)
    person = max(sorted(work), key=lambda one: len(work[one]))
    return person, work[person][0]["task_id"]


def draw(browser: Browser, address: str, picture: Picture, theme: str, width: int) -> None:
    """Take one picture, as far down as a window shows it."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": 900},
        color_scheme=theme,  # type: ignore[arg-type]
        locale="en-GB",
    )
    page = context.new_page()
    page.goto("/sign-in?lang=en")
    if picture.by:
        page.locator(f"button[name=as][value='{picture.by}']").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto(picture.address)
    picture.shows(page)
    settle(page)
    if width == KEPT[1][1]:
        page.locator(picture.at).first.evaluate("(one) => one.scrollIntoView()")
    page.screenshot(path=file_of(picture.name, theme, width))
    page.goto("about:blank")
    context.close()


def settle(page: Page) -> None:
    """Wait for fonts, and for the feed where the page follows one; nothing has the focus."""
    page.evaluate("document.fonts.ready")
    if page.locator("#live").count():
        page.locator("#live:not([data-state])").wait_for(state="attached")
    page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)")
