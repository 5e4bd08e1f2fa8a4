"""The ways through the code that docs/architecture.md describes are those that are walked.

`pytest -s` on this file also prints how many modules and packages a way enters, all services in one process, and how
many statements and transactions it takes.
"""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from harness.clocks import MovableClock
from harness.dealership import CUSTOMER, DEALER
from harness.documented_figures import assert_near
from harness.gateways import Gateway, gateways
from harness.memory_mail_channel import MemoryMailChannel
from harness.names import EASY_ACCESS
from harness.provider_signatures import twilio_signature
from harness.running_services import RunningServices
from harness.statement_count import effects
from harness.transports import Form, PostgresForm
from journey_api.settings import ApiSettings
from notifier.channels.channel import Channel
from notifier.channels.sms import SmsAccount, SmsChannel
from shared.db.engine import Database

ROOT = Path(__file__).parents[2]
Databases = tuple[Database, Database]
PUBLIC = "https://handoff.example"
NUMBER = "+351912345678"


@dataclass
class Walk:
    """The functions that were entered, as `package/file.py:name`."""

    functions: set[str] = field(default_factory=set)

    @property
    def modules(self) -> set[str]:
        """The files of the product that were entered."""
        return {one.partition(":")[0] for one in self.functions}

    @property
    def packages(self) -> set[str]:
        """Their folders."""
        return {one.rpartition("/")[0] for one in self.modules}


