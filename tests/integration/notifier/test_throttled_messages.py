"""A customer gets no more messages that Handoff writes by itself than the dealer's limit: the others wait."""

from datetime import timedelta
from typing import Any

import pytest

from harness.stepped_services import SteppedServices

pytestmark = pytest.mark.database
LIMIT = {"throttle": {"messages": 2, "per": "PT30M"}}


@pytest.fixture(autouse=True)
async def dealership(services: SteppedServices) -> None:
    """Two messages in half an hour are enough."""
    await services.open_dealer(**LIMIT)
    await services.add_customer()


async def statuses(services: SteppedServices, message: str = "STATUS") -> list[str]:
    """What has become of the messages of a kind, oldest first."""
    return [status for _, status in await services.statuses(message)]


async def post(services: SteppedServices, count: int, **given: Any) -> None:
    """So many changes of a repair, all read together."""
    for _ in range(count):
        await services.post_repair_status(**given)
    await services.settle()


async def test_the_third_waits_until_the_first_is_half_an_hour_old(services: SteppedServices) -> None:
    """Whether it comes with them or later; all go in the end, in their order, each once."""
    began = services.clock()
    await post(services, 3)
    await services.advance(minutes=1)
    await post(services, 1)
    assert await statuses(services) == ["delivered", "delivered", "held", "held"]
    third, fourth = (await services.notifications("STATUS"))[2:]
    for row in (third, fourth):
        assert began + timedelta(minutes=30) <= row["scheduled_for"] <= began + timedelta(minutes=36)
    votes = [vote for vote in third["votes"] if vote["layer"] == "throttle"]
    assert [(vote["channel"], vote["allowed"]) for vote in votes] == [("email", False)]
    assert "2 messages within PT30M already" in votes[0]["because"]
    await services.advance(minutes=40)
    assert await statuses(services) == ["delivered"] * 4
    await post(services, 1)
    assert (await statuses(services))[-1] == "held"


async def test_another_customer_has_a_limit_of_their_own(services: SteppedServices) -> None:
    await services.add_customer("C-2", channels=[{"kind": "email", "address": "rui@example.pt", "verified": True}])
    await post(services, 2)
    await post(services, 2, customer_id="C-2")
    assert await statuses(services) == ["delivered"] * 4


async def test_what_concerns_safety_and_what_answers_does_not_wait(services: SteppedServices) -> None:
    await post(services, 2)
    await post(services, 1, topics=["recall"])
    assert await statuses(services) == ["delivered"] * 3
    await services.post_infotainment_message(channel="email")
    await services.settle()
    assert await statuses(services, "ACK") == ["delivered"]
