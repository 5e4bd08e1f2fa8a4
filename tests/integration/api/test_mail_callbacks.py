"""Mails that come back: who may say so, and what follows."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from harness.provider_callbacks import DEALER, MAIL, OTHER_DEALER, SETTINGS, Records
from journey_api.settings import ApiSettings

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
PATH = "/v1/callbacks/email"
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
def settings() -> ApiSettings:
    """Providers are configured."""
    return SETTINGS


@pytest.fixture
def provider(client_of: Callable[[str | None], httpx.AsyncClient]) -> httpx.AsyncClient:
    """It has the secret of this callback."""
    return client_of("mail-secret")


def report(attempt_id: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    """A delivery status notification about the mail of an attempt."""
    return (
        "--b1\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b1\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.pt\r\n\r\n"
        f"Final-Recipient: rfc822; {MAIL}\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        "--b1\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: <{attempt_id}@lisboa.example>\r\n\r\n--b1--\r\n"
    ).encode()


def complaint(attempt_id: str) -> bytes:
    """A feedback report about it."""
    return (
        "--b1\r\nContent-Type: text/plain\r\n\r\nAn abuse report.\r\n"
        "--b1\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\n\r\n"
        f"--b1\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{attempt_id}@lisboa.example>\r\n\r\nx\r\n--b1--\r\n"
    ).encode()


async def post(client: httpx.AsyncClient, body: bytes, kind: str = "delivery-status") -> httpx.Response:
    """Post a report."""
    headers = {"content-type": f'multipart/report; report-type={kind}; boundary="b1"'}
    return await client.post(PATH, content=body, headers=headers)


async def test_a_bounce_is_a_receipt_and_closes_an_address_that_there_is_not(
    provider: httpx.AsyncClient, records: Records
) -> None:
    attempt = await records.send("email", "Ana@Example.pt")
    assert (await post(provider, report(attempt))).status_code == 204
    assert await records.receipts() == [(attempt, "perm_failed", "5.1.1")]
    assert await records.closed() == [(DEALER, "email", "bounce")]


async def test_a_full_mailbox_closes_nothing(provider: httpx.AsyncClient, records: Records) -> None:
    attempt = await records.send("email", MAIL)
    await post(provider, report(attempt, "failed", "5.2.2"))
    assert await records.receipts() == [(attempt, "perm_failed", "5.2.2")]
    assert await records.closed() == []


async def test_a_delay_says_nothing_and_a_delivery_does(provider: httpx.AsyncClient, records: Records) -> None:
    attempt = await records.send("email", MAIL)
    assert (await post(provider, report(attempt, "delayed", "4.4.1"))).status_code == 204
    assert await records.receipts() == []
    await post(provider, report(attempt, "delivered", "2.0.0"))
    assert await records.receipts() == [(attempt, "delivered", "2.0.0")]


async def test_a_complaint_closes_the_address_and_is_no_receipt(provider: httpx.AsyncClient, records: Records) -> None:
    attempt = await records.send("email", MAIL)
    assert (await post(provider, complaint(attempt), "feedback-report")).status_code == 204
    assert await records.receipts() == []
    assert await records.closed() == [(DEALER, "email", "complaint")]


async def test_a_whole_mail_may_be_posted(provider: httpx.AsyncClient, records: Records) -> None:
    attempt = await records.send("email", MAIL)
    head = b'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b1"\r\n\r\n'
    answer = await provider.post(PATH, content=head + report(attempt), headers={"content-type": "message/rfc822"})
    assert answer.status_code == 204
    assert await records.receipts() == [(attempt, "perm_failed", "5.1.1")]


async def test_a_bounce_counts_however_deep_the_returned_mail_nests(
    provider: httpx.AsyncClient, records: Records
) -> None:
    attempt = await records.send("email", MAIL)
    levels = "".join(f'Content-Type: multipart/mixed; boundary="n{n}"\r\n\r\n--n{n}\r\n' for n in range(1_200))
    whole = report(attempt).replace(b"text/rfc822-headers", b"message/rfc822")
    deep = whole.replace(b".example>\r\n", f".example>\r\n{levels}".encode())
    assert len(deep) > 60_000
    assert (await post(provider, deep)).status_code == 204
    assert await records.receipts() == [(attempt, "perm_failed", "5.1.1")]


async def test_the_mail_of_somebody_else_is_answered_and_ignored(provider: httpx.AsyncClient, records: Records) -> None:
    text = await records.send("sms")
    for attempt in ("nobody", text):
        assert (await post(provider, report(attempt))).status_code == 204
    assert await records.receipts() == []
    assert await records.closed() == []


async def test_json_is_refused(provider: httpx.AsyncClient) -> None:
    answer = await provider.post(PATH, json={"event": "bounce"})
    assert answer.status_code == 415
    assert "multipart/report" in answer.headers["accept"]


async def test_a_report_without_a_mail_is_invalid_and_a_large_one_too_large(provider: httpx.AsyncClient) -> None:
    assert (await post(provider, b"--b1\r\n\r\nx\r\n--b1--\r\n")).status_code == 422
    assert (await post(provider, b"x" * (1 << 20))).status_code == 413


async def test_only_who_has_the_secret_or_is_an_admin_is_heard(
    client_of: Callable[[str | None], httpx.AsyncClient],
    admin: httpx.AsyncClient,
    key_of: KeyOf,
    records: Records,
) -> None:
    attempt = await records.send("email", MAIL)
    for nobody in (client_of(None), client_of("mail-secre")):
        assert (await post(nobody, report(attempt))).status_code == 401
    no_admin = await key_of("ops:read", "tasks:write", "events:write")
    assert (await post(no_admin, report(attempt))).status_code == 403
    assert await records.receipts() == []
    theirs = await key_of("admin")
    for heard in (admin, theirs):
        assert (await post(heard, report(attempt, "delivered", "2.0.0"))).status_code == 204
    assert len(await records.receipts()) == 2


async def test_an_admin_of_another_dealer_speaks_of_nothing_here(key_of: KeyOf, records: Records) -> None:
    attempt = await records.send("email", MAIL)
    stranger = await key_of("admin", dealers=(OTHER_DEALER,))
    assert (await post(stranger, report(attempt))).status_code == 204
    assert await records.receipts() == []


class TestWithoutASecret:
    """An installation that has none."""

    @pytest.fixture
    def settings(self) -> ApiSettings:
        """Only a key."""
        return ApiSettings(bootstrap_key=SETTINGS.bootstrap_key)

    async def test_no_secret_is_not_an_empty_one(
        self,
        client_of: Callable[[str | None], httpx.AsyncClient],
        admin: httpx.AsyncClient,
        records: Records,
    ) -> None:
        attempt = await records.send("email", MAIL)
        answer = await client_of(None).post(PATH, content=b"x", headers={"authorization": "Bearer "})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        assert (await post(client_of("mail-secret"), report(attempt))).status_code == 503
        assert (await post(admin, report(attempt))).status_code == 204
