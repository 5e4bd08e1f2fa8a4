"""The mail sink as a process on the launcher's sockets: a mail in, a page out, also after its death."""

import smtplib
import stat
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
from launched_stack import until

from handoff_local.launcher.child import Child, stop_all
from handoff_local.launcher.data_folder import DataFolder
from handoff_local.launcher.stack import Sink

pytestmark = pytest.mark.processes


@pytest.fixture
def sink() -> Iterator[Sink]:
    opened = Sink.opened(0)
    yield opened
    opened.mail.close()
    opened.page.close()


@pytest.fixture
def child(sink: Sink, tmp_path: Path) -> Iterator[Child]:
    process = sink.child(DataFolder(tmp_path))
    process.start()
    yield process
    stop_all([process], 5)


def send(sink: Sink, subject: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@dealer.example", "maria.joão@correio.example", subject
    message.set_content("Boa tarde.")
    with smtplib.SMTP("127.0.0.1", sink.mail.getsockname()[1], timeout=30) as client:
        client.send_message(message)


def subjects(sink: Sink) -> list[str]:
    listed = httpx.get(f"{sink.url}/mails.json", timeout=30, trust_env=False).json()["items"]
    return [mail["subject"] for mail in listed]


def test_a_mail_is_kept_shown_and_private(sink: Sink, child: Child, tmp_path: Path) -> None:
    send(sink, "Confirmação do seu pedido")
    assert subjects(sink) == ["Confirmação do seu pedido"]
    assert "Confirmação do seu pedido" in httpx.get(sink.url, timeout=30, trust_env=False).text
    assert stat.S_IMODE((tmp_path / "mails").stat().st_mode) == 0o700
    assert int((tmp_path / "sink.port").read_text()) == sink.page.getsockname()[1]


def test_a_dead_sink_refuses_nobody_and_the_next_keeps_its_address(sink: Sink, child: Child) -> None:
    send(sink, "before")
    assert child.process is not None
    child.process.kill()
    until(lambda: not child.alive())
    child.start()
    send(sink, "after")
    assert subjects(sink) == ["after", "before"]


def test_it_stops_when_told(sink: Sink, child: Child) -> None:
    send(sink, "one")
    assert child.process is not None
    child.process.terminate()
    assert child.process.wait(10) is not None


def test_the_services_are_told_where_it_is(sink: Sink) -> None:
    told = sink.settings()
    assert told["HANDOFF_SMTP_URL"] == f"smtp://127.0.0.1:{sink.mail.getsockname()[1]}"
    assert told["HANDOFF_SMTP_FROM"].endswith(".example")
    assert told["HANDOFF_SINK_URL"] == sink.url
