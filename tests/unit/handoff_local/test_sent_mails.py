"""The mails a local stack keeps, and their pages."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient

from handoff_local.sink.mails import Mails
from handoff_local.sink.pages import pages


def mail(subject: str, text: str = "Exmo. Senhor João,\n\nresponde às 15h.") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@dealer.example", "joao@correio.example", subject
    message.set_content(text)
    return message.as_bytes()


@pytest.fixture
def mails(tmp_path: Path) -> Mails:
    return Mails(tmp_path / "mails", kept=3)


def browser(mails: Mails) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(pages(mails)), base_url="http://sink")


def test_the_newest_come_first_and_the_oldest_leave(mails: Mails) -> None:
    assert [mails.add(mail(f"n {n}")) for n in range(1, 6)] == [1, 2, 3, 4, 5]
    assert mails.numbers() == [5, 4, 3]
    assert mails.read(1) is None
    kept = mails.read(5)
    assert kept is not None
    assert (kept.header("Subject"), kept.text.splitlines()[0]) == ("n 5", "Exmo. Senhor João,")


def test_numbers_go_on_in_the_same_folder(mails: Mails, tmp_path: Path) -> None:
    mails.add(mail("one"))
    assert Mails(tmp_path / "mails").add(mail("two")) == 2


async def test_the_list_and_each_mail_are_shown_escaped(mails: Mails) -> None:
    sent = mail("Olá <script>alert(1)</script>", "<b>não</b> é negrito")
    mails.add(sent)
    async with browser(mails) as client:
        listing = (await client.get("/")).text
        assert "joao@correio.example" in listing
        assert "<script>" not in listing
        page = (await client.get("/mails/1")).text
        assert "&lt;b&gt;não&lt;/b&gt; é negrito" in page
        assert (await client.get("/mails/1.eml")).content == mail(
            "Olá <script>alert(1)</script>", "<b>não</b> é negrito"
        )
        assert (await client.get("/mails.json")).json()["items"][0]["number"] == 1
        assert (await client.get("/mails/2")).status_code == 404


async def test_an_empty_sink_says_so(mails: Mails) -> None:
    async with browser(mails) as client:
        assert "No mail has been sent yet" in (await client.get("/")).text
