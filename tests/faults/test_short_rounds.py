"""Short rounds, one a seed: a few seconds of load, one or two strikes by chance, quiet, every proof."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
from carriers import CARRIERS, Carrier, carried_by
from load_dealer import BRISK
from mail_ledger import mail_server
from running_stack import RunningStack, passable_folder
from seeds import ROUNDS
from strikes import plan_strikes, strike_all
from trial import Trial

pytestmark = [pytest.mark.processes, pytest.mark.trial]

SIDE_BY_SIDE = [
    pytest.param(*form.values, marks=[*form.marks, pytest.mark.xdist_group(f"rounds on {form.values[0]}")])
    for form in CARRIERS
]

SECONDS = 3
STRUCK_WITHIN = 5.0
"""Seconds after the beginning: into the time in which clocks run out."""
ROUNDS_EACH = 20
"""The proofs are over the whole installation, and grow with it."""
WRITING = 10
"""Every tenth seed is played with e-mail, last, for after a strike it may have to wait for an attempt's lease."""


@dataclass
class Premises:
    """One installation after another: a new one after so many rounds, and after one that failed."""

    carried_by: str
    trial: Trial | None = None
    carrier: Carrier = field(default_factory=Carrier)
    rounds: int = 0
    writing: bool = False
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def enter(self, writing: bool) -> tuple[Trial, Carrier]:
        """The installation for one more round, with a channel or without."""
        if self.trial is None or self.rounds == ROUNDS_EACH or self.writing != writing:
            await self.leave()
            await self._build(writing)
        self.rounds += 1
        assert self.trial is not None
        return self.trial, self.carrier

    async def leave(self) -> None:
        """End the present installation, if there is one."""
        self.trial = None
        await self._open.aclose()

    async def _build(self, writing: bool) -> None:
        folder = self._open.enter_context(passable_folder())
        self.carrier = self._open.enter_context(carried_by(self.carried_by, folder))
        mails = await self._open.enter_async_context(mail_server(folder / "mails.jsonl")) if writing else None
        channel = {"HANDOFF_SMTP_URL": mails.url, "HANDOFF_SMTP_FROM": "handoff@dealer.example"} if mails else {}
        stack = RunningStack(folder, {**channel, **self.carrier.settings})
        self._open.push_async_callback(stack.stop)
        await stack.start()
        self.trial, self.rounds, self.writing = Trial(stack, mails, self.carrier.servers, record=BRISK), 0, writing


@pytest.fixture(scope="module", params=SIDE_BY_SIDE)
async def premises(request: pytest.FixtureRequest) -> AsyncIterator[Premises]:
    """Installations on each form of the transport."""
    premises = Premises(request.param)
    yield premises
    await premises.leave()


def writes(seed: int) -> bool:
    """Whether the round of a seed has a channel."""
    return seed % WRITING == 0


@pytest.mark.parametrize("seed", sorted(ROUNDS, key=writes))
async def test_a_round_loses_nothing_and_repeats_nothing(
    seed: int, premises: Premises, record_testsuite_property: Callable[[str, object], None]
) -> None:
    trial, carrier = await premises.enter(writes(seed))
    plan = plan_strikes(seed, bool(carrier.brokers), STRUCK_WITHIN)
    struck = ", ".join(f"{strike.name} after {strike.at:.1f} s" for strike in plan)
    record_testsuite_property(f"struck in seed {seed}, brokers {carrier.servers or 'none'}", struck)
    try:
        await trial.run(seed, SECONDS, strike_all(plan, trial.stack, carrier))
        await trial.prove()
    except BaseException as error:
        error.add_note(f"seed {seed}: {struck}; round {premises.rounds} of its installation")
        error.add_note(trial.stack.complaints())
        await premises.leave()
        raise
