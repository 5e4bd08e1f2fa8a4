"""Callbacks that are signed and not ours, and those that come late: the provider's own time counts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from event_posting import DEALER
from prometheus_client import REGISTRY
from sqlalchemy import select

from harness.provider_callbacks import NUMBER, SETTINGS, Records, hub_document, post_hub
from journey_api.settings import ApiSettings
from notifier.context import ChannelConfig, NotifierContext
from notifier.planning.session_window import window_open
from shared.db.schema import inbound_message, journey_case, sla_timer
from shared.people.eligibility import Address
from shared.playbook.ruleset.loader import playbook

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
OURS, OF_PORTO, OF_OTHERS = "1065", "2077", "106540352242922"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
def settings() -> ApiSettings:
    """The installation has a number of its own."""
    return SETTINGS.model_copy(update={"whatsapp_phone_id": OURS})


def message(text: str = "Olá", reference: str = "wamid.1", at: Any = NOW, **item: Any) -> dict[str, Any]:
    written = str(int(at.timestamp())) if isinstance(at, datetime) else at
    sender = NUMBER.removeprefix("+")
    return {"from": sender, "id": reference, "timestamp": written, "type": "text", "text": {"body": text}} | item


def document(phone_id: Any, **items: Any) -> dict[str, Any]:
    found = hub_document(**items)
    found["entry"][0]["changes"][0]["value"]["metadata"] = {"phone_number_id": phone_id}
    return found


def passed_over(reason: str) -> float:
    labels = {"channel": "whatsapp", "reason": reason}
    return REGISTRY.get_sample_value("handoff_callbacks_ignored_total", labels) or 0.0


@pytest.mark.parametrize("phone_id", [OF_OTHERS, "1", "10650", " 1065", ""])
@pytest.mark.parametrize("text", ["STOP", "Olá"])
async def test_what_was_written_to_another_number_is_passed_over(
    provider: httpx.AsyncClient, records: Records, phone_id: str, text: str
) -> None:
    await records.know(whatsapp=NUMBER)
    attempt = await records.send("whatsapp", reference="wamid.9")
    before = passed_over("another_number")
    status = {"id": "wamid.9", "status": "failed", "biz_opaque_callback_data": attempt, "errors": [{"code": 131026}]}
    answer = await post_hub(provider, document(phone_id or "x", messages=[message(text)], statuses=[status]))
    assert answer.status_code == 200
    assert (await records.contacts(), await records.closed(), await records.receipts()) == ([], [], [])
    assert passed_over("another_number") == before + 1


async def test_one_notification_may_speak_of_several_numbers(provider: httpx.AsyncClient, records: Records) -> None:
    await records.know(whatsapp=NUMBER)
    both = document(OF_OTHERS, messages=[message("STOP")])
    both["entry"] += document(OURS, messages=[message("Bom dia", "wamid.2")])["entry"]
    await post_hub(provider, both)
    assert [row["text"] for row in await records.contacts()] == ["Bom dia"]
    assert await records.closed() == []


async def test_a_number_of_a_dealer_is_written_to_by_its_customers(
    admin: httpx.AsyncClient, provider: httpx.AsyncClient, records: Records
) -> None:
    porto = {"name": "Porto", "time_zone": "Europe/Lisbon", "sender": {"whatsapp_phone_id": OF_PORTO}}
    assert (await admin.put("/v1/dealers/porto-01", json=porto)).status_code == 200
    await records.know("C-1", whatsapp=NUMBER)
    await records.know("P-1", "porto-01", whatsapp=NUMBER)
    await records.send("whatsapp", reference="wamid.0")
    await post_hub(provider, document(OF_PORTO, messages=[message("Bom dia")]))
    await post_hub(provider, document(OURS, messages=[message("Boa tarde", "wamid.2")]))
    found = [(row["dealer_id"], row["customer_id"], row["text"]) for row in await records.contacts()]
    assert found == [("porto-01", "P-1", "Bom dia"), (DEALER, "C-1", "Boa tarde")]


@pytest.mark.parametrize("late", [timedelta(minutes=90), timedelta(minutes=61), timedelta(hours=23), timedelta(days=6)])
async def test_a_late_callback_counts_from_when_it_was_written(
    provider: httpx.AsyncClient, records: Records, late: timedelta
) -> None:
    await records.know(whatsapp=NUMBER)
    await post_hub(provider, document(OURS, messages=[message(at=NOW - late)]))
    (contact,) = await records.contacts()
    assert contact["at"] == NOW - late
    columns = sla_timer.c
    rows = await records.rows(select(columns.due_at, columns.breached_at).where(columns.rule == "T-03"))
    due = NOW - late + timedelta(hours=1)
    assert [tuple(row.values()) for row in rows] == [(due, due)]
    assert await _window(records) is (late < timedelta(hours=24))


@pytest.mark.parametrize("age", [timedelta(days=31), timedelta(days=400), timedelta(days=3650)])
async def test_one_of_more_than_a_month_ago_is_kept_and_begins_nothing(
    provider: httpx.AsyncClient, records: Records, age: timedelta
) -> None:
    await records.know(whatsapp=NUMBER)
    await post_hub(provider, document(OURS, messages=[message(at=NOW - age)]))
    (contact,) = await records.contacts()
    assert (contact["at"], contact["case_id"]) == (NOW - age, None)
    assert await records.rows(select(sla_timer)) == await records.rows(select(journey_case)) == []


@pytest.mark.parametrize(
    "written", ["", None, "soon", "-5", "99999999999999999999", "0", "1795428001.5", [], 5, "١٧٩٥٤٢٨٠٠٠"]
)
async def test_no_time_of_the_provider_is_now(provider: httpx.AsyncClient, records: Records, written: Any) -> None:
    await records.know(whatsapp=NUMBER)
    assert (await post_hub(provider, document(OURS, messages=[message(at=written)]))).status_code == 200
    assert [row["at"] for row in await records.contacts()] == [NOW]


@pytest.mark.parametrize("ahead", [timedelta(seconds=1), timedelta(hours=2), timedelta(days=300)])
async def test_a_provider_whose_clock_is_ahead_wrote_now(
    provider: httpx.AsyncClient, records: Records, ahead: timedelta
) -> None:
    await records.know(whatsapp=NUMBER)
    await post_hub(provider, document(OURS, messages=[message(at=NOW + ahead)]))
    assert [row["at"] for row in await records.contacts()] == [NOW]
    assert [row["at"] for row in await records.rows(select(inbound_message))] == [NOW]


async def _window(records: Records) -> bool:
    async with records.database.transaction() as connection:
        return await window_open(
            NotifierContext(connection, ChannelConfig(playbook()), NOW, NOW), DEALER, Address("whatsapp", NUMBER), "C-1"
        )
