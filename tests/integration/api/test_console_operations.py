"""Operations, the wall and messages on the real database: who may look, what stands there, in each language."""

import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from console_visitor import HERE, Element, Visitor, VisitorOf, read_page
from sqlalchemy import insert, update

from harness.clocks import MovableClock
from harness.dealership import CUSTOMER, DEALER
from harness.people import TEAM_WITH_A_LEAD
from harness.provider_callbacks import OTHER_DEALER, Records
from journey_api.console.catalogue import LANGUAGES
from shared.db.schema import audit_finding, dead_letter, notification, sla_timer
from shared.ids import new_id

pytestmark = pytest.mark.database
ClientOf = Callable[[str | None], httpx.AsyncClient]
PAGES = ("/operations", "/operations/wall", "/messages")


@pytest.fixture
async def shop(records: Records) -> Records:
    """A dealership with its people and a customer."""
    people = {staff_id: {"name": staff_id, **record} for staff_id, record in TEAM_WITH_A_LEAD.items()}
    await records.open_with_case(people)
    return records


@pytest.fixture
async def lead(shop: Records, visitor_of: VisitorOf) -> Visitor:
    """Somebody of operations."""
    return await visitor_of("ops:read", "tasks:read")


async def keep_letter(shop: Records, dealer_id: str = DEALER) -> str:
    """A record that a consumer gave up; answers its id."""
    letter_id, now = new_id(), shop.clock()
    row = {
        "dead_letter_id": letter_id,
        "consumer": "handoff-worker",
        "topic": "handoff.journey.v1",
        "key": f"{dealer_id}/C-1",
        "dealer_id": dealer_id,
        "event_id": "dms-004417",
        "source": "/dms",
        "record_id": letter_id,
        "record": {},
        "reason": "LookupError: no such arrow",
        "tries": 3,
        "first_at": now,
        "last_at": now,
    }
    async with shop.database.transaction() as connection:
        await connection.execute(insert(dead_letter).values(row))
    return letter_id


def rows(page: Element, section: str) -> list[str]:
    """The ids of the rows of a section."""
    found = (one.attributes.get("id", "") for one in page.one(id=section).all("tr"))
    return [one for one in found if one]


class TestWhoMayLook:
    """Scopes, and where a person lands."""

    @pytest.mark.parametrize("path", PAGES)
    async def test_a_key_without_the_scope_is_told_which(self, shop: Records, visitor_of: VisitorOf, path: str) -> None:
        visitor = await visitor_of("tasks:read", "tasks:write")
        page = await visitor.open(path, 403)
        assert "ops:read" in page.one("main").text

    async def test_the_first_page_of_a_key_without_a_role_is_operations(
        self, shop: Records, visitor_of: VisitorOf
    ) -> None:
        visitor = await visitor_of("ops:read")
        assert (await visitor.client.get("/")).headers["location"] == "/operations"
        with_role = await visitor_of("ops:read", "tasks:read", staff_id="PS-1")
        assert (await with_role.client.get("/")).headers["location"].startswith("/board?")
        neither = await visitor_of("tasks:read")
        assert (await neither.client.get("/")).headers["location"] == "/board"

    async def test_the_navigation_shows_what_the_key_opens(self, shop: Records, visitor_of: VisitorOf) -> None:
        async def links(*scopes: str, at: str) -> set[str]:
            page = await (await visitor_of(*scopes)).open(at)
            return {one.attributes["href"] for one in page.one("nav").all("a")}

        assert await links("ops:read", at="/operations") == {"/operations", "/messages", "/playbook", "/quality"}
        assert await links("tasks:read", at="/board") == {"/board", "/journeys"}

    async def test_another_dealers_clocks_and_letters_do_not_exist(
        self, shop: Records, admin: httpx.AsyncClient, lead: Visitor
    ) -> None:
        body = {"name": "Porto", "time_zone": "Europe/Lisbon"}
        assert (await admin.put(f"/v1/dealers/{OTHER_DEALER}", json=body)).status_code == 201
        await keep_letter(shop, OTHER_DEALER)
        await lead.open(f"/operations?dealer_id={OTHER_DEALER}", 404)
        await lead.open(f"/messages?dealer_id={OTHER_DEALER}", 404)
        assert "dms-004417" not in (await lead.open("/operations")).text


