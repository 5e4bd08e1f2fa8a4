"""Mail addresses that are accepted can be sent to; the others are refused where they are given."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from harness.provider_callbacks import DEALER
from harness.smtp_server import MailServer
from notifier.channels.channel import Outbound, Undeliverable
from notifier.channels.email import EmailChannel
from notifier.channels.smtp_connections import Server
from shared.channels.mail_addresses import sendable
from shared.people.addresses import address_hash

INTERNATIONAL = [
    ("ana@café.example.com", "ana@xn--caf-dma.example.com"),
    ("Ana.Sousa@BÜCHER.example", "Ana.Sousa@xn--bcher-kva.example"),
    ("li@例え.jp", "li@xn--r8jz45g.jp"),
    ("иван@почта.рф".replace("иван", "ivan"), "ivan@xn--80a1acny.xn--p1ai"),
    ("jose@cafe\u0301.example.com", "jose@xn--caf-dma.example.com"),
    ("wang@公司。cn", "wang@xn--55qx5d.cn"),
    ("\u200eana@example.pt\u00a0", "ana@example.pt"),
    ("Rui.Alves@example.pt. ", "Rui.Alves@example.pt"),
    ("eva@ελλάδα.example", "eva@xn--hxakic4aa.example"),
    ("jo@ｅｘａｍｐｌｅ.pt", "jo@example.pt"),
    ("o'brien+vw@groß.example", "o'brien+vw@xn--gro-7ka.example"),
]
REFUSED = [
    "joão@example.pt",
    "ana@",
    "@example.pt",
    "ana@exa mple.pt",
    "ana..sousa@example.pt",
    "ana.@example.pt",
    "ana@-example.pt",
    "ana@example..pt",
    "ana@[127.0.0.1]",
    "ana@b@example.pt",
    "a" * 65 + "@example.pt",
    "ana@" + "a" * 64 + ".pt",
    "ana@example.pt\r\nBcc: all@example.com",
    "Ana <ana@example.pt>",
]


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    """A real SMTP server."""
    server = MailServer()
    await server.start()
    yield server
    await server.stop()


def message(to: str) -> Outbound:
    return Outbound("attempt-1", "email", to, "Ana", "Lisboa Motors", "Olá", "Olá\n", "pt")


@pytest.mark.parametrize(("written", "sent"), INTERNATIONAL)
async def test_the_domain_goes_out_in_ascii(mail: MailServer, written: str, sent: str) -> None:
    channel = EmailChannel(Server("127.0.0.1", mail.port), "no-reply@lisboa.example", timeout=timedelta(seconds=5))
    await channel.send(message(written))
    await channel.close()
    assert mail.recipients == [sent]
    assert [one.addr_spec for one in mail.accepted[0]["To"].addresses] == [sent]


@pytest.mark.parametrize(("written", "sent"), INTERNATIONAL)
def test_both_spellings_of_a_domain_are_one_address(written: str, sent: str) -> None:
    assert address_hash("email", written) == address_hash("email", sent)


@pytest.mark.parametrize("written", REFUSED)
async def test_what_cannot_be_sent_to_is_no_address(mail: MailServer, written: str) -> None:
    assert sendable(written) is None
    channel = EmailChannel(Server("127.0.0.1", mail.port), "no-reply@lisboa.example", timeout=timedelta(seconds=5))
    with pytest.raises(Undeliverable, match="bad_address"):
        await channel.send(message(written))
    assert mail.connections == 0


@pytest.mark.database
async def test_every_address_that_cannot_be_sent_to_is_refused_in_one_answer(
    admin: httpx.AsyncClient, dealers: None
) -> None:
    good = [{"kind": "email", "address": written} for written, _ in INTERNATIONAL]
    bad = [{"kind": "email", "address": written} for written in REFUSED]
    answer = await admin.put(f"/v1/dealers/{DEALER}/customers/C-1", json={"channels": [*good, *bad]})
    assert answer.status_code == 422
    pointers = [fault["pointer"] for fault in answer.json()["errors"]]
    assert pointers == [f"/channels/{len(good) + index}/address" for index in range(len(bad))]
    assert (await admin.put(f"/v1/dealers/{DEALER}/customers/C-1", json={"channels": good})).status_code == 201


@pytest.mark.database
@pytest.mark.parametrize("written", REFUSED[:4])
async def test_a_group_mailbox_can_be_sent_to(admin: httpx.AsyncClient, written: str) -> None:
    dealer = {"name": "A dealer", "time_zone": "Europe/Lisbon", "group_mailbox": written}
    answer = await admin.put("/v1/dealers/d-1", json=dealer)
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/group_mailbox"]