def documented(way: str) -> list[str]:
    """The functions that the way's paragraph names."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    paragraph = text.partition(f"- **{way}**")[2].partition("\n- **")[0].partition("\n\n## ")[0]
    return re.findall(r"`([\w/]+\.py:\w+)`", paragraph)


@contextmanager
def walked(way: str, *databases: Database) -> Iterator[Walk]:
    """Notes what is entered within, and prints the figures of the way."""
    walk = Walk()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        _, found, place = code.co_filename.partition("/src/")
        if event == "call" and found and code.co_filename.startswith(str(ROOT)) and "/.venv/" not in code.co_filename:
            walk.functions.add(f"{place}:{code.co_name}")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        with effects(*databases) as counted:
            yield walk
    finally:
        sys.setprofile(before)
    figures = f"{len(walk.modules)} modules in {len(walk.packages)} packages"
    sys.stdout.write(f"\n{way} {figures}, {sum(counted)} statements in {len(counted)} transactions\n")


@pytest.fixture
def databases(database: Database, services_database: Database) -> Databases:
    """As the API and as worker and notifier see it."""
    return database, services_database


@pytest.fixture
async def gateway(clock: MovableClock) -> AsyncIterator[Gateway]:
    """The provider of SMS."""
    async with gateways(clock, 1) as (gateway,):
        yield gateway


@pytest.fixture
async def channels(gateway: Gateway, mails: MemoryMailChannel) -> AsyncIterator[Mapping[str, Channel]]:
    """SMS and e-mail."""
    sms = SmsChannel((gateway.url,), SmsAccount(gateway.account, gateway.token, "+351210000000", PUBLIC))
    yield {"sms": sms, "email": mails}
    await sms.close()


@pytest.fixture
def settings(settings: ApiSettings, gateway: Gateway) -> ApiSettings:
    """With what the provider signs with."""
    return settings.model_copy(update={"sms_token": gateway.token, "public_url": PUBLIC})


@pytest.fixture(autouse=True)
async def dealer(services: RunningServices) -> None:
    """Open around the clock, with a customer who can be written to."""
    await services.open_dealer()
    await services.add_customer(
        CUSTOMER, name="Ana Sousa", locale="en", channels=[{"kind": "sms", "address": NUMBER, "verified": True}]
    )


async def report_problem(services: RunningServices, role: str) -> str:
    """A problem of the infotainment, seen by a role."""
    return await services.post_event(
        customer_id=CUSTOMER,
        observed_by={"role": role, "staff_id": f"S-{role}"},
        topics=["infotainment", "service_request"],
        step=EASY_ACCESS,
        vehicle={"vin": "VIN-1", "delivered_on": "2026-10-05"},
        facts={"contact": {"first_receiver": "sales"}},
    )


def check(way: str, walk: Walk, transport: Form) -> None:
    """Everything named was entered and, without a broker, about as many modules and packages as the document says."""
    named = documented(way)
    assert len(named) > 5
    assert [one for one in named if one not in walk.functions] == []
    if isinstance(transport, PostgresForm):
        assert_near(way[0].lower() + way[1:-1], [len(walk.modules), len(walk.packages)])


async def test_an_event_becomes_a_task(services: RunningServices, databases: Databases, transport: Form) -> None:
    way = "An event becomes a task."
    with walked(way, *databases) as walk:
        await report_problem(services, "service_advisor")
    assert await services.tasks()
    check(way, walk, transport)


async def test_an_accepted_task_calls_for_the_next_arrow(
    services: RunningServices, databases: Databases, transport: Form
) -> None:
    way = "An accepted task calls for the next arrow."
    await report_problem(services, "salesperson")
    (task,) = [one for one in await services.tasks() if one["to_role"] == "service_advisor"]
    with walked(way, *databases) as walk:
        await services.act(task["task_id"], "accept", "S-service_advisor")
    check(way, walk, transport)


async def test_an_inbound_text_message_is_acknowledged(
    services: RunningServices, databases: Databases, gateway: Gateway, transport: Form
) -> None:
    way = "An inbound text message is acknowledged."
    url = f"{PUBLIC}/v1/callbacks/sms/inbound"
    form = {"From": NUMBER, "To": "+351210000000", "Body": "The screen is black", "MessageSid": "SM1"}
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": twilio_signature(url, form, gateway.token),
    }
    with walked(way, *databases) as walk:
        answer = await services.caller.post("/v1/callbacks/sms/inbound", content=urlencode(form), headers=headers)
        await services.settle()
    assert answer.status_code == 200
    assert [one.to for one in gateway.ledger] == [NUMBER]
    check(way, walk, transport)


async def test_a_due_clock_becomes_a_message(services: RunningServices, databases: Databases, transport: Form) -> None:
    way = "A due clock becomes a message."
    await services.add_staff("S-late", ["product_specialist"], channels=[{"kind": "sms", "address": "+351912000001"}])
    await report_problem(services, "service_advisor")
    with walked(way, *databases) as walk:
        await services.advance(minutes=16)
    assert "BREACHED" in {one["message"] for one in await services.notifications()}
    check(way, walk, transport)


async def test_a_browsers_sign_in_leads_to_a_live_board(
    services: RunningServices, databases: Databases, transport: Form
) -> None:
    way = "A browser's sign-in leads to a live board."
    body = {"name": "a key", "dealers": [DEALER], "scopes": ["tasks:read"], "staff_id": "S-service_advisor"}
    key = (await services.client.post("/v1/keys", json=body)).json()["key"]
    place = {"dealer_id": DEALER, "role": "service_advisor"}
    async with httpx.AsyncClient(transport=services.caller._transport, base_url=PUBLIC) as browser:
        with walked(way, *databases) as walk:
            await browser.post("/sign-in", data={"key": key}, headers={"origin": PUBLIC})
            board = await browser.get("/board", params=place)
            await report_problem(services, "salesperson")
            (feed,) = re.findall('data-feed="([^"]+)"', board.text)
            task_id = (await first_event(browser, unescape(feed)))["task"]["task_id"]
            changes = await browser.get("/board/changes", params={**place, "id": task_id})
    assert task_id not in board.text
    assert task_id in changes.text
    check(way, walk, transport)


async def first_event(browser: httpx.AsyncClient, address: str) -> dict[str, Any]:
    """The data of the first event of a feed, which does not end by itself."""
    transport, said, heard = browser._transport, bytearray(), asyncio.Event()
    assert isinstance(transport, httpx.ASGITransport)
    request = browser.build_request("GET", address)

    async def receive() -> dict[str, Any]:
        await heard.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        said.extend(message.get("body", b""))
        if b"\ndata: " in said:
            heard.set()

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": None,
        "server": None,
    }
    await transport.app(scope, receive, send)
    data: dict[str, Any] = json.loads(said.partition(b"\ndata: ")[2].partition(b"\n")[0])
    return data
