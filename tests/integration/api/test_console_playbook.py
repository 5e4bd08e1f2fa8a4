"""The console's playbook: every arrow on the map, an arrow's page, events explained without a trace."""

import json
import re
from collections.abc import Awaitable, Callable

import httpx
import pytest
from console_visitor import read_page
from event_posting import DEALER, Events
from sqlalchemy import func, select

from journey_api.console.catalogue import LANGUAGES
from shared.db.engine import Database
from shared.db.schema import journey_event, routing, task
from shared.playbook.ruleset.entries import Playbook

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]
PAGES = ("/playbook", "/playbook/SA-07-01-c", "/playbook/explain")
FORM = {
    "dealer_id": DEALER,
    "customer_id": "C-1001",
    "role": "service_advisor",
    "step": "13",
    "occurrences": "early_ownership_problem_reported",
    "topics": "infotainment",
    "facts.contact.first_receiver": "after_sales",
}


async def page_of(client: httpx.AsyncClient, address: str, **headers: str) -> str:
    """A page, which keeps the policy and holds the landmarks."""
    answer = await client.get(address, headers=headers)
    assert answer.status_code == 200, answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert (answer.text.count("<h1"), answer.text.count("<main")) == (1, 1)
    assert not re.search(r"<[^>]+\sstyle=|<script(?![^>]+src=)|\son[a-z]+=", answer.text)
    return answer.text


def marks(page: str) -> list[str]:
    """The arrows on the map, in its order."""
    return re.findall(r'<(?:rect|circle) [^>]*data-entry="([^"]+)"', page)


def muted(page: str) -> set[str]:
    """The arrows that the filters leave out."""
    return set(re.findall(r'muted-mark" data-entry="([^"]+)"', page))


def decisions(page: str) -> dict[str, str]:
    """Outcomes by entry."""
    return dict(re.findall(r'class="decision" data-entry="([^"]*)" data-outcome="([^"]*)"', page))


async def test_every_arrow_is_one_mark(admin: httpx.AsyncClient, playbook: Playbook) -> None:
    page = await page_of(admin, "/playbook")
    assert len(marks(page)) == 209
    assert set(marks(page)) == {arrow.entry_id for arrow in playbook.arrows}
    squares = set(re.findall(r'<rect class="u-deliver" data-entry="([^"]+)"', page))
    assert squares == {arrow.entry_id for arrow in playbook.arrows if arrow.kind == "deliver"}
    assert muted(page) == set()


async def test_filters_keep_the_frame(admin: httpx.AsyncClient, playbook: Playbook) -> None:
    page = await page_of(admin, "/playbook?phase=07")
    assert len(marks(page)) == 209
    assert set(marks(page)) - muted(page) == {arrow.entry_id for arrow in playbook.arrows if arrow.phase == "07"}
    page = await page_of(admin, "/playbook?role=parts_manager")
    assert {arrow.split("-")[0] for arrow in set(marks(page)) - muted(page)} <= {"SA", "SP", "SM"}
    assert len(set(marks(page)) - muted(page)) == 2
    for wrong in ("/playbook?phase=11", "/playbook?role=nobody"):
        assert (await admin.get(wrong)).status_code == 404


async def test_a_cell_opens_its_arrows(admin: httpx.AsyncClient, playbook: Playbook) -> None:
    page = await page_of(admin, "/playbook?role=service_advisor&to=product_specialist")
    own = {a.entry_id for a in playbook.arrows if (a.from_role, a.to_role) == ("service_advisor", "product_specialist")}
    assert all(f'href="/playbook/{entry}"' in page for entry in own)
    assert set(marks(page)) - muted(page) == own


async def test_every_entry_has_a_page(admin: httpx.AsyncClient, playbook: Playbook) -> None:
    for entry in ("SA-07-01-c", "SM-01-02-a", "IN-07", "FB-13", "FB-05", "OWNER-DECISION"):
        assert entry in playbook.entries
        assert entry in await page_of(admin, f"/playbook/{entry}")
    page = await page_of(admin, "/playbook/SA-07-01-c")
    assert "The matter is infotainment or charging" in page
    assert str(playbook.entries["SA-07-01-c"].source) in page
    assert "It has not fired yet." in page
    assert (await admin.get("/playbook/XX-00-00-z")).status_code == 404


