"""The console's page of quality: the worst first, filters in the address, levels, signals, refusals, languages."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from harness.clocks import MovableClock
from harness.dealership import CASE, CUSTOMER, DEALER, Dealership
from journey_api.console.catalogue import LANGUAGES, catalogue
from shared.db.engine import Database
from shared.db.schema import moment

pytestmark = pytest.mark.database
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def dealership(database: Database, clock: MovableClock) -> Dealership:
    """A dealership with a tragic, an apathetic and an enchanted moment of one customer."""
    dealership = await Dealership(database, clock).open_with_case()
    rows = [
        row("tragic", -1, ["late_answer"], clock, minutes=30),
        row("plain", 0, [], clock, minutes=20),
        row("enchanted", 1, ["unasked"], clock, minutes=10, role="salesperson", staff_id=None, step=9, phase="commit"),
    ]
    async with database.transaction(DEALER) as connection:
        await connection.execute(insert(moment), rows)
    return dealership


def row(
    moment_id: str, score: int, flags: list[str], clock: MovableClock, *, minutes: int, **given: Any
) -> dict[str, Any]:
    """A stored moment, so many minutes old."""
    plain = {
        "moment_id": moment_id,
        "dealer_id": DEALER,
        "customer_id": CUSTOMER,
        "case_id": CASE,
        "kind": "contact",
        "id": moment_id,
        "at": clock() - timedelta(minutes=minutes),
        "live": True,
        "step": 13,
        "phase": "enjoy",
        "channel": "message",
        "role": "service_advisor",
        "staff_id": "SA-1",
        "direction": "inbound",
        "feedback": None,
        "entry": None,
        "seen": {},
    }
    return plain | {"score": score, "flags": flags, "flag_count": len(flags)} | given


async def page_of(client: httpx.AsyncClient, address: str, status: int = 200, **headers: str) -> str:
    """A page, which keeps the policy and holds the landmarks."""
    answer = await client.get(address, headers=headers)
    assert answer.status_code == status, answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert (answer.text.count("<h1"), answer.text.count("<main")) == (1, 1)
    assert not re.search(r"<[^>]+\sstyle=|<script(?![^>]+src=)|\son[a-z]+=", answer.text)
    return answer.text


def moments_of(page: str) -> list[str]:
    """The moments of a page, from the top."""
    return re.findall(r'<tr id="moment-([^"]+)"', page)


@pytest.mark.usefixtures("dealership")
async def test_the_worst_stand_at_the_top_and_lead_to_customer_and_case(admin: httpx.AsyncClient) -> None:
    page = await page_of(admin, "/quality")
    assert moments_of(page) == ["tragic", "plain", "enchanted"]
    assert f'href="/journeys/{DEALER}/{CUSTOMER}"' in page
    assert f'href="/cases/{DEALER}/{CASE}">Answered late</a>' in page
    assert 'href="/quality" aria-current="page"' in page


@pytest.mark.usefixtures("dealership")
async def test_every_filter_stands_in_the_address(admin: httpx.AsyncClient) -> None:
    for query, wanted in (
        ("score=-1", ["tragic"]),
        ("role=salesperson", ["enchanted"]),
        ("step=9", ["enchanted"]),
        ("flag=late_answer", ["tragic"]),
        ("to=2020-01-01", []),
        ("from=2020-01-01", ["tragic", "plain", "enchanted"]),
    ):
        page = await page_of(admin, f"/quality?dealer_id={DEALER}&{query}")
        assert moments_of(page) == wanted, query
    for query in ("score=7", "role=cook", "step=99", "flag=none", "dealer_id=other"):
        await page_of(admin, f"/quality?{query}", 404 if query != "dealer_id=other" else 200)


@pytest.mark.usefixtures("dealership")
async def test_a_period_the_wrong_way_round_is_said_and_can_be_corrected(admin: httpx.AsyncClient) -> None:
    page = await page_of(admin, f"/quality?dealer_id={DEALER}&from=2026-11-21&to=2026-11-20", 422)
    assert 'role="alert">The last day is before the first.<' in page
    assert 'name="from" value="2026-11-21"' in page
    assert 'name="to" value="2026-11-20"' in page
    assert moments_of(page) == []


@pytest.mark.usefixtures("dealership")
async def test_levels_and_every_signal_are_shown(admin: httpx.AsyncClient) -> None:
    page = await page_of(admin, "/quality")
    assert "Too little to say" in page
    assert all(f">Q-{number:02}</span>" in page for number in range(1, 31))
    assert all(f">STD-{number:02}</span>" in page for number in range(1, 12))


@pytest.mark.usefixtures("dealership")
async def test_a_key_without_the_scope_is_told_which_is_missing(key_of: KeyOf) -> None:
    assert "ops:read" in await page_of(await key_of("tasks:read"), "/quality", 403)


@pytest.mark.usefixtures("dealership")
async def test_the_journey_shows_her_moments(admin: httpx.AsyncClient) -> None:
    page = await page_of(admin, f"/journeys/{DEALER}/{CUSTOMER}")
    assert "Tragic, step 13" in page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.usefixtures("dealership")
async def test_the_page_is_in_every_language(admin: httpx.AsyncClient, language: str) -> None:
    page = await page_of(admin, "/quality", **{"accept-language": language})
    assert f'<html lang="{language}"' in page
    assert catalogue(language).text("quality.moments_title") in page
