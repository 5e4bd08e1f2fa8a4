"""The page behind a mail's link where customers say how they are written to."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from harness.provider_callbacks import BOOTSTRAP, DEALER, MAIL, NUMBER, PUBLIC, Records
from journey_api.consent import preferences
from journey_api.settings import ApiSettings
from shared.db.schema import preference_change
from shared.languages.registry import language_codes
from shared.people.addresses import address_hash
from shared.people.unsubscribe_links import Subscription, make_links

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
RECORD = f"/v1/dealers/{DEALER}/customers/C-1"
CHANNELS = [
    {"kind": "email", "address": MAIL, "verified": True},
    {"kind": "sms", "address": NUMBER, "verified": True},
]


@pytest.fixture
def settings() -> ApiSettings:
    """It has a public address."""
    return ApiSettings(bootstrap_key=BOOTSTRAP, public_url=PUBLIC)


@pytest.fixture
def visitor(client_of: Callable[[str | None], httpx.AsyncClient]) -> httpx.AsyncClient:
    """A customer's browser; it has no key."""
    return client_of(None)


async def link(records: Records) -> str:
    """The path of a fresh link."""
    to = Subscription(
        dealer_id=DEALER,
        customer_id="C-1",
        channel="email",
        address_hash=address_hash("email", MAIL),
        purpose="service",
    )
    async with records.database.transaction() as connection:
        (address,) = await make_links(connection, PUBLIC, [to], records.clock())
        return address.removeprefix(PUBLIC)


async def know(admin: httpx.AsyncClient, **record: Any) -> dict[str, Any]:
    """The customer, by e-mail and SMS."""
    answer = await admin.put(RECORD, json={"name": "Ana", "locale": "en", "channels": CHANNELS, **record})
    assert answer.is_success, answer.text
    return dict(answer.json())


def form_of(page: str) -> dict[str, Any]:
    """What the form of the page would post as it stands."""
    fields: dict[str, Any] = dict(re.findall(r'<input type="(?:hidden|time)" name="([^"]+)" value="([^"]*)"', page))
    fields.pop("List-Unsubscribe", None)
    for name, options in re.findall(r'<select id="[^"]+" name="([^"]+)">(.*?)</select>', page, re.DOTALL):
        fields[name] = re.findall(r'value="([^"]*)" selected', options)[0]
    for name, value in re.findall(r'type="checkbox" name="([^"]+)" value="([^"]+)" checked', page):
        fields[name] = [*fields.get(name, []), value]
    return fields


async def shown(visitor: httpx.AsyncClient, path: str) -> dict[str, Any]:
    page = await visitor.get(path)
    assert page.status_code == 200
    return form_of(page.text)


