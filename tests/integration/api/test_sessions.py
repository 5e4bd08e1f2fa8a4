"""Browsers: signed in with a key, held to their own pages, signed out; tickets for feeds; other origins."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from journey_api.access.app_state import stack_of_app
from journey_api.main import create_app
from journey_api.settings import ApiSettings
from shared.clock import Clock
from shared.db.engine import Database
from shared.playbook.ruleset.entries import Playbook

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]
ClientOf = Callable[[str | None], httpx.AsyncClient]
HERE = {"origin": "http://handoff.test"}
BOOTSTRAP = "bootstrap-key-of-the-tests"
DEALER = "lisboa-01"


class RealTime:
    """Real time that moves when it is told to."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The present instant."""
        return self.at

    def advance(self, **by: float) -> None:
        """Move on."""
        self.at += timedelta(**by)


@pytest.fixture
def real() -> RealTime:
    """The clock of sessions, tickets and keys."""
    return RealTime()


@pytest.fixture
async def app(
    database: Database, clock: Clock, playbook: Playbook, settings: ApiSettings, real: RealTime
) -> AsyncIterator[FastAPI]:
    """The API on a real time of its own."""
    application = create_app(database, clock, settings, playbook=playbook, real=real)
    async with stack_of_app(application).intake.running():
        yield application


@pytest.fixture
async def browser(client_of: ClientOf) -> httpx.AsyncClient:
    """A browser that is signed in with the bootstrap key."""
    visitor = client_of(None)
    answer = await visitor.post("/v1/session", json={"key": BOOTSTRAP})
    assert answer.status_code == 204, answer.text
    return visitor


def code_of(answer: httpx.Response) -> str:
    """The problem that an answer is."""
    return str(answer.json()["type"]).removeprefix("urn:handoff:problem:")