class TestOperations:
    """The page of now."""

    async def test_what_is_due_next_becomes_what_is_overdue(
        self, shop: Records, clock: MovableClock, lead: Visitor
    ) -> None:
        task = await shop.create_task()
        page = await lead.open("/operations")
        (due,) = rows(page, "due")
        assert page.one(id="late").all("tr") == []
        assert page.one(id=due).one("th", scope="row").one("a").attributes["href"] == f"/tasks/{task.task_id}"
        assert "1 due in the next hour" in page.one(id="statement").text
        clock.advance(timedelta(minutes=40))
        page = await lead.open("/operations")
        assert rows(page, "late") == [due]
        statement = page.one(id="statement").text
        assert [part in statement for part in ("1 breached", "and still open", "0 %")] == [True] * 3
        assert page.one(id=due).one("handoff-countdown").attributes["state"] == "breached"
        assert "Nobody told yet" in page.one(id=due).text

    async def test_who_was_told_of_a_breach_stands_beside_it(
        self, shop: Records, clock: MovableClock, lead: Visitor, admin: httpx.AsyncClient
    ) -> None:
        task = await shop.create_task()
        (timer,) = (await admin.get("/v1/sla/timers", params={"task_id": task.task_id})).json()["items"]
        clock.advance(timedelta(minutes=40))
        async with shop.database.transaction() as connection:
            late = update(sla_timer).where(sla_timer.c.timer_id == timer["timer_id"]).values(breached_at=clock())
            await connection.execute(late)
            notice = {
                "notification_id": new_id(),
                "dealer_id": DEALER,
                "staff_id": "SM-1",
                "task_id": task.task_id,
                "message": "BREACHED",
                "purpose": "staff",
                "channel": "email",
                "status": "delivered",
                "dedupe_key": new_id(),
                "params": {"about": {"timer_id": timer["timer_id"]}},
                "created_at": clock(),
                "updated_at": clock(),
            }
            await connection.execute(insert(notification).values(notice))
        page = await lead.open("/operations")
        told = page.one(id=f"timer-{timer['timer_id']}").text
        assert "SM-1, told" in told
        assert "delivered" in told

    async def test_the_filters_of_the_address_narrow_the_page(
        self, shop: Records, clock: MovableClock, lead: Visitor
    ) -> None:
        await shop.create_task()
        assert rows(await lead.open("/operations?target=acceptance"), "due") != []
        assert rows(await lead.open("/operations?target=first_response"), "due") == []
        for wrong in ("target=weather", "from=soon", "dealer_id=none"):
            await lead.open(f"/operations?{wrong}", 404)

    async def test_a_period_the_wrong_way_round_is_said_and_can_be_corrected(
        self, shop: Records, clock: MovableClock, lead: Visitor
    ) -> None:
        await shop.create_task()
        clock.advance(timedelta(minutes=40))
        page = await lead.open("/operations?from=2026-11-21&to=2026-11-20", 422)
        assert page.one(role="alert").text == "The last day is before the first."
        assert [page.one(id=name).attributes["value"] for name in ("from", "to")] == ["2026-11-21", "2026-11-20"]
        assert page.all("div", **{"class": "multiple"}) == []
        assert rows(page, "late") != []

    async def test_the_oldest_tasks_say_whose_they_are(self, shop: Records, lead: Visitor) -> None:
        await shop.create_task()
        await shop.create_task(customer_id="C-9", case_id=None)
        told = (await lead.open("/operations")).one(id="oldest").text
        assert "C-9," in told
        assert f"{CUSTOMER}," in told

    async def test_attainment_is_of_the_period_of_the_address(
        self, shop: Records, clock: MovableClock, lead: Visitor
    ) -> None:
        await shop.create_task()
        today = clock().date()
        clock.advance(timedelta(minutes=40))
        page = await lead.open(f"/operations?from={today}&to={today}")
        groups = [one.one("h3").text for one in page.all("div", **{"class": "multiples"})]
        assert groups == ["By role", "By person", "By target"]
        assert {one.attributes["data-key"] for one in page.all("div", **{"class": "multiple"})} >= {"acceptance"}
        before = await lead.open(f"/operations?from={today - timedelta(days=9)}&to={today - timedelta(days=8)}")
        assert before.all("div", **{"class": "multiple"}) == []

    async def test_a_dead_letter_is_replayed_by_an_admin_alone(
        self, shop: Records, lead: Visitor, visitor_of: VisitorOf
    ) -> None:
        letter_id = await keep_letter(shop)
        page = await lead.open("/operations")
        row = page.one(id=f"dead-letter-{letter_id}")
        assert "LookupError: no such arrow" in row.text
        assert row.all("form") == []
        refused = await lead.post(f"/operations/dead-letters/{letter_id}/replay")
        assert refused.status_code == 403
        boss = await visitor_of("admin")
        page = await boss.open("/operations")
        answer = await boss.send(page.one(id=f"dead-letter-{letter_id}").one("form"))
        assert (answer.status_code, answer.headers["location"]) == (303, "/operations#dead-letters")
        assert "Replay asked for" in (await boss.open("/operations")).one(id=f"dead-letter-{letter_id}").text
        assert (await boss.post("/operations/dead-letters/none/replay")).status_code == 404

    async def test_freshness_says_what_waits_and_what_the_auditor_found(self, shop: Records, lead: Visitor) -> None:
        assert "Has not looked yet" in (await lead.open("/operations")).one(id="freshness").text
        async with shop.database.transaction() as connection:
            seen = [{"finding": "unfired_timers", "count": 2}, {"finding": "stale_outbox", "count": 0}]
            at = shop.clock()
            await connection.execute(insert(audit_finding), [{**one, "wall_clock_at": at} for one in seen])
        fresh = (await lead.open("/operations")).one(id="freshness").text
        assert "2 findings clocks not fired" in fresh

    async def test_links_to_files_keep_the_filters(self, shop: Records, lead: Visitor) -> None:
        page = await lead.open(f"/operations?dealer_id={DEALER}&target=acceptance")
        links = [one.attributes["href"] for one in page.all("a") if "format=csv" in one.attributes.get("href", "")]
        assert len(links) == 4
        for link in links:
            assert f"dealer_id={DEALER}" in link
            answer = await lead.client.get(link)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8"), link

    async def test_the_feed_of_the_page_goes_on_from_it(self, shop: Records, lead: Visitor) -> None:
        page = await lead.open(f"/operations?dealer_id={DEALER}")
        feed = page.one("handoff-operations").attributes["data-feed"]
        assert feed.startswith("/v1/sla/feed?")
        assert f"dealer_id={DEALER}" in feed
        assert "cursor=" in feed

    async def test_the_wall_says_the_same_without_anything_to_press(
        self, shop: Records, clock: MovableClock, lead: Visitor
    ) -> None:
        await shop.create_task()
        clock.advance(timedelta(minutes=40))
        page = await lead.open("/operations/wall")
        assert "1 breached" in page.one(id="statement").text
        assert len(page.one(id="late").all("li")) == 1
        assert [one for kind in ("a", "button", "form", "select", "nav") for one in page.all(kind)] == []