async def saved(visitor: httpx.AsyncClient, path: str, form: dict[str, Any]) -> None:
    answer = await visitor.post(path, data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?saved=true"), answer.text


async def changes(records: Records) -> list[dict[str, Any]]:
    return await records.rows(select(preference_change).order_by(preference_change.c.change_id))


async def test_saving_what_stands_changes_nothing(
    admin: httpx.AsyncClient, visitor: httpx.AsyncClient, records: Records
) -> None:
    times = (("21:00", "08:00"), ("00:00", "24:00"), ("13:00", "24:00"), ("12:00", "13:00"))
    days = (["mon", "tue"], ["sun"], ["fri"], ["wed"])
    quiet = [{"days": on, "from": begins, "to": ends} for on, (begins, ends) in zip(days, times, strict=True)]
    before = await know(admin, quiet_hours=quiet, preferences={"warranty": ["sms", "email"], "price": "off"})
    path = await link(records)
    await saved(visitor, path, await shown(visitor, path))
    assert (await admin.get(RECORD)).json() == before
    assert await changes(records) == []


async def test_hours_the_page_does_not_show_stay(
    admin: httpx.AsyncClient, visitor: httpx.AsyncClient, records: Records
) -> None:
    quiet = [{"days": [day], "from": "21:00", "to": "24:00"} for day in ("mon", "tue", "wed", "thu")]
    await know(admin, quiet_hours=quiet)
    path = await link(records)
    form = await shown(visitor, path)
    assert form["quiet-0-to"] == "00:00"
    await saved(visitor, path, form | {"quiet-0-from": "", "quiet-1-to": "23:00"})
    after = (await admin.get(RECORD)).json()["quiet_hours"]
    assert after == [{**quiet[1], "to": "23:00"}, quiet[2], quiet[3]]


async def test_a_change_between_reading_and_storing_is_not_overwritten(
    admin: httpx.AsyncClient, visitor: httpx.AsyncClient, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    await know(admin)
    path = await link(records)
    form = await shown(visitor, path)
    holder = preferences._holder

    async def read_before(*given: Any) -> Any:
        """The record as it was before somebody else changed it."""
        found = await holder(*given)
        return found and replace(found, version=found.version - 1)

    await know(admin, vip=True)
    monkeypatch.setattr(preferences, "_holder", read_before)
    answer = await visitor.post(path, data=form | {"topic-price": "off"})
    assert answer.status_code == 412
    assert (await admin.get(RECORD)).json()["preferences"] == {}


async def test_every_wish_is_in_the_record_and_kept_with_its_source(
    admin: httpx.AsyncClient, visitor: httpx.AsyncClient, records: Records
) -> None:
    await know(admin)
    path = await link(records)
    form = await shown(visitor, path)
    first, second = (name for name in form if name.startswith("place-"))
    form |= {first: "2", second: "1", "topic-price": "off", "topic-repair": "sms", "marketing": "1"}
    form |= {"quiet-0-from": "21:30", "quiet-0-to": "08:00", "quiet-0-days": ["sat", "mon"]}
    await saved(visitor, path, form)
    after = (await admin.get(RECORD)).json()
    assert [one["kind"] for one in after["channels"]] == ["sms", "email"]
    assert after["preferences"] == {"price": "off", "repair": ["sms"]}
    assert after["quiet_hours"] == [{"days": ["mon", "sat"], "from": "21:30", "to": "08:00"}]
    consent = after["consent"]
    assert (consent["service"], consent["marketing"], consent["source"]) == (True, True, "preference page")
    (change,) = await changes(records)
    assert (change["customer_id"], change["source"]) == ("C-1", "preference page")
    assert set(change["after"]) == {"channels", "consent", "preferences", "quiet_hours"}
    assert change["before"]["consent"]["marketing"] is False
    assert change["after"]["consent"]["marketing"] is True


async def test_consent_keeps_its_source_where_it_is_left_as_it_is(
    admin: httpx.AsyncClient, visitor: httpx.AsyncClient, records: Records
) -> None:
    await know(admin, consent={"service": True, "marketing": True, "source": "showroom"})
    path = await link(records)
    await saved(visitor, path, await shown(visitor, path) | {"topic-price": "off"})
    assert (await admin.get(RECORD)).json()["consent"]["source"] == "showroom"


async def test_a_page_of_old_saves_nothing(
    admin: httpx.AsyncClient, visitor: httpx.AsyncClient, records: Records
) -> None:
    await know(admin)
    path = await link(records)
    form = await shown(visitor, path)
    await know(admin, vip=True)
    answer = await visitor.post(path, data=form | {"topic-price": "off"})
    assert answer.status_code == 412
    assert 'role="alert"' in answer.text
    assert (await admin.get(RECORD)).json()["preferences"] == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet-0-from": "21:00", "quiet-0-to": "21:00"},
        {"quiet-0-from": "25:00", "quiet-0-to": "08:00"},
        {"topic-price": "pigeon"},
    ],
)
async def test_what_cannot_be_is_said_on_the_page(
    admin: httpx.AsyncClient, visitor: httpx.AsyncClient, records: Records, wrong: dict[str, str]
) -> None:
    before = await know(admin)
    path = await link(records)
    answer = await visitor.post(path, data=await shown(visitor, path) | wrong)
    assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)
    assert (await admin.get(RECORD)).json() == before


async def test_recalls_cannot_be_turned_off(
    admin: httpx.AsyncClient, visitor: httpx.AsyncClient, records: Records
) -> None:
    await know(admin)
    path = await link(records)
    page = (await visitor.get(path)).text
    (recall,) = re.findall(r'name="topic-recall">(.*?)</select>', page, re.DOTALL)
    assert 'value="off"' not in recall
    await saved(visitor, path, form_of(page) | {"topic-recall": "off"})
    assert (await admin.get(RECORD)).json()["preferences"] == {}


@pytest.mark.parametrize("language", language_codes())
async def test_the_page_is_in_the_customers_language_and_names_no_address(
    admin: httpx.AsyncClient, visitor: httpx.AsyncClient, records: Records, language: str
) -> None:
    await know(admin, locale=language)
    page = await visitor.get(await link(records))
    assert f'<html lang="{language}">' in page.text
    assert MAIL not in page.text
    assert NUMBER not in page.text
    assert "{" not in page.text.partition("</style>")[2]


async def test_nothing_runs_or_loads_on_it(
    admin: httpx.AsyncClient, visitor: httpx.AsyncClient, records: Records
) -> None:
    await know(admin)
    page = await visitor.get(await link(records))
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<(script|img|link|iframe)\b|\sstyle=|\son\w+=", page.text)