class TestSessions:
    """What the cookie may do, and when it ends."""

    async def test_a_key_becomes_a_cookie_that_scripts_cannot_read(self, client_of: ClientOf) -> None:
        answer = await client_of(None).post("/v1/session", json={"key": BOOTSTRAP})
        cookie = answer.headers["set-cookie"].lower()
        assert cookie.startswith("handoff_session=")
        assert {"httponly", "samesite=lax", "path=/"} <= {part.strip() for part in cookie.split(";")}
        assert "secure" not in cookie
        assert BOOTSTRAP not in cookie

    @pytest.mark.parametrize("settings", [ApiSettings(bootstrap_key=BOOTSTRAP, public_url="https://handoff.example")])
    async def test_behind_https_the_cookie_travels_by_https_only(self, client_of: ClientOf) -> None:
        answer = await client_of(None).post("/v1/session", json={"key": BOOTSTRAP})
        assert "secure" in answer.headers["set-cookie"].lower()

    @pytest.mark.parametrize(
        ("body", "status"), [({"key": "hk_nobody"}, 401), ({}, 422), ({"key": ""}, 422), ({"key": 1}, 422)]
    )
    async def test_what_begins_no_session(self, client_of: ClientOf, body: Any, status: int) -> None:
        answer = await client_of(None).post("/v1/session", json=body)
        assert (answer.status_code, "set-cookie" in answer.headers) == (status, False)

    async def test_the_session_reads_without_more_and_writes_from_its_own_pages(
        self, browser: httpx.AsyncClient
    ) -> None:
        assert (await browser.get("/v1/keys")).status_code == 200
        wanted = {"name": "app", "dealers": [DEALER], "scopes": ["tasks:read"]}
        for headers in ({}, {"origin": "null"}, {"origin": "https://evil.test"}, {"referer": "https://evil.test/a"}):
            refused = await browser.post("/v1/keys", json=wanted, headers=headers)
            assert (refused.status_code, code_of(refused)) == (403, "cross_site")
        for headers in (HERE, {"referer": "http://handoff.test/board"}):
            assert (await browser.post("/v1/keys", json=wanted, headers=headers)).status_code == 201

    async def test_events_are_held_to_it_too(self, browser: httpx.AsyncClient) -> None:
        sent = {"content-type": "application/cloudevents-batch+json"}
        assert code_of(await browser.post("/v1/events", content=b"[{}]", headers=sent)) == "cross_site"
        assert (await browser.post("/v1/events", content=b"[{}]", headers=sent | HERE)).status_code == 422

    async def test_a_bearer_beside_the_cookie_wins_and_needs_no_origin(
        self, browser: httpx.AsyncClient, admin: httpx.AsyncClient
    ) -> None:
        wanted = {"name": "app", "dealers": [DEALER], "scopes": ["tasks:read"]}
        key = (await admin.post("/v1/keys", json=wanted)).json()["key"]
        bearer = {"authorization": f"Bearer {key}"}
        assert (await browser.post("/v1/keys", json=wanted, headers=bearer)).json()["title"] == "scope"
        assert (await browser.get("/v1/me", headers=bearer)).json()["name"] == "app"

    async def test_it_ends_after_twelve_idle_hours(self, browser: httpx.AsyncClient, real: RealTime) -> None:
        for _ in range(3):
            real.advance(hours=11, minutes=59)
            assert (await browser.get("/v1/clock")).status_code == 200
        real.advance(hours=12)
        ended = await browser.get("/v1/clock")
        assert (ended.status_code, code_of(ended)) == (401, "session_ended")

    async def test_it_ends_after_seven_days_however_busy(self, browser: httpx.AsyncClient, real: RealTime) -> None:
        for _ in range(27):
            real.advance(hours=6)
            assert (await browser.get("/v1/clock")).status_code == 200
        real.advance(hours=6)
        assert (await browser.get("/v1/clock")).status_code == 401

    async def test_it_ends_with_its_key(
        self, client_of: ClientOf, admin: httpx.AsyncClient, real: RealTime, browser: httpx.AsyncClient
    ) -> None:
        wanted = {"name": "app", "dealers": [DEALER], "scopes": ["tasks:read"]}
        ends = (real() + timedelta(hours=1)).isoformat()
        withdrawn = (await admin.post("/v1/keys", json=wanted)).json()
        expiring = (await admin.post("/v1/keys", json=wanted | {"expires_at": ends})).json()
        visitors = []
        for made in (withdrawn, expiring):
            visitors.append(client_of(None))
            assert (await visitors[-1].post("/v1/session", json={"key": made["key"]})).status_code == 204
            assert (await visitors[-1].get("/v1/clock")).status_code == 200
        await admin.delete(f"/v1/keys/{withdrawn['key_id']}")
        real.advance(hours=1)
        answers = [await visitor.get("/v1/clock") for visitor in visitors]
        assert [code_of(answer) for answer in answers] == ["key_withdrawn", "key_expired"]
        assert (await browser.get("/v1/clock")).status_code == 200

    async def test_signing_out_ends_it_and_takes_the_cookie_back(self, browser: httpx.AsyncClient) -> None:
        stolen = {"cookie": f"handoff_session={browser.cookies['handoff_session']}"}
        assert (await browser.delete("/v1/session")).status_code == 403
        assert (await browser.delete("/v1/session", headers=HERE)).status_code == 204
        assert "handoff_session" not in browser.cookies
        assert (await browser.get("/v1/clock", headers=stolen)).status_code == 401
        assert (await browser.delete("/v1/session", headers=HERE)).status_code == 401


class TestMe:
    """Who the caller is."""

    async def test_the_bootstrap_key_is_nobody_with_every_dealer(self, admin: httpx.AsyncClient) -> None:
        me = (await admin.get("/v1/me")).json()
        assert (me["key_id"], me["scopes"], me["staff"]) == ("bootstrap", ["admin"], None)
        assert [one["dealer_id"] for one in me["dealers"]] == [DEALER, "porto-01"]
        assert (await admin.put("/v1/me/presence", json={"presence": "off"})).status_code == 403

    async def test_a_person_says_whether_they_are_at_work(self, admin: httpx.AsyncClient, key_of: KeyOf) -> None:
        record = {"name": "Marta S.", "roles": ["salesperson"], "lead_of": ["salesperson"], "skills": ["price"]}
        await admin.put(f"/v1/dealers/{DEALER}/staff/S-1", json=record)
        person = await key_of("tasks:read", staff_id="S-1")
        me = (await person.get("/v1/me")).json()
        assert me["staff"] == {
            "staff_id": "S-1",
            "name": "Marta S.",
            "roles": ["salesperson"],
            "lead_of": ["salesperson"],
            "presence": "present",
            "dealer_id": DEALER,
        }
        answer = await person.put("/v1/me/presence", json={"presence": "away"})
        assert (answer.status_code, answer.json()["staff"]["presence"]) == (200, "away")
        stored = (await admin.get(f"/v1/dealers/{DEALER}/staff/S-1")).json()
        assert (stored["presence"], stored["skills"], stored["version"]) == ("away", ["price"], 2)
        assert (await person.put("/v1/me/presence", json={"presence": "asleep"})).status_code == 422