class TestMessages:
    """What was sent, held and failed."""

    async def test_each_message_says_to_whom_by_what_and_why(self, shop: Records, lead: Visitor) -> None:
        await shop.send()
        page = await lead.open("/messages")
        (row,) = [one for one in page.all("tr") if one.attributes.get("id")]
        assert "News to the customer" in row.text
        assert "***78" in row.text
        assert "taken by the provider" in row.text

    async def test_filters_are_in_the_address(self, shop: Records, lead: Visitor) -> None:
        await shop.send()
        await shop.send(reference="SM2", customer_id="C-9", status="failed")

        async def count(query: str) -> int:
            page = await lead.open(f"/messages?{query}")
            return len([one for one in page.all("tr") if one.attributes.get("id")])

        assert await count("") == 2
        assert await count("status=failed") == 1
        assert await count("customer_id=C-9") == 1
        assert await count("channel=email") == 0
        assert await count(f"dealer_id={DEALER}&from={shop.clock().date()}") == 2
        page = await lead.open("/messages?customer_id=C-9")
        assert "Customer C-9." in page.one("main").text
        for wrong in ("status=gone", "channel=pigeon", "message=HELLO"):
            await lead.open(f"/messages?{wrong}", 404)

    async def test_a_period_the_wrong_way_round_is_said_and_can_be_corrected(
        self, shop: Records, lead: Visitor
    ) -> None:
        await shop.send()
        page = await lead.open("/messages?from=2026-11-21&to=2026-11-20", 422)
        assert page.one(role="alert").text == "The last day is before the first."
        assert [page.one(id=name).attributes["value"] for name in ("from", "to")] == ["2026-11-21", "2026-11-20"]
        assert page.all("tr") == []

    async def test_more_than_a_page_goes_on_behind_a_link(self, shop: Records, lead: Visitor) -> None:
        for number in range(51):
            await shop.send(reference=f"SM{number}", at=shop.clock() + timedelta(seconds=number))
        page = await lead.open("/messages?channel=sms")
        (older,) = [one for one in page.all("a") if "cursor=" in one.attributes.get("href", "")]
        rest = await lead.open(older.attributes["href"])
        assert len([one for one in rest.all("tr") if one.attributes.get("id")]) == 1

    async def test_a_held_message_says_until_when(self, shop: Records, lead: Visitor) -> None:
        row = {
            "notification_id": new_id(),
            "dealer_id": DEALER,
            "customer_id": "C-1",
            "message": "STATUS",
            "purpose": "service",
            "channel": "sms",
            "status": "held",
            "votes": [{"layer": "window", "channel": "email", "allowed": False, "because": "quiet"}],
            "dedupe_key": new_id(),
            "scheduled_for": shop.clock() + timedelta(minutes=30),
            "created_at": shop.clock(),
            "updated_at": shop.clock(),
        }
        async with shop.database.transaction() as connection:
            await connection.execute(insert(notification).values(row))
        text = (await lead.open("/messages")).one("main").text
        assert re.search(r"until \d\d:\d\d", text)
        assert "e-mail: not allowed now" in text


