"""No page shows a word of another language: in Russian and Chinese what stands in Latin letters is a name or a code."""

import re
from collections.abc import Iterator

import httpx
import pytest
from console_visitor import HERE, Element, Visitor, read_page
from fastapi import FastAPI

from harness.clocks import MovableClock
from harness.dealership import DEALER, Dealership
from harness.people import TEAM_WITH_A_LEAD
from journey_api.console.catalogue import catalogue
from journey_api.console.settings.sections import ALL
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


REFUSED: list[tuple[str, dict[str, str]]] = [
    ("hours", {"calendars[default][week][mon]": "18:00-09:00", "calendars[default][week][tue]": "always"}),
    ("hours", {"calendars[default][week][mon]": "09:00-12:00, 11:00-13:00"}),
    (
        "hours",
        {"calendars[default][week][mon]": "09:00-10:00", "calendars[default][effective_from]": "3000-01-01T00:00"},
    ),
    (
        "targets",
        {"sla[T-03]": "soon", "sla[T-33]": "999d", "sla[T-09]": "PT1H", "sla[T-06]": "2d", "sla[T-05]": "PT0S"},
    ),
    ("chains", {"chains[resolution]": "P1D king x101\nPT0S owner x2", "group_mailbox": "nobody"}),
    (
        "tables",
        {"tables[case_idle_days]": "0", "tables[feedback][staff]": "janitor", "tables[inspection][0][severity]": "x"},
    ),
    ("sender", {"name": "", "sender[email_from]": "nobody", "sender[website]": "here", "sender[address]": "x" * 2_001}),
    (
        "times",
        {"quiet_hours[0][from]": "9", "quiet_hours[0][to]": "9", "patience[sms]": "PT30H", "throttle[messages]": "x"},
    ),
    ("times", {"quiet_hours[0][from]": "09:00", "quiet_hours[0][to]": "09:00", "marketing_window[from]": "25:00"}),
    ("quality", {"quality[days]": "0", "quality[spontaneous_below]": "2", "quality[uneven_over]": "much"}),
    ("keys", {"name": "", "expires_at": "2000-01-01"}),
    ("staff", {"version": "", "staff_id": "", "name": "x"}),
    ("staff", {"version": "", "staff_id": "S-99", "name": "", "capacity": "-1", "channels[0][kind]": "sms"}),
    (
        "staff",
        {
            "version": "",
            "staff_id": "S-99",
            "name": "A",
            "manager_id": "S-0",
            "channels[0][kind]": "sms",
            "channels[0][address]": "1",
        },
    ),
]
"""Forms of the settings with something wrong in them."""

TYPED = frozenset({"always", "soon", "king", "janitor", "nobody", "here", "much", "https"})
"""Words that were typed into them, and one that an address begins with."""


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
        for part, typed in REFUSED:
            path = f"/settings/{DEALER}?part={part}"
            answer = await client.post(path, data={"do": "make", "version": "1", **typed}, headers=HERE)
            page = read_page(answer.text)
            said = {one.text for one in page.all("p", **{"class": "error"})} or {page.one(role="alert").text}
            assert (answer.status_code, bool(said)) == (422, True), path
            assert catalogue(language).text("faults.other") not in page.text, path
            if words := latin_words(page, known | TYPED):
                found[f"{path} {typed}"] = words
    assert found == {}
