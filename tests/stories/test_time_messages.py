"""What the time rules write to customers by themselves: appointments are recalled, cards go out on their day."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text as sql

from harness.dealership import DEALER
from harness.memory_mail_channel import MemoryMailChannel
from harness.people import OFFICE_HOURS
from harness.running_services import SERVICE_ADVISOR, RunningServices
from notifier.channels.channel import Channel

MAIL = {"kind": "email", "address": "ana@example.pt", "verified": True}
AGREED = {"service": True, "marketing": True}
SERVICE = {"customer_id": "C-1", "kind": "service", "starts_at": "2026-12-02T10:30:00+00:00"}


@pytest.fixture
def channels(mails: MemoryMailChannel) -> Mapping[str, Channel]:
    """E-mail is what there is to send with."""
    return {"email": mails}


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """A dealer with office hours, on Monday, 23 November 2026, at ten."""
    await services.open_dealer(calendars={"default": {"week": OFFICE_HOURS}}, locale="en")


async def put(services: RunningServices, path: str, /, **record: Any) -> None:
    """Put a record, and let everybody work."""
    answer = await services.client.put(f"/v1/dealers/{DEALER}/{path}", json=record)
    assert answer.status_code in (200, 201), answer.text
    await services.settle()


async def put_customer(services: RunningServices, **record: Any) -> None:
    """A customer with an e-mail address who agreed to marketing, unless said otherwise."""
    given = {"name": "Ana Sousa", "locale": "en", "channels": [MAIL], "consent": AGREED, **record}
    await put(services, "customers/C-1", **given)


async def until(services: RunningServices, text: str) -> None:
    """Let time pass up to an instant of UTC."""
    await services.advance(
        seconds=(datetime.fromisoformat(text).replace(tzinfo=UTC) - services.clock()).total_seconds()
    )


async def test_an_appointment_is_recalled_the_day_before(services: RunningServices, mails: MemoryMailChannel) -> None:
    await put_customer(services)
    await put(services, "appointments/A-1", **SERVICE)
    await until(services, "2026-12-01T08:59:59")
    assert await services.statuses("REMIND") == []
    await services.advance(seconds=1)
    assert await services.statuses("REMIND") == [("email", "delivered")]
    assert "the service of your vehicle, Wednesday, 2 December 2026 at 10:30" in mails.taken[-1].text
    await services.advance(days=3)
    assert len(await services.statuses("REMIND")) == 1


async def test_one_that_is_moved_is_recalled_anew(services: RunningServices) -> None:
    await put_customer(services)
    await put(services, "appointments/A-1", **SERVICE)
    await until(services, "2026-12-01T09:00")
    await put(services, "appointments/A-1", **{**SERVICE, "starts_at": "2026-12-03T15:00:00+00:00"})
    await until(services, "2026-12-02T09:00")
    assert len(await services.statuses("REMIND")) == 2


@pytest.mark.parametrize("status", ["cancelled", "arrived"])
async def test_one_that_is_off_or_under_way_is_not(services: RunningServices, status: str) -> None:
    await put_customer(services)
    await put(services, "appointments/A-1", **SERVICE)
    await put(services, "appointments/A-1", **SERVICE, status=status)
    await until(services, "2026-12-02T12:00")
    assert await services.statuses("REMIND") == []


async def test_a_birthday_card_goes_out_on_the_day(services: RunningServices, mails: MemoryMailChannel) -> None:
    await put_customer(services, dates={"birthday": "1980-12-05"})  # a Saturday: the dealer is closed
    await until(services, "2026-12-05T08:59")
    assert await services.statuses("CARD") == [("email", "held")]
    await until(services, "2026-12-05T09:06")
    assert await services.statuses("CARD") == [("email", "delivered")]
    assert "on your birthday" in mails.taken[-1].text
    await until(services, "2027-12-04T12:00")
    assert len(await services.statuses("CARD")) == 1
    await until(services, "2027-12-06T10:00")
    assert len(await services.statuses("CARD")) == 2


async def test_a_leap_day_is_kept_on_28_february(services: RunningServices) -> None:
    await put_customer(services, dates={"birthday": "1984-02-29"})
    await until(services, "2027-02-27T12:00")
    assert await services.statuses("CARD") == []
    await until(services, "2027-02-28T12:00")
    assert len(await services.statuses("CARD")) == 1


async def test_without_an_address_a_letter_is_written(services: RunningServices) -> None:
    await put_customer(services, channels=[], dates={"purchase_anniversary": "2020-12-03"})
    await until(services, "2026-12-03T09:00")
    (letter,) = await services.tasks(entry="LETTER")
    assert (letter["kind"], letter["customer_id"]) == ("reminder", "C-1")
    assert await services.tasks(entry="UNREACHABLE") == []


async def test_a_day_that_was_over_when_we_heard_of_it_gets_a_letter(services: RunningServices) -> None:
    await put_customer(services, dates={"birthday": "1980-11-10", "purchase_anniversary": "2015-10-01"})
    assert len(await services.tasks(entry="LETTER")) == 1
    assert await services.statuses("CARD") == [("post", "sent")]


async def test_nothing_is_sent_to_who_did_not_agree(services: RunningServices) -> None:
    await put_customer(services, consent={"service": True, "marketing": False}, dates={"birthday": "1980-12-03"})
    await until(services, "2026-12-03T12:00")
    assert [status for _, status in await services.statuses("CARD")] == ["failed"]
    assert await services.tasks(entry="LETTER") == []


async def complain(services: RunningServices, sentiment: str) -> str:
    """A customer says how she feels."""
    observer = {"role": "service_advisor", "staff_id": SERVICE_ADVISOR}
    facts = {"feedback": {"sentiment": sentiment, "about": ["service"]}}
    about = {"customer_id": "C-1", "step": 17, "observed_by": observer, "facts": facts, "topics": ["repair"]}
    return await services.post_event(**about)


async def test_no_card_goes_to_who_has_complained(services: RunningServices) -> None:
    await put_customer(services, dates={"birthday": "1980-12-03", "purchase_anniversary": "2020-12-10"})
    await complain(services, "negative")
    await until(services, "2026-12-03T12:00")
    assert [status for _, status in await services.statuses("CARD")] == ["failed"]
    assert await services.tasks(entry="LETTER") == []
    await complain(services, "positive")
    await until(services, "2026-12-10T12:00")
    assert [status for _, status in await services.statuses("CARD")] == ["failed", "delivered"]


CAR = {"customer_id": "C-1", "plate": "AA-00-BB", "registered_on": "2020-12-17"}


async def test_an_invitation_goes_out_two_weeks_before_the_registration_is_a_year_older(
    services: RunningServices, mails: MemoryMailChannel
) -> None:
    await put_customer(services)
    await put(services, "vehicles/VIN-1", **CAR)
    await until(services, "2026-12-03T08:59")
    assert await services.statuses("INVITE") == []
    await until(services, "2026-12-03T09:06")
    assert await services.statuses("INVITE") == [("email", "delivered")]
    assert "AA-00-BB" in mails.taken[-1].text
    assert "Thursday, 17 December 2026" in mails.taken[-1].text
    assert await made(services, "T-12") == 1
    await until(services, "2027-12-02T12:00")
    assert len(await services.statuses("INVITE")) == 1
    await until(services, "2027-12-03T12:00")
    assert len(await services.statuses("INVITE")) == 2


@pytest.mark.parametrize("why", ["no consent", "a complaint", "marketing is off at night", "sold", "over"])
async def test_no_invitation_goes_to_who_may_not_get_one(services: RunningServices, why: str) -> None:
    """The advisor is told of the date all the same, save where the vehicle is somebody else's."""
    await put_customer(services, consent={"service": True, "marketing": why != "no consent"})
    if why == "over":
        await put(services, "vehicles/VIN-1", **{**CAR, "registered_on": "2020-11-20"})
    else:
        await put(services, "vehicles/VIN-1", **CAR)
    if why == "a complaint":
        await complain(services, "negative")
    if why == "marketing is off at night":
        await services.rewrite_dealer(marketing_window={"from": "11:00", "to": "12:00"})
    if why == "sold":
        await put(services, "customers/C-2", name="Rui Alves")
        await put(services, "vehicles/VIN-1", **{**CAR, "customer_id": "C-2"})
    await until(services, "2026-12-03T10:30")
    found = [status for _, status in await services.statuses("INVITE")]
    expected = {"no consent": ["failed"], "a complaint": ["failed"], "marketing is off at night": ["held"]}
    if why == "sold":
        assert [one["customer_id"] for one in await services.notifications() if one["message"] == "INVITE"] == ["C-2"]
    else:
        assert found == expected.get(why, [])
        assert await made(services, "T-12") == 1


async def made(services: RunningServices, rule: str) -> int:
    """How many events a rule has made."""
    query = sql("select count(*) as made from journey_event where source = '/handoff/timers' and id like :id")
    return int((await services.rows(query.bindparams(id=f"{rule}:%")))[0]["made"])
