"""Customers' mails as their server hands them over: whose they are, once each, and never a machine's."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select, text

from harness.provider_callbacks import CUSTOMER, DEALER, MAIL, OTHER_DEALER, SETTINGS, Records
from journey_api.settings import ApiSettings
from shared.db.schema import inbound_message, journey_case, notification_attempt
from shared.people.reply_addresses import Answerable, make_addresses

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
PATH = "/v1/callbacks/email/inbound"
RFC822 = {"content-type": "message/rfc822"}
STRANGER = "someone@else.example"
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
def settings() -> ApiSettings:
    """Providers are configured."""
    return SETTINGS


@pytest.fixture
def provider(client_of: Callable[[str | None], httpx.AsyncClient]) -> httpx.AsyncClient:
    """It has the secret of this callback."""
    return client_of("mail-secret")


def written(text: str = "When may I come?", sender: str = MAIL, to: str = "lisboa@example.pt", **heads: str) -> bytes:
    given = {"From": sender, "To": to, "Message-ID": "<m-1@example.pt>", "Content-Type": "text/plain"}
    names = {name.replace("_", "-"): value for name, value in heads.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in (given | names).items())
    return f"{head}\r\n{text}".encode()


async def post(client: httpx.AsyncClient, mail: bytes) -> int:
    return (await client.post(PATH, content=mail, headers=RFC822)).status_code


async def reply_address(records: Records, attempt_id: str, days_ago: int = 0) -> str:
    """Where the answer to the mail of an attempt comes to."""
    query = select(notification_attempt.c.notification_id).where(notification_attempt.c.attempt_id == attempt_id)
    (row,) = await records.rows(query)
    mail = Answerable(dealer_id=DEALER, notification_id=row["notification_id"])
    at = records.clock() - timedelta(days=days_ago)
    async with records.database.transaction() as connection:
        (address,) = await make_addresses(connection, "reply.example", [mail], at)
    return address


async def test_the_reply_address_knows_who_writes_from_wherever(provider: httpx.AsyncClient, records: Records) -> None:
    await records.know(email=MAIL)
    address = await reply_address(records, await records.send("email", MAIL))
    assert await post(provider, written(sender=STRANGER, to=address.upper())) == 204
    (contact,) = await records.contacts()
    shown = ("dealer_id", "customer_id", "direction", "channel", "kind", "text")
    assert [contact[name] for name in shown] == [DEALER, CUSTOMER, "inbound", "email", None, "When may I come?"]
    assert contact["case_id"]


@pytest.mark.parametrize(("days", "contacts"), [(364, 1), (366, 0)])
async def test_a_reply_address_is_good_for_a_year(
    provider: httpx.AsyncClient, records: Records, days: int, contacts: int
) -> None:
    address = await reply_address(records, await records.send("email", MAIL), days)
    await post(provider, written(sender=STRANGER, to=address))
    assert len(await records.contacts()) == contacts


async def test_the_mail_that_is_answered_knows_too(provider: httpx.AsyncClient, records: Records) -> None:
    attempt = await records.send("email", MAIL)
    await post(provider, written(sender=STRANGER, In_Reply_To=f"<{attempt}@lisboa.example>"))
    await post(provider, written(sender=STRANGER, Message_ID="<m-2@x>", References=f"<{attempt}@a> <other@b>"))
    assert [one["customer_id"] for one in await records.contacts()] == [CUSTOMER, CUSTOMER]


async def test_a_verified_sender_is_known_in_any_case(provider: httpx.AsyncClient, records: Records) -> None:
    await records.know(email="Ana@Example.pt")
    await post(provider, written(sender="Ana Sousa <aNA@exAMPLE.pt>"))
    assert [one["customer_id"] for one in await records.contacts()] == [CUSTOMER]


@pytest.mark.parametrize(
    "heads", [{"Authentication_Results": "mx; dmarc=fail"}, {"From": f"{MAIL}, {STRANGER}"}, {"From": STRANGER}]
)
async def test_a_sender_that_is_forged_or_not_known_is_passed_over(
    provider: httpx.AsyncClient, records: Records, heads: dict[str, str]
) -> None:
    await records.know(email=MAIL)
    assert await post(provider, written(**heads)) == 204
    assert await records.contacts() == []


async def test_of_several_it_is_who_was_last_written_to(provider: httpx.AsyncClient, records: Records) -> None:
    for customer_id, ago in (("C-1", 3), ("C-2", 1), ("C-3", 2)):
        await records.know(customer_id, email=MAIL)
        at = records.clock() - timedelta(days=ago)
        await records.send("email", MAIL, f"R-{customer_id}", customer_id=customer_id, at=at)
    await post(provider, written())
    assert [one["customer_id"] for one in await records.contacts()] == ["C-2"]


async def test_the_same_mail_is_one_contact(provider: httpx.AsyncClient, records: Records) -> None:
    await records.know(email=MAIL)
    assert [await post(provider, written()) for _ in range(3)] == [204] * 3
    assert len(await records.contacts()) == 1


@pytest.mark.parametrize(
    "heads",
    [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"Return_Path": "<>"}, {"List_Id": "<news.example>"}],
)
async def test_a_machine_is_no_contact(provider: httpx.AsyncClient, records: Records, heads: dict[str, str]) -> None:
    address = await reply_address(records, await records.send("email", MAIL))
    assert await post(provider, written(to=address, **heads)) == 204
    assert await records.contacts() == []


async def test_only_the_new_words_are_kept_and_attachments_counted(
    provider: httpx.AsyncClient, records: Records
) -> None:
    await records.know(email=MAIL)
    parts = (
        "--b\r\nContent-Type: text/plain\r\n\r\nYes.\r\n\r\nOn 23 Nov 2026, L <x@y.example> wrote:\r\n> Old\r\n"
        "--b\r\nContent-Type: image/jpeg\r\n\r\nxx\r\n--b--\r\n"
    )
    await post(provider, written(parts, Content_Type="multipart/mixed; boundary=b"))
    assert [one["text"] for one in await records.contacts()] == ["Yes."]
    assert await records.rows(select(inbound_message.c.attachments)) == [{"attachments": 1}]


@pytest.mark.parametrize("word", ["STOP", "Stop.", "parar", "退订", "Стоп", "STOP\r\n\r\n> Old words\r\n"])
async def test_one_word_closes_the_address(provider: httpx.AsyncClient, records: Records, word: str) -> None:
    await records.know(email=MAIL)
    await records.send("email", MAIL)
    await post(provider, written(word))
    assert await records.closed() == [(DEALER, "email", "stop")]
    assert [one["kind"] for one in await records.contacts()] == ["courtesy"]
    await post(provider, written("START", Message_ID="<m-2@x>"))
    assert await records.closed() == []


async def test_a_forged_sender_opens_and_closes_nothing_of_his(provider: httpx.AsyncClient, records: Records) -> None:
    to = await reply_address(records, await records.send("email", MAIL))
    forged = {"sender": STRANGER, "to": to, "Authentication_Results": "mx; dmarc=fail"}
    assert await post(provider, written("STOP", **forged)) == 204
    assert await records.closed() == [(DEALER, "email", "stop")], "the address that was written to, alone"


async def test_a_sentence_that_holds_the_word_closes_nothing(provider: httpx.AsyncClient, records: Records) -> None:
    await records.know(email=MAIL)
    await post(provider, written("We have got to stop this noise"))
    assert await records.closed() == []


async def test_the_case_is_that_of_the_mail_while_it_is_open(provider: httpx.AsyncClient, records: Records) -> None:
    await records.know(email=MAIL)
    now = records.clock()
    case = {"dealer_id": DEALER, "customer_id": CUSTOMER, "owner_role": "salesperson", "opened_at": now}
    cases = [("old", "open", 2), ("new", "open", 1), ("gone", "closed", 0)]
    async with records.database.transaction() as connection:
        for case_id, status, ago in cases:
            at = dict.fromkeys(("newest_event_at", "last_activity_at"), now - timedelta(hours=ago))
            await connection.execute(insert(journey_case).values(case_id=case_id, status=status, **case, **at))
    for number, (case_id, expected) in enumerate([("old", "old"), ("gone", "new")]):
        attempt = await records.send("email", MAIL, f"R-{number}")
        await set_case(records, attempt, case_id)
        await post(provider, written(In_Reply_To=f"<{attempt}@x>", Message_ID=f"<m-{number}@x>"))
        assert (await records.contacts())[-1]["case_id"] == expected


async def set_case(records: Records, attempt_id: str, case_id: str) -> None:
    statement = text(
        "update notification set case_id = :case_id where notification_id ="
        " (select notification_id from notification_attempt where attempt_id = :attempt_id)"
    )
    async with records.database.transaction() as connection:
        await connection.execute(statement, {"case_id": case_id, "attempt_id": attempt_id})


async def test_who_has_no_secret_is_refused(
    client_of: Callable[[str | None], httpx.AsyncClient], key_of: KeyOf, records: Records
) -> None:
    await records.know(email=MAIL)
    assert await post(client_of("wrong"), written()) == 401
    assert await post(client_of(None), written()) == 401
    assert await post(await key_of("tasks:read"), written()) == 403
    assert await records.contacts() == []


async def test_an_admin_speaks_of_its_own_dealers_alone(key_of: KeyOf, records: Records) -> None:
    await records.know("C-9", OTHER_DEALER, email=MAIL)
    assert await post(await key_of("admin"), written()) == 204
    assert await records.contacts() == []


@pytest.mark.parametrize(("kind", "status"), [("text/plain", 415), ("application/json", 415), ("message/global", 204)])
async def test_only_whole_mails_are_taken(provider: httpx.AsyncClient, kind: str, status: int) -> None:
    answer = await provider.post(PATH, content=written(), headers={"content-type": kind})
    assert answer.status_code == status


async def test_a_large_mail_is_read_for_its_words(provider: httpx.AsyncClient, records: Records) -> None:
    await records.know(email=MAIL)
    head = "--b\r\nContent-Type: text/plain\r\n\r\nYes.\r\n--b\r\nContent-Type: image/jpeg\r\n\r\n"
    large = written(head + "x" * 6_000_000 + "\r\n--b--\r\n", Content_Type="multipart/mixed; boundary=b")
    assert await post(provider, large) == 204
    assert [one["text"] for one in await records.contacts()] == ["Yes."]
    assert await post(provider, written("x" * (40 << 20))) == 413


async def test_the_time_is_when_our_server_took_it(provider: httpx.AsyncClient, records: Records) -> None:
    await records.know(email=MAIL)
    now = records.clock()
    for number, ago in enumerate([timedelta(minutes=90), timedelta(days=9), -timedelta(hours=1)]):
        at = (now - ago).strftime("%a, %d %b %Y %H:%M:%S +0000")
        await post(provider, written(Received=f"from a by b; {at}", Message_ID=f"<m-{number}@x>"))
    times: list[Any] = [one["at"] for one in await records.contacts()]
    assert times == [now - timedelta(minutes=90), now, now]
