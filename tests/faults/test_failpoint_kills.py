"""Services that end themselves at the worst places, again and again under load: nothing is lost, nothing repeated."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from carriers import CARRIERS, Carrier, carried_by
from mail_ledger import MailLedger
from running_stack import RunningStack
from seeds import SEEDS
from trial import Trial
from waiting import pause

pytestmark = [pytest.mark.processes, pytest.mark.trial, pytest.mark.xdist_group("faults")]

SECONDS = 8
EVERYWHERE = {
    "intake.before_commit": 80,
    "intake.before_answer": 80,
    "handoff-worker.before_commit": 15,
    "handoff-worker.before_position": 15,
    "notifier.before_commit": 25,
    "notifier.before_position": 25,
    "feed.before_commit": 40,
    "feed.before_position": 40,
    "clocks.before_commit": 20,
    "dispatch.before_commit": 60,
    "dispatch.before_marking": 60,
}
"""How often at most a process passes each place before it ends there: seldom enough to get on."""

OVER_KAFKA = {"relay.before_position": 15}
"""Places that only this form has."""

IN_BATCHES = 4
"""Alone, a place that is passed once a batch is struck so many times as often: on a slow machine batches are few."""


def alone(place: str) -> dict[str, int]:
    """A place as the only one. An attempt or a request waits for its time after each death: theirs stays seldom."""
    often = (EVERYWHERE | OVER_KAFKA)[place]
    return {place: often if place.startswith(("dispatch", "intake")) else often // IN_BATCHES}


@pytest.fixture(params=CARRIERS)
def carrier(request: pytest.FixtureRequest, folder: Path) -> Iterator[Carrier]:
    """Each form of the transport."""
    with carried_by(request.param, folder) as carrier:
        yield carrier


async def strike(carrier: Carrier, folder: Path, mails: MailLedger, seed: int, places: Mapping[str, int]) -> set[str]:
    """A trial with services that end at these places; answers where they did."""
    setting = ",".join(f"{place}:~{often}" for place, often in places.items())
    told = {"HANDOFF_SMTP_URL": mails.url, "HANDOFF_SMTP_FROM": "handoff@dealer.example", "HANDOFF_FAILPOINT": setting}
    stack = RunningStack(folder, {**told, **carrier.settings})
    try:
        await stack.start()
        trial = Trial(stack, mails, carrier.servers)
        await trial.run(seed, SECONDS, pause(SECONDS))
        await trial.prove()
        return set(stack.ended_at())
    finally:
        await stack.stop()


@pytest.mark.parametrize("seed", SEEDS)
async def test_all_of_them_at_once(seed: int, carrier: Carrier, folder: Path, mails: MailLedger) -> None:
    places = EVERYWHERE | (OVER_KAFKA if carrier.servers else {})
    ended = await strike(carrier, folder, mails, seed, places)
    assert len(ended) >= len(places) // 3, ended


@pytest.mark.nightly
@pytest.mark.parametrize("place", EVERYWHERE)
async def test_each_alone(place: str, carrier: Carrier, folder: Path, mails: MailLedger) -> None:
    assert await strike(carrier, folder, mails, SEEDS[0], alone(place)) == {place}


@pytest.mark.nightly
@pytest.mark.kafka
async def test_the_relay_alone(folder: Path, mails: MailLedger) -> None:
    with carried_by("kafka", folder) as carrier:
        place = "relay.before_position"
        assert await strike(carrier, folder, mails, SEEDS[0], alone(place)) == {place}
