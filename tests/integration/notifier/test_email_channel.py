"""E-mail by a real SMTP server that accepts, refuses, drops the line, hangs."""

import re
from datetime import timedelta

import pytest

from harness.clocks import MovableClock
from harness.smtp_server import MailServer
from notifier.channels.channel import Outbound, TryLater, Unconfirmed, Undeliverable
from notifier.channels.email import EmailChannel
from notifier.channels.smtp_connections import Server, parse_mailbox, parse_server

SENDER = "no-reply@lisboa.example"


def message(**given: str) -> Outbound:
    values = {
        "attempt_id": "0197-attempt",
        "channel": "email",
        "to": "ana@example.pt",
        "to_name": "Ana Sousa",
        "sender": "Lisboa Motors",
        "subject": "Recebemos a sua mensagem, João",
        "text": "Exmo.(a) Senhor(a) Ana Sousa,\n\nObrigado.\n",
        "language": "pt-PT",
    }
    return Outbound(**{**values, **given})


@pytest.fixture
async def channel(mail: MailServer, clock: MovableClock):  # type: ignore[no-untyped-def]
    channel = EmailChannel(Server("127.0.0.1", mail.port), SENDER, clock, timeout=timedelta(seconds=5))
    yield channel
    await channel.close()


async def test_an_accepted_mail_has_all_its_headers(channel: EmailChannel, mail: MailServer) -> None:
    accepted = await channel.send(message())
    (received,) = mail.accepted
    assert str(received["From"]) == "Lisboa Motors <no-reply@lisboa.example>"
    assert str(received["To"]) == "Ana Sousa <ana@example.pt>"
    assert str(received["Subject"]) == "Recebemos a sua mensagem, João"
    assert str(received["Message-ID"]) == "<0197-attempt@lisboa.example>" == accepted.reference
    assert str(received["Date"]) == "Mon, 23 Nov 2026 10:00:00 +0000"
    assert str(received["Auto-Submitted"]) == "auto-generated"
    assert str(received["Content-Language"]) == message().language
    assert re.sub("\r\n", "\n", received.get_content()) == message().text
    assert accepted.code == "250"


async def test_a_mail_with_html_has_its_text_first(channel: EmailChannel, mail: MailServer) -> None:
    await channel.send(message(html="<p>Olá &amp; obrigado</p>\n"))
    (received,) = mail.accepted
    assert received.get_content_type() == "multipart/alternative"
    plain, html = received.iter_parts()
    assert [plain.get_content_type(), html.get_content_type()] == ["text/plain", "text/html"]
    assert re.sub("\r\n", "\n", plain.get_content()) == message().text
    assert html.get_content().strip() == "<p>Olá &amp; obrigado</p>"
    assert str(received["Content-Language"]) == message().language


@pytest.mark.parametrize(("told", "code"), [("451", "451"), ("451 rcpt", "451")])
async def test_a_refusal_for_now_is_tried_later(channel: EmailChannel, mail: MailServer, told: str, code: str) -> None:
    mail.behaviour.append(told)  # type: ignore[arg-type]
    with pytest.raises(TryLater) as failure:
        await channel.send(message())
    assert failure.value.code == code
    assert mail.accepted == []


@pytest.mark.parametrize("told", ["550", "550 rcpt"])
async def test_a_refusal_for_good_gives_the_channel_up(channel: EmailChannel, mail: MailServer, told: str) -> None:
    mail.behaviour.append(told)  # type: ignore[arg-type]
    with pytest.raises(Undeliverable) as failure:
        await channel.send(message())
    assert failure.value.code == "550"


async def test_a_line_dropped_after_the_text_leaves_it_unconfirmed(channel: EmailChannel, mail: MailServer) -> None:
    mail.behaviour.append("drop")
    with pytest.raises(Unconfirmed):
        await channel.send(message())
    assert len(mail.accepted) == 1


async def test_a_server_that_hangs_leaves_it_unconfirmed(mail: MailServer, clock: MovableClock) -> None:
    hasty = EmailChannel(Server("127.0.0.1", mail.port), SENDER, clock, timeout=timedelta(seconds=1.5))
    mail.behaviour.append("hang")
    with pytest.raises(Unconfirmed):
        await hasty.send(message())
    await hasty.close()


async def test_nobody_at_home_is_tried_later(mail: MailServer, clock: MovableClock) -> None:
    await mail.stop()
    nobody = EmailChannel(Server("127.0.0.1", mail.port), SENDER, clock, timeout=timedelta(seconds=1))
    with pytest.raises(TryLater) as failure:
        await nobody.send(message())
    assert failure.value.code == "no_connection"


async def test_one_line_carries_many_mails(channel: EmailChannel, mail: MailServer) -> None:
    for _ in range(3):
        await channel.send(message())
    assert (len(mail.accepted), mail.connections) == (3, 1)


async def test_a_line_the_server_closed_is_opened_anew(channel: EmailChannel, mail: MailServer) -> None:
    await channel.send(message())
    mail.hang_up()
    await channel.send(message())
    assert (len(mail.accepted), mail.connections) == (2, 2)


@pytest.mark.parametrize("to", ["not an address", "a@b\r\nBcc: all@example.com", ""])
async def test_an_address_no_header_can_hold_is_undeliverable(channel: EmailChannel, to: str) -> None:
    with pytest.raises(Undeliverable) as failure:
        await channel.send(message(to=to))
    assert failure.value.code == "bad_address"


async def test_a_name_stays_within_its_header(channel: EmailChannel, mail: MailServer) -> None:
    await channel.send(message(sender='Lisboa "Motors", Lda.', to_name="Zoë <boss@example.com>"))
    (received,) = mail.accepted
    assert received["From"].addresses[0].addr_spec == SENDER
    assert [address.addr_spec for address in received["To"].addresses] == ["ana@example.pt"]


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", Server("mail.example", 25)),
        ("smtp://u%40x:p%3Aw@mail.example:587", Server("mail.example", 587, "u@x", "p:w")),
        ("smtps://mail.example", Server("mail.example", 465, tls=True)),
    ],
)
def test_the_server_is_read_from_its_address(url: str, server: Server) -> None:
    assert parse_server(url) == server


@pytest.mark.parametrize("url", ["http://mail.example", "mail.example", "smtp://"])
def test_another_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="HANDOFF_SMTP_URL"):
        parse_server(url)


def test_the_sender_may_come_with_a_name_or_not_at_all() -> None:
    server = Server("mail.example", 25)
    assert parse_mailbox("Lisboa <info@lisboa.example>", server) == "info@lisboa.example"
    assert parse_mailbox("", server) == "handoff@mail.example"
    with pytest.raises(ValueError, match="HANDOFF_SMTP_FROM"):
        parse_mailbox("nobody", server)
