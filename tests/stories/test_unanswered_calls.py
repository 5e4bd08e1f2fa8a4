"""An attempt that reached nobody settles nothing; one that did does."""

from collections.abc import Mapping
from typing import Any

import pytest

from harness.memory_mail_channel import MemoryMailChannel
from harness.names import EASY_ACCESS
from harness.running_services import RunningServices
from notifier.channels.channel import Channel

CUSTOMER, CASE = "C-7", "K-1"


@pytest.fixture
def channels(mails: MemoryMailChannel) -> Mapping[str, Channel]:
    """E-mail can be sent."""
    return {"email": mails}


@pytest.fixture(autouse=True)
async def message(services: RunningServices) -> None:
    """A message that comes at night: its acknowledgement is held until the morning."""
    await services.open_dealer()
    address = {"kind": "email", "address": "ana@customer.example", "verified": True}
    await services.add_customer(
        CUSTOMER, existing=True, channels=[address], quiet_hours=[{"from": "21:00", "to": "08:00"}]
    )
    await services.advance(hours=12)
    observer = {"role": "service_advisor", "staff_id": "S-service_advisor"}
    await services.post_event(
        customer_id=CUSTOMER, case_id=CASE, step=EASY_ACCESS, observed_by=observer, channel="message"
    )
    await services.advance(minutes=5)


async def answered(services: RunningServices, **how: Any) -> None:
    """The service advisor answers, or tries to."""
    tried = {"direction": "outbound", "kind": "answer", "staff_id": "S-service_advisor", **how}
    await services.contact(customer_id=CUSTOMER, case_id=CASE, **tried)
    await services.advance(hours=10)


async def acknowledgements(services: RunningServices) -> set[str]:
    """What became of the acknowledgement."""
    made = (await services.get("/v1/notifications", dealer_id="lisboa-01"))["items"]
    return {one["status"] for one in made if one["message"] == "ACK"}


@pytest.mark.parametrize("outcome", ["no_answer", "voicemail", "refused", None])
async def test_a_call_in_vain_leaves_the_acknowledgement_owed(services: RunningServices, outcome: str | None) -> None:
    """Nobody has heard an answer: the customer is told in the morning that the message came."""
    await answered(services, channel="telephone", **({"outcome": outcome} if outcome else {}))
    assert await acknowledgements(services) == {"delivered"}


@pytest.mark.parametrize("how", [{"channel": "telephone", "outcome": "spoke"}, {"channel": "email"}])
async def test_an_answer_withdraws_the_acknowledgement(services: RunningServices, how: dict[str, str]) -> None:
    """Spoken, or written: an acknowledgement after it would be noise."""
    await answered(services, **how)
    assert await acknowledgements(services) == {"withdrawn"}
