"""The link of a mail as it goes over the line."""

from datetime import UTC, datetime

from notifier.channels.channel import Outbound
from notifier.channels.mail_message import write_mail

LINK = "https://handoff.example/a/long/way/" + "x" * 120 + "/u/" + "t" * 32


def lines(link: str | None) -> list[bytes]:
    message = Outbound(
        attempt_id="A-1",
        channel="email",
        to="ana@example.pt",
        to_name="Ana Sousa",
        sender="Lisboa Motors",
        subject="Olá",
        text="x",
        language="pt",
        unsubscribe=link,
    )
    return write_mail(message, "no-reply@lisboa.example", datetime(2026, 11, 23, tzinfo=UTC)).as_bytes().splitlines()


def test_a_long_link_is_neither_broken_nor_encoded() -> None:
    sent = lines(LINK)
    assert f"List-Unsubscribe: <{LINK}>".encode() in sent
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in sent


def test_a_mail_without_one_has_no_such_header() -> None:
    assert not any(line.lower().startswith(b"list-unsubscribe") for line in lines(None))
