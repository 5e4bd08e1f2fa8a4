"""The services on which stories are played."""

from collections.abc import AsyncIterator

import httpx
import pytest
from harness.clocks import MovableClock
from harness.running_services import RunningServices
from harness.transports import FORMS

from handoff_worker.routing.consumer import Worker
from journey_api.main import create_app
from notifier.consumers.consumer import Hearing
from notifier.context import Means
from notifier.timers.scheduler import Ticker
from shared.db.engine import Database
from shared.messaging.bus import Transport
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.ruleset.loader import load_playbook
from shared.process.settings import Settings

KEY = "bootstrap-key-of-the-stories"


@pytest.fixture(scope="session")
def playbook() -> Playbook:
    """The playbook, loaded once."""
    return load_playbook()


@pytest.fixture(
    params=["postgres", pytest.param("kafka", marks=[*FORMS["kafka"][1], pytest.mark.trial])],
)
async def transport(
    request: pytest.FixtureRequest, database: Database, owner_database: Database
) -> AsyncIterator[Transport]:
    """Each form of it: every story is played on all."""
    open_form, _ = FORMS[request.param]
    async with open_form(request, database, owner_database) as form:
        yield form.open()


@pytest.fixture
async def services(
    database: Database, clock: MovableClock, playbook: Playbook, transport: Transport
) -> AsyncIterator[RunningServices]:
    """The services on one database, one clock and one transport; no dealer is there yet."""
    app = create_app(database, clock, Settings(bootstrap_key=KEY), playbook=playbook)
    headers = {"authorization": f"Bearer {KEY}"}
    async with app.router.lifespan_context(app):
        asgi = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=asgi, base_url="http://handoff.test", headers=headers) as client:
            worker, hearing = Worker(playbook, clock), Hearing(Means({}), clock, clock)
            played = RunningServices(database, clock, client, worker, hearing, Ticker(database, clock))
            async with played.at_work(transport):
                yield played
