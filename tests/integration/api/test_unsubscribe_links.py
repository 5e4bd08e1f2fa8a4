"""The link in a mail: looking changes nothing, one POST does, and only what the mail was for."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from harness.provider_callbacks import BOOTSTRAP, DEALER, MAIL, PUBLIC, Records
from journey_api.settings import ApiSettings
from shared.db.schema import unsubscribe_link
from shared.people.addresses import address_hash
from shared.people.unsubscribe_links import Subscription, make_links

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
RECORD = f"/v1/dealers/{DEALER}/customers/C-1"
ONE_CLICK = 'value="One-Click"'
FORM = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def settings() -> ApiSettings:
    """It has a public address."""
    return ApiSettings(bootstrap_key=BOOTSTRAP, public_url=PUBLIC)


@pytest.fixture
def visitor(client_of: Callable[[str | None], httpx.AsyncClient]) -> httpx.AsyncClient:
    """Somebody, or a mail program; it has no key."""
    return client_of(None)


async def link(records: Records, purpose: str = "service", address: str = MAIL) -> str:
    """The path of a fresh link."""
    hashed = address_hash("email", address)
    to = Subscription(dealer_id=DEALER, customer_id="C-1", channel="email", address_hash=hashed, purpose=purpose)
    async with records.database.transaction() as connection:
        (address,) = await make_links(connection, PUBLIC + "/", [to], records.clock())
        return address.removeprefix(PUBLIC)


async def know(admin: httpx.AsyncClient, **record: Any) -> dict[str, Any]:
    """The customer, with a mail address."""
    channels = [{"kind": "email", "address": MAIL, "verified": True}]
    answer = await admin.put(RECORD, json={"name": "Ana", "channels": channels, **record})
    assert answer.is_success, answer.text
    return dict(answer.json())


async def test_looking_at_it_changes_nothing(
    admin: httpx.AsyncClient, visitor: httpx.AsyncClient, records: Records
) -> None:
    before = await know(admin, locale="en", consent={"marketing": True})
    path = await link(records, "marketing")
    for _ in range(2):
        page = await visitor.get(path)
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        assert 'value="One-Click"' in page.text
    assert DEALER in page.text
    assert MAIL not in page.text
    assert "Unsubscribe" in page.text
    assert (await admin.get(RECORD)).json() == before
    assert [row["used_at"] for row in await records.rows(select(unsubscribe_link))] == [None]


async def test_marketing_ends_by_consent_as_a_put_would_end_it(
    admin: httpx.AsyncClient, visitor: httpx.AsyncClient, records: Records
) -> None:
    before = await know(admin, consent={"marketing": True, "source": "showroom"})
    path = await link(records, "marketing")
    for _ in range(2):
        assert (await visitor.post(path, data=FORM)).status_code == 200
    after = (await admin.get(RECORD)).json()
    consent = after["consent"]
    assert (consent["service"], consent["marketing"], consent["source"]) == (True, False, "unsubscribe")
    assert consent["at"] == "2026-11-23T10:00:00Z"
    assert after["version"] == before["version"] + 1
    assert {**after, "consent": None, "version": None} == {**before, "consent": None, "version": None}
    assert await records.closed() == []


@pytest.mark.parametrize("purpose", ["service", "safety"])
async def test_anything_else_ends_at_this_address(
    admin: httpx.AsyncClient, visitor: httpx.AsyncClient, records: Records, purpose: str
) -> None:
    before = await know(admin, consent={"marketing": True})
    path = await link(records, purpose)
    for _ in range(2):
        page = await visitor.post(path, data=FORM)
        assert page.status_code == 200
        assert "set-cookie" not in page.headers
    assert await records.closed() == [(DEALER, "email", "unsubscribed")]
    after = (await admin.get(RECORD)).json()
    assert [one["why"] for one in after["closed_addresses"]] == ["unsubscribed"]
    assert {**after, "closed_addresses": []} == before
    assert ONE_CLICK not in (await visitor.get(path)).text


async def test_a_link_of_old_ends_what_was_wished_for_again(
    admin: httpx.AsyncClient, visitor: httpx.AsyncClient, records: Records
) -> None:
    await know(admin, consent={"marketing": True})
    path = await link(records, "marketing")
    await visitor.post(path, data=FORM)
    assert ONE_CLICK not in (await visitor.get(path)).text
    await know(admin, consent={"marketing": True})
    assert ONE_CLICK in (await visitor.get(path)).text
    await visitor.post(path, data=FORM)
    assert (await admin.get(RECORD)).json()["consent"]["marketing"] is False


async def test_a_mail_program_may_send_either_kind_of_form(visitor: httpx.AsyncClient, records: Records) -> None:
    first, second = await link(records), await link(records)
    assert (await visitor.post(first, files={"List-Unsubscribe": (None, "One-Click")})).status_code == 200
    assert (await visitor.post(second, content="List-Unsubscribe=One-Click\r\n")).status_code == 200


@pytest.mark.parametrize("body", ["", "x=1", "List-Unsubscribe=No", "list-unsubscribe=One-Click"])
async def test_a_post_that_does_not_say_so_changes_nothing(
    visitor: httpx.AsyncClient, records: Records, body: str
) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert (await visitor.post(await link(records), content=body, headers=headers)).status_code == 422
    assert await records.closed() == []


@pytest.mark.parametrize("token", ["nobody", "x" * 200, "%00", "é"])
async def test_a_link_we_never_made_is_not_there(visitor: httpx.AsyncClient, token: str) -> None:
    for answer in (await visitor.get(f"/u/{token}"), await visitor.post(f"/u/{token}", data=FORM)):
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


async def test_the_token_is_long_and_only_its_hash_is_kept(records: Records) -> None:
    path = await link(records)
    token = path.removeprefix("/u/")
    assert len(token) >= 22
    (row,) = await records.rows(select(unsubscribe_link))
    assert token not in str(row)
    assert await link(records) != path


async def test_the_page_speaks_the_customers_language_and_runs_nothing(
    admin: httpx.AsyncClient, visitor: httpx.AsyncClient, records: Records
) -> None:
    await admin.put(f"/v1/dealers/{DEALER}", json={"name": "<b>{0} & Filhos", "time_zone": "Europe/Lisbon"})
    await know(admin, locale="pt-PT")
    page = await visitor.get(await link(records))
    assert '<html lang="pt">' in page.text
    assert "&lt;b&gt;{0} &amp; Filhos" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
