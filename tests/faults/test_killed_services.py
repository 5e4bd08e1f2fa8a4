"""kill -9 of one service after another under load: nothing is lost, nothing happens twice."""

from collections.abc import Callable

import pytest
from mail_ledger import MailLedger
from running_stack import RunningStack
from seeds import SEEDS
from service_killer import ServiceKiller
from trial import Trial

pytestmark = [pytest.mark.processes, pytest.mark.trial, pytest.mark.xdist_group("faults")]

SECONDS = 30


@pytest.mark.parametrize("seed", SEEDS)
async def test_services_killed_once_a_second_lose_nothing_and_repeat_nothing(
    seed: int, stack: RunningStack, mails: MailLedger, record_testsuite_property: Callable[[str, object], None]
) -> None:
    trial, killer = Trial(stack, mails), ServiceKiller(stack, seed)
    await trial.run(seed, SECONDS, killer.run(SECONDS))
    record_testsuite_property(f"kills of seed {seed}", len(killer.killed))
    record_testsuite_property(f"slowest return in seconds of seed {seed}", max(killer.returns))
    await trial.prove()
