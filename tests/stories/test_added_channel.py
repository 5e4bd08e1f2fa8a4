"""A channel that one file and one registration add: it is accepted, chosen, sent on, given up, answered, and for staff.

`added_channel/telegram.py` is put where the notifier looks for the sending part of a kind.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import from_json

import notifier.channels
from harness.clocks import MovableClock
from harness.dealership import CUSTOMER, DEALER
from harness.http_lines import read_request, write_answer
from harness.memory_mail_channel import MemoryMailChannel
from harness.names import EARLY_PROBLEM, EASY_ACCESS, MESSAGE_ACKNOWLEDGEMENT, REPAIR_STATUS_CHANGED, REPAIR_VEHICLE
from harness.running_services import SERVICE_ADVISOR, RunningServices
from notifier.channels import open_channels
from notifier.channels.channel import Channel
from shared.channels.registry import registered

pytestmark = pytest.mark.database
SEEN = {"role": "service_advisor", "staff_id": SERVICE_ADVISOR}
HERE = Path(__file__).parent / "added_channel"
ANA = {"kind": "telegram", "address": "@ana_sousa", "verified": True}
EMAIL = {"kind": "email", "address": "ana@example.pt", "verified": True}


@dataclass
class Bot:
    """The provider: a real HTTP server that takes every message."""

    taken: list[tuple[str, str]] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, line: asyncio.StreamWriter) -> None:
        while request := await read_request(reader):
            said = from_json(request.body)
            self.paths.add(request.target)
            self.taken.append((said["chat_id"], said["text"]))
            await write_answer(line, 200, {"message_id": f"m-{len(self.taken)}"})
        line.close()

    def words_to(self, name: str) -> list[str]:
        """The texts taken for a person."""
        return [text for to, text in self.taken if to == name]


async def put(services: RunningServices, path: str, status: int, **record: Any) -> Any:
    """The system of record writes a record."""
    answer = await services.client.put(f"/v1/dealers/{DEALER}/{path}", json=record)
    assert answer.status_code == status, answer.text
    return answer.json()


async def status_of_repair(services: RunningServices) -> None:
    """What a customer is told of by itself."""
    about = {"step": REPAIR_VEHICLE, "occurrences": [REPAIR_STATUS_CHANGED], "topics": ["repair"]}
    await services.post_event(customer_id=CUSTOMER, observed_by=SEEN, **about)


@pytest.fixture
def telegram(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module of the channel, registered."""
    monkeypatch.setattr(notifier.channels, "__path__", [*notifier.channels.__path__, str(HERE)])
    module = import_module("notifier.channels.telegram")
    with registered(module.TELEGRAM):
        yield module
    del sys.modules["notifier.channels.telegram"]


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    """The provider, listening."""
    bot = Bot()
    server = await asyncio.start_server(bot.serve, "127.0.0.1", 0)
    bot.port = server.sockets[0].getsockname()[1]
    yield bot
    server.close()


@pytest.fixture
async def channels(
    telegram: Any, bot: Bot, mails: MemoryMailChannel, clock: MovableClock
) -> AsyncIterator[Mapping[str, Channel]]:
    """The bot's, as an installation opens it, and e-mail."""
    settings = telegram.TelegramSettings(telegram_url=f"http://127.0.0.1:{bot.port}", telegram_token="secret")
    opened = open_channels(settings, clock)
    assert set(opened) == {"telegram", "webhook"}
    yield {**opened, "email": mails}
    for channel in opened.values():
        await channel.close()


@pytest.fixture(autouse=True)
async def dealer(services: RunningServices) -> None:
    """Open around the clock."""
    await services.open_dealer()


async def test_its_addresses_are_those_of_its_form(services: RunningServices) -> None:
    refused = await put(services, "customers/C-1", 422, channels=[{**ANA, "address": "+351912345678"}])
    assert refused["errors"] == [
        {"pointer": "/channels/0/address", "code": "malformed", "detail": "A name of Telegram, as @ana"}
    ]
    await put(services, "customers/C-1", 201, channels=[ANA], preferences={"repair": ["telegram"]})
    unknown = await put(services, "customers/C-2", 422, channels=[{**ANA, "kind": "pigeon"}])
    assert "'telegram'" in unknown["errors"][0]["detail"]


async def test_it_is_chosen_by_preference_sent_on_and_given_up_for_the_next(
    services: RunningServices, bot: Bot, mails: MemoryMailChannel
) -> None:
    wishes = {"repair": ["telegram", "email"]}
    await put(services, "customers/C-1", 201, name="Ana Sousa", channels=[EMAIL, ANA], preferences=wishes)
    await status_of_repair(services)
    assert await services.statuses("STATUS") == [("telegram", "sent")]
    assert len(bot.words_to("@ana_sousa")) == 1
    assert bot.paths == {"/botsecret/sendMessage"}
    await services.advance(minutes=19)
    assert await services.statuses("STATUS") == [("telegram", "sent")]
    await services.advance(minutes=1)
    assert await services.statuses("STATUS") == [("telegram", "failed"), ("email", "delivered")]
    assert len(mails.taken) == 1


async def test_what_came_by_it_is_answered_by_it_and_the_card_shows_it(services: RunningServices) -> None:
    await put(services, "customers/C-1", 201, name="Ana Sousa", channels=[EMAIL, ANA])
    about = {"step": EASY_ACCESS, "occurrences": [EARLY_PROBLEM], "topics": ["infotainment"]}
    await services.post_event(customer_id=CUSTOMER, observed_by=SEEN, **about)
    await services.contact(customer_id=CUSTOMER, direction="inbound", channel="telegram", text="When may I come?")
    assert await services.statuses("ACK") == [("telegram", "sent")]
    assert {task["contact"]["channel"] for task in await services.tasks()} == {"telegram"}
    timers = await services.timers()
    assert timers[MESSAGE_ACKNOWLEDGEMENT]["state"] == "completed"


async def test_a_member_of_staff_is_told_on_it(services: RunningServices, bot: Bot) -> None:
    record = {
        "name": "Rui",
        "roles": ["product_specialist"],
        "channels": [{"kind": "telegram", "address": "@rui_lopes"}],
    }
    await put(services, "staff/S-product_specialist", 200, **record)
    await put(services, "customers/C-1", 201, name="Ana Sousa", channels=[EMAIL])
    about = {"step": EASY_ACCESS, "occurrences": [EARLY_PROBLEM], "topics": ["infotainment"]}
    await services.post_event(customer_id=CUSTOMER, observed_by=SEEN, **about)
    assert ("telegram", "sent") in await services.statuses("OFFERED")
    assert len(bot.words_to("@rui_lopes")) == 1
