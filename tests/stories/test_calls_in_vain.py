"""An attempt that reached nobody settles nothing; one that did does."""

from typing import Any

import pytest
from stage import Stage

from notifier.consumers.consumer import Hearing
from notifier.context import Means

CUSTOMER, CASE = "C-7", "K-1"


@pytest.fixture(autouse=True)
async def message(stage: Stage) -> None:
    """A message that comes at night: its acknowledgement is held until the morning."""
    stage.hearing = Hearing(Means(frozenset({"email"})), stage.clock, stage.clock)
    await stage.open_dealer()
    address = {"kind": "email", "address": "ana@customer.example", "verified": True}
    await stage.meet(CUSTOMER, existing=True, channels=[address], quiet_hours=[{"from": "21:00", "to": "08:00"}])
    await stage.advance(hours=12)
    observer = {"role": "service_advisor", "staff_id": "S-service_advisor"}
    await stage.post(customer_id=CUSTOMER, case_id=CASE, step=13, observed_by=observer, channel="message")
    await stage.advance(minutes=5)


async def answered(stage: Stage, **how: Any) -> None:
    """The service advisor answers, or tries to."""
    tried = {"direction": "outbound", "kind": "answer", "staff_id": "S-service_advisor", **how}
    await stage.contact(customer_id=CUSTOMER, case_id=CASE, **tried)
    await stage.advance(hours=10)


async def acknowledgements(stage: Stage) -> set[str]:
    """What became of the acknowledgement."""
    made = (await stage.get("/v1/notifications", dealer_id="lisboa-01"))["items"]
    return {one["status"] for one in made if one["message"] == "ACK"}


@pytest.mark.parametrize("outcome", ["no_answer", "voicemail", "refused", None])
async def test_a_call_in_vain_leaves_the_acknowledgement_owed(stage: Stage, outcome: str | None) -> None:
    """Nobody has heard an answer: the customer is told in the morning that the message came."""
    await answered(stage, channel="telephone", **({"outcome": outcome} if outcome else {}))
    assert await acknowledgements(stage) == {"queued"}


@pytest.mark.parametrize("how", [{"channel": "telephone", "outcome": "spoke"}, {"channel": "email"}])
async def test_an_answer_withdraws_the_acknowledgement(stage: Stage, how: dict[str, str]) -> None:
    """Spoken, or written: an acknowledgement after it would be noise."""
    await answered(stage, **how)
    assert await acknowledgements(stage) == {"withdrawn"}