async def test_a_form_is_explained_and_nothing_is_stored(admin: httpx.AsyncClient, database: Database) -> None:
    answer = await admin.post("/playbook/explain", data=FORM)
    assert answer.status_code == 200, answer.text
    found = decisions(answer.text)
    assert found["SA-07-01-c"] == "created"
    assert found["SA-07-01-a"] == "not_met"
    async with database.transaction() as connection:
        for table in (journey_event, routing, task):
            assert await connection.scalar(select(func.count()).select_from(table)) == 0


async def test_the_form_of_an_arrow_asks_about_it_as_it_stands(admin: httpx.AsyncClient, playbook: Playbook) -> None:
    for activity in playbook.activities:
        if not activity.arrows:
            continue
        entry = activity.arrows[0].entry_id
        form = read_page(await page_of(admin, f"/playbook/explain?entry={entry}")).all("form")[0]
        fields = {one.attributes["name"]: [one.attributes.get("value", "")] for one in form.all("input")}
        for one in form.all("select"):
            chosen = (option for option in one.all("option") if "selected" in option.attributes)
            fields[one.attributes["name"]] = [option.attributes["value"] for option in chosen]
        answer = await admin.post("/playbook/explain", data=fields)
        assert entry in decisions(answer.text), entry


async def test_what_the_form_made_can_be_pasted(admin: httpx.AsyncClient, events: Events) -> None:
    pasted = json.dumps(events.event())
    of_json = await admin.post("/playbook/explain", data={"event": pasted})
    over_http = await admin.post("/v1/playbook/explain", json=events.event())
    assert decisions(of_json.text) == {one["entry"] or "": one["outcome"] for one in over_http.json()["decisions"]}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"event": "no json"}, "cannot be read as JSON"),
        ({"event": "[]"}, "has to be an object"),
        ({"event": "{}"}, "/data"),
        ({**FORM, "role": "nobody"}, "/data/observed_by/role"),
        ({**FORM, "facts.visit.waiting_customers": "many"}, "/data/facts/visit/waiting_customers"),
    ],
)
async def test_what_is_no_event_is_refused_and_kept(admin: httpx.AsyncClient, typed: dict[str, str], said: str) -> None:
    answer = await admin.post("/playbook/explain", data=typed)
    assert answer.status_code in (400, 422)
    assert 'role="alert"' in answer.text
    assert said in answer.text
    if "event" in typed:
        assert f">{typed['event'].replace(chr(34), '&#34;')}</textarea>" in answer.text


async def test_more_than_can_be_read_is_said_to_be_too_much(admin: httpx.AsyncClient) -> None:
    answer = await admin.post("/playbook/explain", data={"event": "x" * 2_000_000})
    assert answer.status_code == 413
    assert "Less than a megabyte" in answer.text


async def test_another_dealer_is_not_explained(admin: httpx.AsyncClient, key_of: KeyOf) -> None:
    stranger = await key_of("ops:read", dealers=("porto-01",))
    answer = await stranger.post("/playbook/explain", data=FORM)
    assert (answer.status_code, "/data/dealer_id" in answer.text) == (422, True)


async def test_a_key_without_the_scope_is_told_which_one(key_of: KeyOf) -> None:
    blind = await key_of("tasks:read")
    for address in PAGES:
        answer = await blind.get(address)
        assert (answer.status_code, "ops:read" in answer.text) == (403, True)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_language_is_whole(admin: httpx.AsyncClient, language: str) -> None:
    for address in PAGES:
        assert f'<html lang="{language}"' in await page_of(admin, address, **{"accept-language": language})
    answer = await admin.post("/playbook/explain", data=FORM, headers={"accept-language": language})
    assert (answer.status_code, decisions(answer.text)["SA-07-01-c"]) == (200, "created")
