"""A channel that one file and one registration add: it is accepted, chosen, sent on, given up, answered, and for staff.

`added_channel/telegram.py` is put where the notifier looks for the sending part of a kind.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from harness.clocks import MovableClock
from harness.gateways import Gateway
from harness.http_lines import read_request, write_answer
from harness.running_services import DEALER, RunningServices
from harness.sending_services import SendingSide, sending_side
from pydantic_core import from_json

import notifier.channels
from journey_api.settings import ApiSettings
from notifier.channels import open_channels
from shared.channels.registry import registered

pytestmark = pytest.mark.database
HERE = Path(__file__).parent / "added_channel"
ANA = {"kind": "telegram", "address": "@ana_sousa", "verified": True}
EMAIL = {"kind": "email", "address": "ana@example.pt", "verified": True}


@dataclass
class Bot:
    """The provider: a real HTTP server that takes every message."""

    taken: list[tuple[str, str]] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)

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


class Chat(SendingSide):
    """The sending side with the bot."""

    bot: Bot

    async def put(self, path: str, status: int, **record: Any) -> Any:
        """The system of record writes a record."""
        answer = await self.services.client.put(f"/v1/dealers/{DEALER}/{path}", json=record)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def shown(self, message: str) -> list[tuple[str | None, str]]:
        """Channel and status of the notifications of a kind, the oldest first."""
        found = reversed(await self.notifications())
        return [(one["channel"], one["status"]) for one in found if one["message"] == message]

    async def status_of_repair(self) -> None:
        """What a customer is told of by itself."""
        seen = {"role": "service_advisor", "staff_id": "S-service_advisor"}
        about = {"step": 17, "occurrences": ["repair_status_changed"], "topics": ["repair"], "observed_by": seen}
        await self.services.post_event(customer_id="C-1", **about)
        await self.work()


@pytest.fixture
def telegram(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module of the channel, registered."""
    monkeypatch.setattr(notifier.channels, "__path__", [*notifier.channels.__path__, str(HERE)])
    module = import_module("notifier.channels.telegram")
    with registered(module.TELEGRAM):
        yield module
    del sys.modules["notifier.channels.telegram"]


@pytest.fixture
async def chat(telegram: Any, services: RunningServices, clock: MovableClock) -> AsyncIterator[Chat]:
    """The services with a bot and e-mail."""
    bot = Bot()
    server = await asyncio.start_server(bot.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = telegram.TelegramSettings(telegram_url=f"http://127.0.0.1:{port}", telegram_token="secret")
    channels = open_channels(settings, clock)
    assert set(channels) == {"telegram", "webhook"}
    async with sending_side(Chat, services, Gateway(clock), channels, ApiSettings()) as chat:
        chat.bot = bot
        yield chat
    for channel in channels.values():
        await channel.close()
    server.close()


async def test_its_addresses_are_those_of_its_form(chat: Chat) -> None:
    refused = await chat.put("customers/C-1", 422, channels=[{**ANA, "address": "+351912345678"}])
    assert refused["errors"] == [{"pointer": "/channels/0/address", "detail": "A name of Telegram, as @ana"}]
    await chat.put("customers/C-1", 201, channels=[ANA], preferences={"repair": ["telegram"]})
    unknown = await chat.put("customers/C-2", 422, channels=[{**ANA, "kind": "pigeon"}])
    assert "'telegram'" in unknown["errors"][0]["detail"]


async def test_it_is_chosen_by_preference_sent_on_and_given_up_for_the_next(chat: Chat) -> None:
    wishes = {"repair": ["telegram", "email"]}
    await chat.put("customers/C-1", 201, name="Ana Sousa", channels=[EMAIL, ANA], preferences=wishes)
    await chat.status_of_repair()
    assert await chat.shown("STATUS") == [("telegram", "sent")]
    assert len(chat.bot.words_to("@ana_sousa")) == 1
    assert chat.bot.paths == {"/botsecret/sendMessage"}
    await chat.services.advance(minutes=19)
    await chat.work()
    assert await chat.shown("STATUS") == [("telegram", "sent")]
    await chat.services.advance(minutes=1)
    await chat.work()
    assert await chat.shown("STATUS") == [("telegram", "failed"), ("email", "delivered")]
    assert len(chat.mails.taken) == 1


async def test_what_came_by_it_is_answered_by_it_and_the_card_shows_it(chat: Chat) -> None:
    await chat.put("customers/C-1", 201, name="Ana Sousa", channels=[EMAIL, ANA])
    seen = {"role": "service_advisor", "staff_id": "S-service_advisor"}
    about = {"step": 13, "occurrences": ["early_ownership_problem_reported"], "topics": ["infotainment"]}
    await chat.services.post_event(customer_id="C-1", observed_by=seen, **about)
    await chat.services.contact(customer_id="C-1", direction="inbound", channel="telegram", text="When may I come?")
    await chat.work()
    assert await chat.shown("ACK") == [("telegram", "sent")]
    assert {task["contact"]["channel"] for task in await chat.services.tasks()} == {"telegram"}
    timers = await chat.services.timers()
    assert timers["T-02"]["state"] == "completed"


async def test_a_member_of_staff_is_told_on_it(chat: Chat) -> None:
    record = {
        "name": "Rui",
        "roles": ["product_specialist"],
        "channels": [{"kind": "telegram", "address": "@rui_lopes"}],
    }
    await chat.put("staff/S-product_specialist", 200, **record)
    await chat.put("customers/C-1", 201, name="Ana Sousa", channels=[EMAIL])
    seen = {"role": "service_advisor", "staff_id": "S-service_advisor"}
    about = {"step": 13, "occurrences": ["early_ownership_problem_reported"], "topics": ["infotainment"]}
    await chat.services.post_event(customer_id="C-1", observed_by=seen, **about)
    await chat.work()
    assert ("telegram", "sent") in await chat.shown("OFFERED")
    assert len(chat.bot.words_to("@rui_lopes")) == 1
