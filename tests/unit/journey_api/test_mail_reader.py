"""A customer's mail as it comes: its words whatever they are encoded in, its sender, what it answers, who made it."""

from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest

from journey_api.callbacks.mail_parts import Part
from journey_api.callbacks.mail_reader import ReceivedMail, read_mail
from journey_api.callbacks.mail_text import text_of, unfolded

HEAD = "From: Ana Sousa <Ana@Example.pt>\r\nTo: reply+0a@reply.example\r\nMessage-ID: <m-1@example.pt>\r\n"


def mail(text: str = "Yes.", head: str = "", kind: str = "text/plain; charset=utf-8") -> ReceivedMail:
    return read_mail(f"{HEAD}{head}Content-Type: {kind}\r\n\r\n{text}".encode())


def test_a_plain_mail_is_read_whole() -> None:
    found = mail(head="In-Reply-To: <a-1@lisboa.example>\r\nReferences: <a-0@x> <a-1@lisboa.example>\r\n")
    assert found == ReceivedMail(
        reference="m-1@example.pt",
        sender="ana@example.pt",
        recipients=("reply+0a@reply.example",),
        answers=("a-1@lisboa.example", "a-0@x"),
        text="Yes.",
        attachments=0,
        machine_made=False,
        vouched=True,
        at=None,
    )


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("utf-8", "Olá, é terça"),
        ("iso-8859-1", "Olá, é terça"),
        ("windows-1252", "“Olá” – 5 €"),
        ("koi8-r", "Да, спасибо"),
        ("gb2312", "好的，谢谢"),
        ("iso-2022-jp", "はい"),
    ],
)
@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable"])
def test_words_in_any_charset_and_encoding(charset: str, text: str, encoding: str) -> None:
    if encoding == "8bit":
        head = f"{HEAD}Content-Type: text/plain; charset={charset}\r\n\r\n"
        assert read_mail(head.encode() + text.encode(charset)).text == text
        return
    message = EmailMessage()
    message.set_content(text, charset=charset, cte=encoding)
    assert read_mail(HEAD.encode() + message.as_bytes()).text == text


@pytest.mark.parametrize(
    "charset", ["nonsense", "utf-8", "", "rot13", "hex", "undefined", "idna", "punycode", "utf-8\x00", "utf-7"]
)
def test_a_charset_that_is_none_or_wrong_loses_no_word(charset: str) -> None:
    raw = f"{HEAD}Content-Type: text/plain; charset={charset}\r\n\r\n".encode() + "Olá".encode("latin-1")
    assert read_mail(raw).text == "Olá"


def with_parts(*attached: tuple[str, str], html: str | None = None, text: str | None = "Yes.") -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "ana@example.pt", "lisboa@example.pt"
    if text is not None:
        message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    for name, content in attached:
        message.add_attachment(content.encode(), maintype="image", subtype="jpeg", filename=name)
    return message.as_bytes()


def test_attachments_are_counted_and_nothing_else_is_done_with_them() -> None:
    found = read_mail(with_parts(("a.jpg", "x"), ("b.jpg", "y"), html="<p>Yes</p>"))
    assert (found.text, found.attachments) == ("Yes.", 2)


def test_html_stands_in_where_there_is_no_text() -> None:
    raw = b"From: a@b.pt\r\nContent-Type: text/html\r\n\r\n<p>Sim, &eacute; <b>ter&ccedil;a</b></p>"
    assert read_mail(raw).text == "Sim, é terça"
    assert read_mail(with_parts(text="", html="<p>Sim</p>")).text == "Sim"