class TestTickets:
    """A feed without a header."""

    async def ref(self, client: httpx.AsyncClient) -> str:
        """A new ticket of a client's key."""
        answer = await client.post("/v1/feed-tickets", json={})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["ticket"])

    async def opens(self, client: httpx.AsyncClient, ref: str) -> int:
        """The status of a feed that the ticket asks for; a cursor that is none ends the answer at once."""
        params = {"ticket": ref, "cursor": "none"}
        return (await client.get("/v1/tasks/feed", params=params)).status_code

    async def test_a_ticket_opens_feeds_for_a_minute(
        self, provider: httpx.AsyncClient, key_of: KeyOf, real: RealTime
    ) -> None:
        reader = await key_of("tasks:read")
        early, late = await self.ref(reader), await self.ref(reader)
        real.advance(seconds=59)
        assert await self.opens(provider, early) == 422
        real.advance(seconds=1)
        assert await self.opens(provider, late) == 401
        assert await self.opens(provider, "ft_nothing") == 401

    async def test_what_has_opened_a_stream_opens_it_again_for_twelve_hours(
        self, provider: httpx.AsyncClient, key_of: KeyOf, real: RealTime
    ) -> None:
        ref = await self.ref(await key_of("tasks:read"))
        assert await self.opens(provider, ref) == 422
        real.advance(hours=11)
        assert await self.opens(provider, ref) == 422
        real.advance(hours=1)
        assert await self.opens(provider, ref) == 401

    async def test_it_has_the_scopes_of_its_key_and_dies_with_it(
        self, provider: httpx.AsyncClient, admin: httpx.AsyncClient, client_of: ClientOf
    ) -> None:
        wanted = {"name": "dms", "dealers": [DEALER], "scopes": ["events:write"]}
        made = (await admin.post("/v1/keys", json=wanted)).json()
        ref = await self.ref(client_of(made["key"]))
        assert await self.opens(provider, ref) == 403
        await admin.delete(f"/v1/keys/{made['key_id']}")
        assert await self.opens(provider, ref) == 401

    async def test_a_ticket_opens_nothing_else(self, provider: httpx.AsyncClient, admin: httpx.AsyncClient) -> None:
        ref = await self.ref(admin)
        assert (await provider.get("/v1/tasks", params={"ticket": ref})).status_code in (401, 422)
        assert (await provider.get("/v1/clock", params={"ticket": ref})).status_code in (401, 422)


APP = "https://app.example"


class TestOtherOrigins:
    """Pages of other origins call with a bearer key, if they are listed."""

    @pytest.fixture(params=[f"{APP},https://other.example", "*"])
    def settings(self, request: pytest.FixtureRequest) -> ApiSettings:
        """An installation that lets a staff app in."""
        return ApiSettings(bootstrap_key=BOOTSTRAP, cors_origins=request.param)

    async def test_a_listed_origin_may_read_answers_and_errors(self, admin: httpx.AsyncClient) -> None:
        asked = (("GET", "/v1/clock", 200), ("GET", "/v1/tasks/none", 404), ("GET", "/v1/sla/timers?limit=0", 422))
        for method, path, status in (*asked, ("POST", "/v1/events", 415)):
            answer = await admin.request(method, path, headers={"origin": APP})
            assert answer.status_code == status
            assert answer.headers["access-control-allow-origin"] in (APP, "*")
            assert "access-control-allow-credentials" not in answer.headers
            exposed = {name.strip() for name in answer.headers["access-control-expose-headers"].split(",")}
            assert exposed == {"ETag", "Retry-After", "Location", "Idempotent-Replayed", "X-Request-ID"}

    async def test_the_browser_asks_first(self, provider: httpx.AsyncClient) -> None:
        asked = {
            "origin": APP,
            "access-control-request-method": "PATCH",
            "access-control-request-headers": "authorization,content-type,if-match,idempotency-key",
        }
        answer = await provider.options("/v1/tasks/T-1/accept", headers=asked)
        assert answer.status_code == 200
        assert "PATCH" in answer.headers["access-control-allow-methods"]
        assert "if-match" in answer.headers["access-control-allow-headers"].lower()


async def test_an_unlisted_origin_gets_an_answer_without_headers(admin: httpx.AsyncClient) -> None:
    answer = await admin.get("/v1/clock", headers={"origin": "https://evil.test"})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]
