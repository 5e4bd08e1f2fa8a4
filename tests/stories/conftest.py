"""The services that stories happen in."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
import pytest

from harness.answered_schemas import answered_schemas
from harness.clocks import MovableClock, real_clock_beside
from harness.memory_mail_channel import MemoryMailChannel
from harness.running_services import RunningServices
from harness.service_loops import service_loops
from harness.transports import FORMS, Form
from journey_api.main import create_app
from journey_api.settings import ApiSettings
from notifier.channels.channel import Channel
from shared.db.engine import Database
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.ruleset.loader import load_playbook

HERE = Path(__file__).parent
KEY = "bootstrap-key-of-the-stories"
ON_KAFKA = 3
"""So many stories of a file, unless it says otherwise, are trials on Kafka too; the others happen on it at night."""


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Leave of each file's stories on Kafka the first few to the trials."""
    seen: Counter[Path] = Counter()
    for item in items:
        if "[kafka" in item.name and item.path.parent == HERE:
            seen[item.path] += 1
            if seen[item.path] > getattr(item.module, "ON_KAFKA", ON_KAFKA):
                item.add_marker(pytest.mark.nightly)


@pytest.fixture(scope="session")
def playbook() -> Playbook:
    """The playbook, loaded once."""
    return load_playbook()


@pytest.fixture(
    params=["postgres", pytest.param("kafka", marks=[*FORMS["kafka"][1], pytest.mark.trial])],
)
async def transport(
    request: pytest.FixtureRequest, services_database: Database, owner_database: Database
) -> AsyncIterator[Form]:
    """Each form of the transport: every story happens on all."""
    open_form, _ = FORMS[request.param]
    async with open_form(request, services_database, owner_database) as form:
        yield form


@pytest.fixture
def settings() -> ApiSettings:
    """What the services are told; a file of stories may say more."""
    return ApiSettings(bootstrap_key=KEY)


@pytest.fixture
def mails() -> MemoryMailChannel:
    """The mails that were sent, where e-mail is among the channels."""
    return MemoryMailChannel()


@pytest.fixture
def channels() -> Mapping[str, Channel]:
    """What the notifier can send with: nothing, unless a file of stories says more."""
    return {}


@pytest.fixture
async def services(
    database: Database,
    services_database: Database,
    clock: MovableClock,
    playbook: Playbook,
    transport: Form,
    channels: Mapping[str, Channel],
    settings: ApiSettings,
) -> AsyncIterator[RunningServices]:
    """The services on one database, one clock and one transport; no dealer is there yet."""
    app = create_app(database, clock, settings, playbook=playbook)
    loops = service_loops(
        services_database,
        clock,
        channels,
        real_clock_beside(clock),
        settings.public_url,
        transport.open,
        reply_domain=settings.reply_domain,
    )
    asgi = httpx.ASGITransport(app, raise_app_exceptions=False)
    hooks = {"response": [answered_schemas(app).check]}
    headers = {"authorization": f"Bearer {settings.bootstrap_key}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=asgi, base_url="http://handoff.test", headers=headers, event_hooks=hooks) as client,
        httpx.AsyncClient(transport=asgi, base_url="http://handoff.test") as caller,
    ):
        services = RunningServices(services_database, clock, client, caller, loops)
        async with services.at_work():
            yield services