def test_a_mail_cut_off_within_an_attachment_keeps_its_words() -> None:
    whole = with_parts(("a.jpg", "x" * 10_000))
    assert read_mail(whole[: len(whole) // 2]).text == "Yes."


def test_lines_that_go_on_are_joined() -> None:
    assert mail("One \r\nline\r\nTwo", kind="text/plain; format=flowed").text == "One line\nTwo"


def test_a_quote_and_an_empty_line_end_a_paragraph_that_goes_on() -> None:
    assert unfolded("One \n> quoted \n> more\nTwo \n\nThree\n-- \nAna") == (
        "One \n> quoted \n> more\nTwo \nThree\n-- \nAna"
    )


def test_a_long_paragraph_is_joined_whole() -> None:
    assert unfolded("a \n" * 300_000) == "a " * 300_000


def test_only_the_beginning_of_a_long_text_is_decoded() -> None:
    raw = "Olá " + "é" * 200_000
    found = text_of(Part("Content-Type: text/plain; charset=utf-8", raw.encode().decode("latin-1")))
    assert found == "Olá " + "é" * 79_997, "160,000 octets, without the half of a character"


def test_an_address_that_cannot_be_read_hides_no_other() -> None:
    nested = "(" * 900
    assert mail(head=f"Cc: {nested}\r\nDelivered-To: c@d.pt\r\n").recipients == ("c@d.pt", "reply+0a@reply.example")
    assert mail(head=f"From: {nested}\r\n").sender is None, "it has two writers, and one is not known"


@pytest.mark.parametrize(
    "head",
    [
        "Auto-Submitted: auto-replied\r\n",
        "Auto-Submitted: auto-generated; x=y\r\n",
        "Precedence: bulk\r\n",
        "Precedence: Auto_Reply\r\n",
        "X-Auto-Response-Suppress: All\r\n",
        "List-Id: <news.example>\r\n",
        "Return-Path: <>\r\n",
        "X-Autoreply: yes\r\n",
    ],
)
def test_what_a_machine_made_is_known(head: str) -> None:
    assert mail(head=head).machine_made


@pytest.mark.parametrize("head", ["Auto-Submitted: no\r\n", "Precedence: first-class\r\n", "Return-Path: <a@b.pt>\r\n"])
def test_what_a_person_wrote_is_not(head: str) -> None:
    assert not mail(head=head).machine_made


@pytest.mark.parametrize(
    ("results", "vouched"),
    [
        ([], True),
        (["mx.example; spf=pass; dkim=pass; dmarc=pass"], True),
        (["mx.example; spf=fail; dkim=pass; dmarc=pass"], True),
        (["mx.example; dmarc=fail"], False),
        (["mx.example; spf=softfail"], False),
        (["mx.example; dkim=fail (bad)"], False),
        (["mx.example; spf=none; dkim=none"], True),
        (["mx.example; spf=fail", "forged.example; dmarc=pass"], False),
        (["mx.example; dmarc=pass", "old.example; dmarc=fail"], False),
    ],
)
def test_what_servers_say_against_a_sender_counts(results: list[str], vouched: bool) -> None:
    head = "".join(f"Authentication-Results: {one}\r\n" for one in results)
    assert mail(head=head).vouched is vouched


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("from a by b; Mon, 23 Nov 2026 10:00:00 +0100", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("from a by b; yesterday", None),
        ("from a by b; Mon, 23 Nov 2026 10:00:00", None),
        ("", None),
    ],
)
def test_the_time_is_that_of_our_own_server(written: str, at: datetime | None) -> None:
    assert mail(head=f"Received: {written}\r\nReceived: from x; Sun, 22 Nov 2026 10:00:00 +0000\r\n").at == at


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"no header at all",
        b"From: a@b.pt, c@d.pt\r\n\r\nx",
        b"From: \xff\xfe\r\nContent-Type: multipart/mixed; boundary*0*=x; boundary=y\r\n\r\n--y\r\n\r\nx",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 5_000,
        b"Content-Type: text/plain; charset*=utf-8''%ff\r\n\r\nx",
        b"To: " + b"<" * 100_000 + b"\r\n\r\nx",
        b"To: " + b"a@b, " * 50_000 + b"\r\n\r\nx",
        b"Subject: x\x00y\r\n\r\nz\x00\xed\xa0\x80",
        b"To: " + b"(" * 900 + b"\r\n\r\nx",
        b"From: " + b"(" * 900 + b"\r\n\r\nx",
        b"Received: x; 1 Jan 2020 99999999999999999999:00:00 +0000\r\n\r\nx",
    ],
)
def test_no_octets_break_it(raw: bytes) -> None:
    found = read_mail(raw)
    assert found.reference
    assert "\x00" not in (found.text or "")


def test_a_mail_without_an_id_is_known_by_its_octets() -> None:
    one, other = read_mail(b"From: a@b.pt\r\n\r\nx"), read_mail(b"From: a@b.pt\r\n\r\ny")
    assert one.reference == read_mail(b"From: a@b.pt\r\n\r\nx").reference != other.reference


def test_who_wrote_is_one_address_or_nobody() -> None:
    raw: Any = b"From: a@b.pt, c@d.pt\r\n\r\nx"
    assert read_mail(raw).sender is None
