"""A whole installation for each test, on a folder that is gone afterwards."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from mail_ledger import MailLedger, mail_server
from running_stack import RunningStack, passable_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of the test's own."""
    with passable_folder() as folder:
        yield folder


@pytest.fixture
async def mails(folder: Path) -> AsyncIterator[MailLedger]:
    """A mail server with its ledger."""
    async with mail_server(folder / "mails.jsonl") as ledger:
        yield ledger


@pytest.fixture
async def stack(folder: Path, mails: MailLedger) -> AsyncIterator[RunningStack]:
    """`handoff up`, ready, with nothing in it."""
    running = RunningStack(folder, {"HANDOFF_SMTP_URL": mails.url, "HANDOFF_SMTP_FROM": "handoff@dealer.example"})
    try:
        await running.start()
        yield running
    finally:
        await running.stop()
