"""The console's journeys and cases: search, hooks, walls, refusals, languages."""

import re
from collections.abc import Awaitable, Callable

import httpx
import pytest
from sqlalchemy import insert

from harness.clocks import MovableClock
from harness.dealership import CASE, CUSTOMER, DEALER, Dealership
from journey_api.console.catalogue import LANGUAGES, catalogue
from shared.db.engine import Database
from shared.db.schema import journey_event, routing

pytestmark = pytest.mark.database
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]
JOURNEY = f"/journeys/{DEALER}/{CUSTOMER}"
PAGES = ("/journeys", JOURNEY, f"/cases/{DEALER}/{CASE}")


@pytest.fixture
async def dealership(database: Database, clock: MovableClock) -> Dealership:
    """A dealership whose customer was seen at steps 5, 6 and 4."""
    dealership = await Dealership(database, clock).open_with_case()
    async with database.transaction(DEALER) as connection:
        for number, step in enumerate((5, 6, 4)):
            ids = {"event_id": f"E-{number}", "dealer_id": DEALER, "customer_id": CUSTOMER}
            data = {"observed_by": {"role": "salesperson", "staff_id": "SP-1"}, "occurrences": ["offer_presented"]}
            event = {"source": "/dms", "id": str(number), "step": step, "intent": "live", "content_hash": b""}
            times = {"occurred_at": dealership.clock(), "received_at": dealership.clock()}
            await connection.execute(insert(journey_event).values(**ids, **event, **times, data=data))
            routed = {"state": "routed", "case_id": CASE, "playbook_version": "1", "routed_at": dealership.clock()}
            await connection.execute(insert(routing).values(**ids, **routed))
    return dealership


async def page_of(client: httpx.AsyncClient, address: str, **headers: str) -> str:
    """A page, which keeps the policy and holds the landmarks."""
    answer = await client.get(address, headers=headers)
    assert answer.status_code == 200, answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.text.count("<h1") == 1
    assert answer.text.count("<main") == 1
    assert not re.search(r"<[^>]+\sstyle=|<script(?![^>]+src=)|\son[a-z]+=", answer.text)
    return answer.text


async def test_customers_are_found_by_name_and_number(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    put = await admin.put(f"/v1/dealers/{DEALER}/customers/C-77", json={"name": "Inês Valdouro"})
    assert put.status_code == 201, put.text
    both = await page_of(admin, "/journeys")
    assert {f'id="customer-{one}"' in both for one in (CUSTOMER, "C-77")} == {True}
    by_name = await page_of(admin, "/journeys?query=valdouro")
    assert "Inês Valdouro" in by_name
    assert f'id="customer-{CUSTOMER}"' not in by_name
    assert f'href="{JOURNEY}"' in await page_of(admin, f"/journeys?query={CUSTOMER}")
    assert "Nobody is found" in await page_of(admin, "/journeys?query=nobody-of-this-name")


async def test_more_customers_than_a_page_holds_are_reached(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    for number in range(51):
        await admin.put(f"/v1/dealers/{DEALER}/customers/D-{number:02}", json={"name": f"Number {number}"})
    first = await page_of(admin, "/journeys?query=D-")
    following = re.search(r'href="(/journeys\?[^"]*cursor=[^"]*)"', first)
    assert following is not None
    assert 'id="customer-D-50"' in await page_of(admin, following[1].replace("&amp;", "&"))


async def test_the_loop_has_every_step_and_says_where_she_is(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    page = await page_of(admin, JOURNEY)
    for form in ("loop-wide", "loop-tall"):
        drawn = page[page.index(f'class="{form}"') :].partition("</svg>")[0]
        assert sorted(map(int, re.findall(r'data-step="(\d+)"', drawn))) == list(range(1, 21))
        assert re.findall(r'data-step="(\d+)" data-now', drawn) == ["4"]
        assert drawn.count('class="node been"') == 3
        assert drawn.count('class="jump back"') == 1
    assert "back from 6" in page


async def test_the_timeline_is_newest_first_with_what_followed(
    dealership: Dealership, admin: httpx.AsyncClient
) -> None:
    task = await dealership.create_task()
    page = await page_of(admin, JOURNEY)
    timeline = page[page.index('class="timeline"') :]
    assert timeline.index("Exploring the vehicle") < timeline.index("Seeing the vehicle up close")
    assert "clock_started" in timeline
    case = await page_of(admin, f"/cases/{DEALER}/{CASE}")
    assert f'href="/tasks/{task.task_id}"' in case
    assert re.search(r'id="timer-[^"]+"', case)
    assert 'data-kind="offered"' in case


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_language_is_whole(dealership: Dealership, admin: httpx.AsyncClient, language: str) -> None:
    await dealership.create_task()
    for address in PAGES:
        page = await page_of(admin, address, **{"accept-language": language})
        assert f'<html lang="{language}"' in page
    assert catalogue(language).texts.keys() == catalogue("en").texts.keys()


async def test_another_dealers_pages_are_not_there(
    dealership: Dealership, admin: httpx.AsyncClient, key_of: KeyOf
) -> None:
    await admin.put("/v1/dealers/porto-01", json={"name": "Porto", "time_zone": "Europe/Lisbon"})
    stranger = await key_of("tasks:read", dealers=("porto-01",))
    for address in PAGES[1:]:
        assert (await stranger.get(address)).status_code == 404
        assert (await stranger.get(address.replace(DEALER, "porto-01"))).status_code == 404
    found = await page_of(stranger, f"/journeys?query={CUSTOMER}&dealer_id={DEALER}")
    assert "customer-" not in found


async def test_a_key_without_the_scope_is_told_which_one(dealership: Dealership, key_of: KeyOf) -> None:
    blind = await key_of("ops:read", dealers=(DEALER,))
    for address in PAGES:
        answer = await blind.get(address)
        assert (answer.status_code, "tasks:read" in answer.text) == (403, True)


async def test_nothing_unknown_is_shown(dealership: Dealership, admin: httpx.AsyncClient) -> None:
    for address in (f"/journeys/{DEALER}/nobody", f"/cases/{DEALER}/none", "/journeys/nowhere/C-1", "/cases/nowhere/x"):
        assert (await admin.get(address)).status_code == 404
