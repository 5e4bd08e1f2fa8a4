"""No page shows a word of another language: in Russian and Chinese what stands in Latin letters is a name or a code."""

import re
from collections.abc import Iterator

import httpx
import pytest
from console_visitor import Element, Visitor
from fastapi import FastAPI

from harness.clocks import MovableClock
from harness.dealership import DEALER, Dealership
from harness.people import TEAM_WITH_A_LEAD
from journey_api.console.settings.names import ALL
from shared.db.engine import Database

pytestmark = pytest.mark.database

_WORD = re.compile(r"[A-Za-zÀ-ÿ]{3,}")
_SPOKEN = ("aria-label", "title", "placeholder", "alt")
_CODES = frozenset({"mono", "source"})
_UNREAD = frozenset({"script", "style", "template", "title", "kbd", "code", "use"})
_NAMES = "Handoff Bootstrap key Lisboa Motors English Español Português Fallback Europe Lisbon"
_TERMS = "admin WhatsApp SMS CSV JSON VIP PIN iCalendar ics OpenAPI AsyncAPI webhook Webhook"
_TYPED = "urgent manager owner manager_of_manager group_mailbox role staff"
"""What is typed into chains of escalation."""

_ALLOWED = frozenset(f"{_NAMES} {_TERMS} {_TYPED}".split())


def latin_words(page: Element, known: frozenset[str]) -> set[str]:
    """The words of a page in Latin letters that are neither of the data nor codes."""
    found = {
        word for text in _texts(page) for word in _WORD.findall(re.sub(r"\b[\w./@+-]*[\d/@._][\w./@+-]*\b", "", text))
    }
    return {word for word in found if word not in known | _ALLOWED and not word.isupper()}


def _texts(element: Element) -> Iterator[str]:
    if element.tag in _UNREAD or _CODES & set(element.attributes.get("class", "").split()):
        return
    yield from element.words
    yield from (value for name, value in element.attributes.items() if name in _SPOKEN)
    for child in element.children:
        yield from _texts(child)


@pytest.mark.parametrize("language", ["ru", "zh"])
async def test_pages_hold_no_word_of_another_language(
    app: FastAPI, database: Database, clock: MovableClock, language: str
) -> None:
    people = {staff_id: {"name": staff_id, **record} for staff_id, record in TEAM_WITH_A_LEAD.items()}
    dealership = await Dealership(database, clock).open_with_case(people)
    task = await dealership.create_task()
    held = await dealership.create_task(matter="a", entry="SA-09-02-a")
    await dealership.act(held.task_id, "reassign", "SM-1", to_staff_id="PS-1")
    await dealership.act(held.task_id, "accept", "PS-1")
    await dealership.act(held.task_id, "wait", "PS-1", reason="parts")
    names = " ".join(f"{staff_id} {one['name']}" for staff_id, one in people.items())
    known = frozenset(_WORD.findall(f"{names} {DEALER} {task.customer_id}"))
    pages = [
        f"/board?dealer_id={DEALER}&role={task.to_role}&as=PS-1",
        f"/tasks/{task.task_id}?as=PS-1&do=handoff",
        f"/tasks/{held.task_id}?as=PS-1&do=contact",
        f"/cases/{DEALER}/{task.case_id}",
        f"/journeys/{DEALER}/{task.customer_id}",
        "/journeys",
        "/operations",
        "/operations/wall",
        "/messages",
        "/playbook",
        f"/playbook/{task.entry}",
        "/playbook/explain?step=13&observer=service_advisor&occurrence=early_ownership_problem_reported",
        "/quality",
        "/sign-out",
        *(f"/settings/{DEALER}?part={part}" for part in (*ALL, "staff&staff_id=PS-1", "staff&new=1")),
    ]
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://handoff.test") as client:
        visitor = await Visitor(client).sign_in("bootstrap-key-of-the-tests")
        client.cookies.set("lang", language)
        found = {path: words for path in pages if (words := latin_words(await visitor.open(path), known))}
    assert found == {}