class TestEveryPage:
    """What holds on all of them."""

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("path", PAGES)
    async def test_it_reads_in_each_language_and_keeps_the_policy(
        self, shop: Records, clock: MovableClock, lead: Visitor, path: str, language: str
    ) -> None:
        await shop.create_task()
        await shop.send()
        await keep_letter(shop)
        clock.advance(timedelta(minutes=40))
        answer = await lead.client.get(f"{path}?lang={language}", headers=HERE)
        assert answer.status_code == 200, answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert not re.search(r"<[^>]+\sstyle=|<script(?![^>]+src=)|\son[a-z]+=", answer.text)
        page = read_page(answer.text)
        assert page.one("html").attributes["lang"] == language
        assert (len(page.all("h1")), len(page.all("main"))) == (1, 1)
        assert "operations." not in page.one("main").text


@pytest.mark.parametrize(
    ("page", "chosen"), [("operations", "target=resolution"), ("messages", "status=failed"), ("quality", "score=-1")]
)
async def test_filters_once_chosen_stand_until_others_are(lead: Visitor, page: str, chosen: str) -> None:
    await lead.open(f"/{page}?dealer_id={DEALER}&{chosen}&from=2026-01-01&to=2026-01-31")
    await lead.open(f"/{page}?dealer_id={DEALER}")
    again = await lead.client.get(f"/{page}")
    assert (again.status_code, again.headers["location"]) == (303, f"/{page}?{chosen}&dealer_id={DEALER}")
    await lead.open(again.headers["location"])
    await lead.open(f"/{page}?{chosen.partition('=')[0]}=")
    await lead.open(f"/{page}")


async def test_a_filter_kept_for_a_dealer_somebody_else_sees_is_left_out(lead: Visitor) -> None:
    lead.client.cookies.set("messages", f"status=failed&dealer_id={OTHER_DEALER}")
    assert (await lead.client.get("/messages")).headers["location"] == "/messages?status=failed"
