"""The application on the real database, with a client for each kind of caller."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from console_visitor import Visitor, VisitorOf
from event_posting import DEALER, Events
from fastapi import FastAPI

from harness.answered_schemas import answered_schemas
from harness.provider_callbacks import Records
from journey_api.access.app_state import stack_of_app
from journey_api.main import create_app
from journey_api.settings import ApiSettings
from shared.clock import Clock
from shared.db.engine import Database
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.ruleset.loader import load_playbook

BOOTSTRAP = "bootstrap-key-of-the-tests"


@pytest.fixture(scope="session")
def playbook() -> Playbook:
    """The playbook, loaded once."""
    return load_playbook()


@pytest.fixture
def settings() -> ApiSettings:
    """What the API is told; a file of tests may say more."""
    return ApiSettings(bootstrap_key=BOOTSTRAP)


@pytest.fixture
def feeds_run() -> bool:
    """Whether feeds are written and followed; a file of tests that read them says so."""
    return False


@pytest.fixture
async def app(
    database: Database, clock: Clock, playbook: Playbook, settings: ApiSettings, feeds_run: bool
) -> AsyncIterator[FastAPI]:
    """The API, running; without feeds only its intake works in the background."""
    application = create_app(database, clock, settings, playbook=playbook)
    lifespan = application.router.lifespan_context(application)
    async with lifespan if feeds_run else stack_of_app(application).intake.running():
        yield application


@pytest.fixture
async def client_of(app: FastAPI) -> AsyncIterator[Callable[[str | None], httpx.AsyncClient]]:
    """Makes a client that sends a key, or none."""
    opened: list[httpx.AsyncClient] = []
    hooks = {"response": [answered_schemas(app).check]}

    def make(key: str | None) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        base = "http://handoff.test"
        opened.append(httpx.AsyncClient(transport=transport, base_url=base, headers=headers, event_hooks=hooks))
        return opened[-1]

    yield make
    for client in opened:
        await client.aclose()


@pytest.fixture
def admin(client_of: Callable[[str | None], httpx.AsyncClient]) -> httpx.AsyncClient:
    """Every scope on every dealer."""
    return client_of(BOOTSTRAP)


@pytest.fixture
def provider(client_of: Callable[[str | None], httpx.AsyncClient]) -> httpx.AsyncClient:
    """A caller without a key, as providers are."""
    return client_of(None)


@pytest.fixture
def records(database: Database, clock: Clock) -> Records:
    """What the tables say."""
    return Records(database, clock)


@pytest.fixture
def key_of(admin: httpx.AsyncClient, client_of: Callable[[str | None], httpx.AsyncClient]) -> Callable[..., Any]:
    """Makes a client with a fresh key of some scopes and dealers."""

    async def make(*scopes: str, dealers: tuple[str, ...] = (DEALER,), **more: Any) -> httpx.AsyncClient:
        body = {"name": "a key", "dealers": list(dealers), "scopes": list(scopes), **more}
        answer = await admin.post("/v1/keys", json=body)
        assert answer.status_code == 201, answer.text
        return client_of(answer.json()["key"])

    return make


@pytest.fixture
def visitor_of(admin: httpx.AsyncClient, client_of: Callable[[str | None], httpx.AsyncClient]) -> VisitorOf:
    """Signs somebody in with a key of its own."""

    async def make(*scopes: str, dealers: tuple[str, ...] = (DEALER,), **more: Any) -> Visitor:
        body = {"name": "a key", "dealers": list(dealers), "scopes": list(scopes), **more}
        answer = await admin.post("/v1/keys", json=body)
        assert answer.status_code == 201, answer.text
        return await Visitor(client_of(None)).sign_in(answer.json()["key"])

    return make


@pytest.fixture
async def dealers(admin: httpx.AsyncClient) -> None:
    """Two dealers, open around the clock."""
    for dealer_id in (DEALER, "porto-01"):
        answer = await admin.put(f"/v1/dealers/{dealer_id}", json={"name": dealer_id, "time_zone": "Europe/Lisbon"})
        assert answer.status_code == 201, answer.text


@pytest.fixture
def events(admin: httpx.AsyncClient, dealers: None) -> Events:
    """Posts events as an admin, to dealers that exist."""
    return Events(admin)
