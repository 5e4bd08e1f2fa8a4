"""A provider that is slow, and one that takes a mail and cuts the line: nobody is written to more than twice."""

import random
from pathlib import Path

import pytest
from mail_ledger import mail_server
from running_stack import RunningStack
from seeds import SEEDS
from trial import Trial
from waiting import pause

pytestmark = [pytest.mark.processes, pytest.mark.trial, pytest.mark.xdist_group("faults")]

SECONDS = 5


@pytest.mark.parametrize("seed", SEEDS[:1])
async def test_what_is_not_known_to_be_sent_is_sent_once_more_at_most(seed: int, folder: Path) -> None:
    async with mail_server(folder / "mails.jsonl", random.Random(seed)) as mails:
        stack = RunningStack(folder, {"HANDOFF_SMTP_URL": mails.url, "HANDOFF_SMTP_FROM": "handoff@dealer.example"})
        try:
            await stack.start()
            trial = Trial(stack, mails)
            await trial.run(seed, SECONDS, pause(SECONDS))
            await trial.prove()
            async with stack.database() as connection:
                unsure = await connection.fetchval("select count(*) from notification_attempt where status = 'unknown'")
            assert unsure > 0
        finally:
            await stack.stop()
