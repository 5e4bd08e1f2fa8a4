"""The board's pages on the real database: lanes, panel, who acts, walls, sign-in, static files."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from console_visitor import HERE, Visitor, VisitorOf, read_page, rows_of
from fastapi import FastAPI

from harness.clocks import MovableClock
from harness.dealership import DEALER, Dealership
from harness.people import TEAM_WITH_A_LEAD
from journey_api.console.catalogue import LANGUAGES
from journey_api.console.task_rows import LANES
from shared.db.engine import Database
from shared.lifecycle import KINDS, Invalid, Refused

pytestmark = pytest.mark.database
BOOTSTRAP = "bootstrap-key-of-the-tests"
ROLE = "product_specialist"
BOARD = f"/board?dealer_id={DEALER}&role={ROLE}"
ClientOf = Callable[[str | None], httpx.AsyncClient]


@pytest.fixture
async def dealership(database: Database, clock: MovableClock) -> Dealership:
    """A dealership with its people."""
    people = {staff_id: {"name": staff_id, **record} for staff_id, record in TEAM_WITH_A_LEAD.items()}
    return await Dealership(database, clock).open_with_case(people)


@pytest.fixture
async def marta(dealership: Dealership, visitor_of: VisitorOf) -> Visitor:
    """A product specialist who looks at her own board."""
    return await visitor_of("tasks:read", "tasks:write", staff_id="PS-1")


class TestLanes:
    """What stands where."""

    async def test_each_task_stands_in_the_lane_of_whoever_looks(self, dealership: Dealership, marta: Visitor) -> None:
        offered = await dealership.create_task()
        held = await dealership.create_task(matter="a", entry="SA-09-02-a")
        waits = await dealership.create_task(matter="b", entry="SA-09-09-b")
        for task in (held, waits):
            await dealership.act(task.task_id, "reassign", "SM-1", to_staff_id="PS-1")
            await dealership.act(task.task_id, "accept", "PS-1")
        await dealership.act(waits.task_id, "wait", "PS-1", reason="parts")
        page = await marta.open(BOARD)
        lanes = {lane: rows_of(page, lane) for lane in ("mine", "waiting", "queue", "completed")}
        assert lanes == {"mine": [held.task_id], "waiting": [waits.task_id], "queue": [], "completed": []}
        expected = [offered.task_id] if offered.offered_to == "PS-1" else []
        assert rows_of(page, "offers") == expected
        await dealership.act(held.task_id, "complete", "PS-1")
        page = await marta.open(BOARD)
        assert rows_of(page, "completed") == [held.task_id]

    async def test_a_view_shows_one_lane_until_another_is_chosen(self, dealership: Dealership, marta: Visitor) -> None:
        async def lanes(address: str) -> list[str]:
            page = await marta.open(address)
            return [one.attributes["id"] for one in page.all("section", **{"class": "lane"})]

        assert await lanes(f"{BOARD}&view=mine") == await lanes(BOARD) == ["mine"]
        assert await lanes(f"{BOARD}&view=") == await lanes(BOARD) == list(LANES)

    async def test_a_request_to_join_is_an_offer_to_everybody(self, dealership: Dealership, marta: Visitor) -> None:
        task = await dealership.create_task(kind="interact", mode="joint")
        page = await marta.open(BOARD)
        assert rows_of(page, "offers") == [task.task_id]
        assert "1 request to join" in page.one("p", id="lede").text

    async def test_the_page_holds_what_programs_rely_on(self, dealership: Dealership, marta: Visitor) -> None:
        task = await dealership.create_task(to_staff_id="PS-1")
        page = await marta.open(BOARD)
        assert len(page.all("h1")) == len(page.all("main")) == 1
        assert page.one("nav", aria_label="Main")
        row = page.one("li", id=f"task-{task.task_id}")
        assert {one.attributes["state"] for one in row.all("handoff-countdown")} <= {
            "running", "warning", "breached", "paused", "closed", "met",
        }  # fmt: skip
        assert page.one("article" if page.all("article") else "aside", id="panel")


class TestWhoActs:
    """Keys with and without a person."""

    async def test_without_a_person_the_board_is_read_only_and_says_so(
        self, dealership: Dealership, visitor_of: VisitorOf
    ) -> None:
        task = await dealership.create_task()
        app = await visitor_of("tasks:read", "tasks:write")
        page = await app.open(BOARD)
        assert "can only be read" in page.one("p", role="note", **{"class": "notice"}).text
        assert not page.all("form", data_action="accept")
        holders = [one.attributes["value"] for one in page.one("select", id="as").all("option")]
        assert holders == ["", "PS-1", "PS-2", "PS-3"]
        said = " ".join(page.one(id=part).text for part in ("lede", "offers", "mine"))
        assert ("offered to people of the role" in said, "Nothing is in hand." in said) == (True, True)
        assert not re.search(r"\byou\b|\byours?\b", said, re.IGNORECASE), said
        page = await app.open(f"{BOARD}&as={task.offered_to}")
        assert page.all("form", data_action="accept")

    async def test_nobody_acts_as_a_person_of_another_role(self, dealership: Dealership, visitor_of: VisitorOf) -> None:
        app = await visitor_of("tasks:read", "tasks:write")
        page = await app.open(f"{BOARD}&as=SA-1")
        assert page.all("p", role="note", **{"class": "notice"})

    async def test_a_key_that_may_only_read_has_no_buttons(self, dealership: Dealership, visitor_of: VisitorOf) -> None:
        await dealership.create_task(to_staff_id="PS-1")
        reader = await visitor_of("tasks:read", staff_id="PS-1")
        page = await reader.open(BOARD)
        assert not page.all("form", data_action="accept")

    @pytest.mark.parametrize("person", ["PS-1", "PS-2", "SM-1", "SA-1"])
    async def test_a_chosen_row_of_every_kind_and_state_is_drawn_for_everybody(
        self, dealership: Dealership, visitor_of: VisitorOf, person: str
    ) -> None:
        """With the keys of what it offers, whoever looks: a lead may do to a row what its people may not."""
        tasks = [await dealership.create_task(kind=kind, matter=kind) for kind in KINDS]
        steps: tuple[tuple[str, dict[str, Any]], ...] = (
            ("accept", {}),
            ("wait", {"until": dealership.clock() + timedelta(days=1), "reason": "customer"}),
            ("resume", {}),
            ("complete", {"outcome": "done"}),
        )
        reader = await visitor_of("tasks:read", "tasks:write")
        drawn: set[tuple[str, str]] = set()
        for step in (None, *steps):
            for task in tasks:
                if step is not None:
                    with suppress(Refused, Invalid):
                        await dealership.act(task.task_id, step[0], task.offered_to or "PS-1", **step[1])
                page = await reader.open(f"{BOARD}&as={person}&task={task.task_id}")
                for row in page.all("li", id=f"task-{task.task_id}"):
                    drawn |= {(task.kind, one.attributes["data-do"]) for one in row.all("a", **{"class": "btn"})}
        wanted = {"PS-1": {("deliver", "complete")}, "SM-1": {("interact", "reassign")}}
        assert drawn >= wanted.get(person, set()), drawn

    async def test_presence_is_set_by_a_form(self, dealership: Dealership, marta: Visitor) -> None:
        await marta.open(BOARD)
        answer = await marta.post("/board/presence", presence="away")
        assert (answer.status_code, answer.headers["location"]) == (303, BOARD)
        page = await marta.open(BOARD)
        chosen = [one.attributes["value"] for one in page.one("select", id="presence").all("option", selected="")]
        assert chosen == ["away"]
        assert (await marta.post("/board/presence", presence="gone")).status_code == 422


class TestPanel:
    """The task in hand."""

    async def test_it_says_why_and_how_to_reach_the_customer(self, dealership: Dealership, marta: Visitor) -> None:
        why = {
            "occurrence": "early_ownership_problem_reported",
            "source": "001:1705",
            "conditions": [
                {"id": "infotainment_or_charging", "met": True, "facts": []},
                {"id": "negative_feedback", "met": None, "facts": [{"path": "feedback.sentiment", "value": None}]},
                {"id": "vip_customer", "met": False, "facts": [{"path": "customer.vip", "value": False}]},
            ],
        }
        task = await dealership.create_task(why=why, to_staff_id="PS-1")
        page = await marta.open(f"{BOARD}&task={task.task_id}")
        panel = page.one("aside", id="panel")
        assert [one.attributes["data-is"] for one in panel.all("span", **{"class": "truth"})][:3] == [
            "met", "unknown", "unmet",
        ]  # fmt: skip
        assert "not recorded" in panel.text
        (way,) = panel.all("ul", **{"class": "channels"})
        assert "WhatsApp" in way.text
        assert "+351912345678" in way.text

    async def test_the_assignee_sees_the_address(self, dealership: Dealership, marta: Visitor) -> None:
        task = await dealership.create_task(to_staff_id="PS-1")
        await dealership.act(task.task_id, "accept", "PS-1")
        page = await marta.open(f"/tasks/{task.task_id}")
        assert "+351912345678" in page.one("article", id="panel").text

    async def test_a_task_alone_is_a_page(self, dealership: Dealership, marta: Visitor) -> None:
        task = await dealership.create_task()
        page = await marta.open(f"/tasks/{task.task_id}")
        assert page.one("h1", id="task-title").text
        assert (await marta.open("/tasks/unknown", 404)).one("h1").text == "Nothing here"

    async def test_changes_are_rows_of_the_tasks_asked_for(self, dealership: Dealership, marta: Visitor) -> None:
        first = await dealership.create_task(to_staff_id="PS-1")
        second = await dealership.create_task(matter="other", entry="SA-09-02-a", to_staff_id="PS-2")
        address = f"/board/changes?dealer_id={DEALER}&role={ROLE}&id={first.task_id}&id={second.task_id}"
        page = await marta.open(f"{address}&task={first.task_id}")
        assert [one.attributes["data-lane"] for one in page.all("li", id=f"task-{first.task_id}")] == ["offers"]
        assert not page.all("li", id=f"task-{second.task_id}")
        assert page.one("aside", id="panel").attributes["data-task"] == first.task_id


class TestWalls:
    """What a key may not see."""

    async def test_another_dealers_board_and_tasks_are_not_there(
        self, dealership: Dealership, database: Database, clock: MovableClock, marta: Visitor
    ) -> None:
        other = await Dealership(database, clock, dealer_id="porto-01").open_dealer()
        task = await other.create_task()
        page = await marta.open(f"/board?dealer_id=porto-01&role={ROLE}")
        assert page.one("span", **{"class": "where"}).text == "Lisboa Motors"
        assert task.task_id not in str(page)
        await marta.open(f"/tasks/{task.task_id}", 404)
        answer = await marta.post(f"/board/tasks/{task.task_id}/accept", staff_id="PS-1")
        assert answer.status_code == 404
        answer = await marta.post("/board/handoffs", dealer_id="porto-01", staff_id="PS-1", entry="IN-01")
        assert answer.status_code == 404
        answer = await marta.post("/board/bulk", dealer_id="porto-01", action="accept", task_id=task.task_id)
        assert answer.status_code == 404
        page = await marta.open(f"/board/changes?dealer_id=porto-01&role={ROLE}&id={task.task_id}")
        assert not page.all("li", id=f"task-{task.task_id}")

    async def test_the_page_says_which_scope_is_missing(self, dealership: Dealership, visitor_of: VisitorOf) -> None:
        visitor = await visitor_of("ops:read")
        page = await visitor.open(BOARD, 403)
        assert "tasks:read" in page.one("p", role="alert").text

    async def test_a_page_that_is_refused_speaks_the_persons_language(
        self, dealership: Dealership, admin: httpx.AsyncClient, visitor_of: VisitorOf
    ) -> None:
        person = (await admin.get("/v1/dealers/lisboa-01/staff/PS-1")).json() | {"locale": "ru"}
        (await admin.put("/v1/dealers/lisboa-01/staff/PS-1", json=person)).raise_for_status()
        visitor = await visitor_of("tasks:read", staff_id="PS-1")
        answer = await visitor.client.get("/operations", headers={"accept-language": "zh"})
        assert (answer.status_code, 'lang="ru"' in answer.text) == (403, True)

    async def test_a_form_of_another_site_changes_nothing(self, dealership: Dealership, marta: Visitor) -> None:
        task = await dealership.create_task(to_staff_id="PS-1")
        for headers in ({}, {"origin": "http://evil.test"}, {"origin": "null"}):
            path = f"/board/tasks/{task.task_id}/accept"
            answer = await marta.client.post(path, data={"staff_id": "PS-1"}, headers=headers)
            assert answer.status_code == 403
            assert "another page" in read_page(answer.text).one("h1").text
        page = await marta.open(BOARD)
        assert rows_of(page, "offers") == [task.task_id]

    async def test_every_page_carries_the_policy_and_nothing_inline(
        self, dealership: Dealership, marta: Visitor
    ) -> None:
        await dealership.create_task(to_staff_id="PS-1")
        for address in (BOARD, "/sign-in", "/sign-out", "/tasks/none"):
            answer = await marta.client.get(address)
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            page = read_page(answer.text)
            assert not page.all("style")
            assert all("src" in one.attributes for one in page.all("script"))
            every = page.all()
            assert not [
                one for one in every if "style" in one.attributes or any(a.startswith("on") for a in one.attributes)
            ]


class TestSigningIn:
    """How a session begins."""

    async def test_who_is_not_signed_in_comes_back_after_it(self, dealership: Dealership, client_of: ClientOf) -> None:
        client = client_of(None)
        answer = await client.get(BOARD)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")
        page = read_page((await client.get(answer.headers["location"])).text)
        assert {one.attributes["value"] for one in page.all("input", name="next")} == {BOARD}
        done = await client.post("/sign-in", data={"key": BOOTSTRAP, "next": BOARD}, headers=HERE)
        assert done.headers["location"] == BOARD
        away = await client.post("/sign-in", data={"key": BOOTSTRAP, "next": "//evil.test"}, headers=HERE)
        assert away.headers["location"] == "/"

    async def test_a_withdrawn_key_says_so(
        self, dealership: Dealership, admin: httpx.AsyncClient, client_of: ClientOf
    ) -> None:
        made = (await admin.post("/v1/keys", json={"name": "a", "dealers": [DEALER], "scopes": ["tasks:read"]})).json()
        visitor = await Visitor(client_of(None)).sign_in(made["key"])
        assert (await admin.delete(f"/v1/keys/{made['key_id']}")).status_code == 204
        answer = await visitor.client.get(BOARD)
        assert (answer.status_code, "why=key_withdrawn" in answer.headers["location"]) == (303, True)
        answer = await client_of(None).post("/sign-in", data={"key": made["key"]}, headers=HERE)
        assert answer.status_code == 401
        assert "withdrawn" in read_page(answer.text).one("p", role="alert").text

    async def test_a_form_of_an_ended_session_is_not_answered_as_if_it_was_accepted(
        self, dealership: Dealership, marta: Visitor, admin: httpx.AsyncClient
    ) -> None:
        task = await dealership.create_task(to_staff_id="PS-1")
        page = await marta.open(BOARD)
        (key,) = [one for one in (await admin.get("/v1/keys")).json()["items"] if one["staff_id"] == "PS-1"]
        await admin.delete(f"/v1/keys/{key['key_id']}")
        form = page.one("li", id=f"task-{task.task_id}").one("form", data_action="accept")
        answer = await marta.send(form)
        assert answer.status_code == 401
        alert = read_page(answer.text).one("p", role="alert")
        assert "nothing was changed" in alert.text
        way_back = parse_qs(urlsplit(alert.one("a").attributes["href"]).query)
        assert way_back == {"next": [BOARD], "why": ["key_withdrawn"]}

    async def test_one_click_is_for_the_demo_only(self, dealership: Dealership, client_of: ClientOf) -> None:
        client = client_of(None)
        assert not read_page((await client.get("/sign-in")).text).all("button", name="as")
        answer = await client.post("/sign-in", data={"as": "admin"}, headers=HERE)
        assert answer.status_code == 403


async def test_static_files_are_kept_for_ever_under_their_hash(app: FastAPI, client_of: ClientOf) -> None:
    client = client_of(None)
    page = read_page((await client.get("/sign-in")).text)
    address = page.all("link", rel="stylesheet")[-1].attributes["href"]
    answer = await client.get(address)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/css")
    assert (await client.get(address.replace("/static/", "/static/x"))).status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_language_has_the_board_whole(dealership: Dealership, visitor_of: VisitorOf, language: str) -> None:
    task = await dealership.create_task(to_staff_id="PS-1")
    visitor = await visitor_of("tasks:read", "tasks:write", staff_id="PS-1")
    page = await visitor.open(f"{BOARD}&task={task.task_id}&lang={language}")
    assert page.one("html").attributes["lang"] == language
    assert visitor.client.cookies["lang"] == language
