"""What people do on the board by its forms, without script: done, refused with the words kept, several at once."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from console_visitor import Element, Visitor, VisitorOf, read_page, rows_of
from sqlalchemy import select

from harness.clocks import MovableClock
from harness.dealership import CASE, CUSTOMER, DEALER, Dealership
from harness.people import TEAM_WITH_A_LEAD
from shared.commands.change_task import load_task
from shared.db.engine import Database
from shared.db.schema import comment, contact, staff_message
from shared.lifecycle import Task

pytestmark = pytest.mark.database
ROLE = "product_specialist"
BOARD = f"/board?dealer_id={DEALER}&role={ROLE}"


@pytest.fixture
async def dealership(database: Database, clock: MovableClock) -> Dealership:
    """A dealership with its people."""
    people = {staff_id: {"name": staff_id, **record} for staff_id, record in TEAM_WITH_A_LEAD.items()}
    return await Dealership(database, clock).open_with_case(people)


@pytest.fixture
async def marta(dealership: Dealership, visitor_of: VisitorOf) -> Visitor:
    """A product specialist."""
    return await visitor_of("tasks:read", "tasks:write", staff_id="PS-1")


@pytest.fixture
async def held(dealership: Dealership) -> Task:
    """A task that she has accepted."""
    task = await dealership.create_task(to_staff_id="PS-1")
    return await dealership.act(task.task_id, "accept", "PS-1")


async def now(dealership: Dealership, task: Task) -> Task:
    async with dealership.database.transaction(DEALER) as connection:
        return await load_task(connection, task.task_id)


def form_of(page: Element, action: str) -> Element:
    return page.one("aside", id="panel").one("form", data_action=action)


async def test_an_offer_is_accepted_from_its_row(dealership: Dealership, marta: Visitor) -> None:
    task = await dealership.create_task(to_staff_id="PS-1")
    page = await marta.open(f"{BOARD}&do=decline")
    row = page.one("li", id=f"task-{task.task_id}")
    answer = await marta.send(row.one("form", data_action="accept"))
    assert (answer.status_code, answer.headers["location"]) == (303, BOARD)
    assert rows_of(await marta.open(BOARD), "mine") == [task.task_id]


@pytest.mark.parametrize(
    ("action", "fields", "status"),
    [
        ("wait", {"reason": "parts", "until": "2026-11-24T10:00"}, "waiting"),
        ("complete", {"outcome": "not_needed", "note": "sorted itself out"}, "completed"),
        ("reassign", {"to_staff_id": "PS-2"}, "offered"),
        ("reassign", {"to_role": "service_manager"}, "cancelled"),
    ],
)
async def test_what_the_assignee_may_do(
    dealership: Dealership, marta: Visitor, held: Task, action: str, fields: dict[str, str], status: str
) -> None:
    page = await marta.open(f"{BOARD}&task={held.task_id}")
    answer = await marta.send(form_of(page, action), **fields)
    assert answer.status_code == 303, read_page(answer.text).one("div", role="alert").text
    assert (await now(dealership, held)).status == status


async def test_a_time_without_a_zone_is_the_dealers(
    dealership: Dealership, clock: MovableClock, marta: Visitor, held: Task
) -> None:
    page = await marta.open(f"{BOARD}&task={held.task_id}")
    await marta.send(form_of(page, "wait"), reason="parts", until="2026-12-01T09:30")
    until = (await now(dealership, held)).waiting_until
    assert until is not None
    assert until.isoformat() == "2026-12-01T09:30:00+00:00"


async def test_declining_hands_the_offer_on(dealership: Dealership, marta: Visitor) -> None:
    task = await dealership.create_task(to_staff_id="PS-1")
    page = await marta.open(f"{BOARD}&task={task.task_id}")
    answer = await marta.send(form_of(page, "decline"), reason="busy")
    assert answer.status_code == 303
    assert (await now(dealership, task)).offered_to == "PS-2"


class TestRefused:
    """What is not done, and why, in words for people; what was typed is kept."""

    async def test_the_state_does_not_allow_it(self, dealership: Dealership, marta: Visitor, held: Task) -> None:
        page = await marta.open(f"{BOARD}&task={held.task_id}")
        form = form_of(page, "complete")
        await dealership.act(held.task_id, "complete", "PS-1")
        answer = await marta.send(form, note="written with care", version="")
        again = await marta.send(form_of(page, "wait"), reason="parts", note="what I typed", version="")
        assert answer.status_code == 303
        assert again.status_code == 409
        alert = read_page(again.text).one("div", role="alert")
        assert "Not set to wait" in alert.text
        assert "bad_state" not in alert.text

    async def test_somebody_else_was_quicker(self, dealership: Dealership, marta: Visitor) -> None:
        task = await dealership.create_task()
        await dealership.act(task.task_id, "accept", "PS-2")
        await marta.open(BOARD)
        answer = await marta.post(f"/board/tasks/{task.task_id}/accept", staff_id="PS-1")
        assert answer.status_code == 409
        page = read_page(answer.text)
        assert "PS-2 has it now" in page.one("div", role="alert").text
        assert page.one("title").text.startswith("Product Specialist")

    async def test_the_task_has_changed_since(self, dealership: Dealership, marta: Visitor, held: Task) -> None:
        page = await marta.open(f"{BOARD}&task={held.task_id}")
        await dealership.act(held.task_id, "wait", "PS-1", reason="parts")
        answer = await marta.send(form_of(page, "complete"), note="kept words")
        assert answer.status_code == 412
        again = read_page(answer.text)
        assert "has changed" in again.one("div", role="alert").text
        assert again.one("textarea", id="complete-note").text == "kept words"
        assert "open" in again.one("details", id="do-complete").attributes

    @pytest.mark.parametrize(
        ("action", "fields", "field"),
        [
            ("wait", {"reason": "parts", "until": "2020-01-01T10:00"}, "until"),
            ("wait", {"reason": "parts", "until": "tomorrow"}, "until"),
            ("reassign", {}, "to_staff_id"),
            ("reassign", {"to_staff_id": "PS-2", "to_role": "salesperson"}, "to_staff_id"),
            ("message", {"kind": "answer"}, None),
            ("comment", {}, "text"),
            ("contact", {"direction": "outbound", "channel": "telephone"}, "kind"),
        ],
    )
    async def test_a_form_that_is_not_whole(
        self, marta: Visitor, held: Task, action: str, fields: dict[str, str], field: str | None
    ) -> None:
        page = await marta.open(f"{BOARD}&task={held.task_id}")
        answer = await marta.send(form_of(page, action), **fields)
        assert answer.status_code == 422
        again = read_page(answer.text)
        assert again.one("div", role="alert").text
        if field and action != "reassign":
            invalid = [one for one in again.all() if one.attributes.get("aria-invalid") == "true"]
            assert all(f"{action}-{field}" in one.attributes["id"] for one in invalid)

    async def test_it_is_shown_on_the_page_the_form_was_on(
        self, dealership: Dealership, marta: Visitor, held: Task
    ) -> None:
        page = await marta.open(f"/tasks/{held.task_id}")
        form = page.one("article", id="panel").one("form", data_action="reassign")
        answer = await marta.send(form)
        assert (answer.status_code, read_page(answer.text).one("h1").attributes["id"]) == (422, "task-title")

    async def test_text_that_cannot_be_stored(self, marta: Visitor, held: Task) -> None:
        await marta.open(BOARD)
        answer = await marta.post(f"/board/tasks/{held.task_id}/comment", staff_id="PS-1", text="a\x00b")
        assert answer.status_code == 422

    async def test_nobody_acts_as_somebody_else(self, dealership: Dealership, marta: Visitor, held: Task) -> None:
        await marta.open(BOARD)
        answer = await marta.post(f"/board/tasks/{held.task_id}/complete", staff_id="PS-2", outcome="done")
        assert answer.status_code == 403
        assert (await now(dealership, held)).status == "accepted"

    async def test_there_is_no_such_action(self, marta: Visitor, held: Task) -> None:
        assert (await marta.post(f"/board/tasks/{held.task_id}/explode", staff_id="PS-1")).status_code == 404


class TestWordsAndContacts:
    """What is said about a task, and to its customer."""

    async def rows(self, dealership: Dealership, table: Any) -> list[Any]:
        async with dealership.database.transaction(DEALER) as connection:
            return list((await connection.execute(select(table))).mappings())

    async def test_a_note_is_a_comment_of_the_case(self, dealership: Dealership, marta: Visitor, held: Task) -> None:
        page = await marta.open(f"{BOARD}&task={held.task_id}")
        answer = await marta.send(form_of(page, "comment"), text="She prefers the morning.")
        assert answer.status_code == 303
        (row,) = await self.rows(dealership, comment)
        assert (row["case_id"], row["staff_id"], row["text"]) == (CASE, "PS-1", "She prefers the morning.")

    async def test_a_call_is_logged(self, dealership: Dealership, marta: Visitor, held: Task) -> None:
        page = await marta.open(f"{BOARD}&task={held.task_id}")
        given = {"channel": "telephone", "kind": "answer", "outcome": "spoke", "text": "Explained the update."}
        assert (await marta.send(form_of(page, "contact"), **given)).status_code == 303
        (row,) = await self.rows(dealership, contact)
        assert (row["customer_id"], row["direction"], row["kind"]) == (CUSTOMER, "outbound", "answer")
        page = await marta.open(f"{BOARD}&task={held.task_id}")
        assert "Explained the update." in page.one("ol", **{"class": "history"}).text

    async def test_a_message_is_queued(self, dealership: Dealership, marta: Visitor, held: Task) -> None:
        page = await marta.open(f"{BOARD}&task={held.task_id}")
        assert (await marta.send(form_of(page, "message"), kind="answer", text="It is ready.")).status_code == 303
        (row,) = await self.rows(dealership, staff_message)
        assert (row["task_id"], row["text"]) == (held.task_id, "It is ready.")

    async def test_words_that_crossed_the_customers_are_shown_first(
        self, dealership: Dealership, clock: Any, marta: Visitor, held: Task, admin: httpx.AsyncClient
    ) -> None:
        page = await marta.open(f"{BOARD}&task={held.task_id}")
        form = form_of(page, "message")
        clock.advance(timedelta(minutes=5))
        said = {
            "dealer_id": DEALER,
            "customer_id": CUSTOMER,
            "case_id": CASE,
            "direction": "inbound",
            "channel": "message",
        }
        assert (await admin.post("/v1/contacts", json=said | {"text": "It works again"})).status_code == 201
        answer = await marta.send(form, kind="answer", text="Please come in.")
        assert answer.status_code == 409
        again = read_page(answer.text)
        assert "It works again" in again.one("div", role="alert").text
        assert again.one("textarea", id="message-text").text == "Please come in."
        assert (await marta.send(form_of(again, "message"), kind="answer", text="Please come in.")).status_code == 303
        assert len(await self.rows(dealership, staff_message)) == 1


def outcomes_of(page: Element) -> dict[str, str]:
    chosen = page.one("ul", **{"class": "outcomes"}).all("li")
    return {one.attributes["id"]: one.attributes["data-outcome"] for one in chosen}


class TestSeveralAtOnce:
    """One action on many tasks."""

    async def test_it_is_shown_before_it_is_done_and_each_has_its_outcome(
        self, dealership: Dealership, marta: Visitor
    ) -> None:
        mine = await dealership.create_task(to_staff_id="PS-1")
        other = await dealership.create_task(matter="other", entry="SA-09-02-a")
        await dealership.act(other.task_id, "accept", "PS-2")
        await marta.open(BOARD)
        given = {"dealer_id": DEALER, "role": ROLE, "staff_id": "PS-1", "action": "accept"}
        looked = await marta.post("/board/bulk", **given, task_id=[mine.task_id, other.task_id])
        page = read_page(looked.text)
        outcomes = {
            one.attributes["id"]: one.attributes["data-outcome"]
            for one in page.all("li")
            if "data-outcome" in one.attributes
        }
        assert outcomes == {f"task-{mine.task_id}": "possible", f"task-{other.task_id}": "impossible"}
        assert (await now(dealership, mine)).status == "offered"
        done = await marta.post("/board/bulk", **given, task_id=[mine.task_id, other.task_id], confirm="yes")
        page = read_page(done.text)
        outcomes = {
            one.attributes["id"]: one.attributes["data-outcome"]
            for one in page.all("li")
            if "data-outcome" in one.attributes
        }
        assert outcomes == {f"task-{mine.task_id}": "done", f"task-{other.task_id}": "refused"}
        assert "PS-2 has it now" in page.one("li", id=f"task-{other.task_id}").text
        assert (await now(dealership, mine)).assignee_id == "PS-1"

    async def test_nothing_chosen_is_said(self, dealership: Dealership, marta: Visitor) -> None:
        await marta.open(BOARD)
        given = {"dealer_id": DEALER, "role": ROLE, "staff_id": "PS-1", "action": "accept"}
        page = read_page((await marta.post("/board/bulk", **given)).text)
        assert "Nothing was chosen" in page.one("p", **{"class": "lede"}).text
