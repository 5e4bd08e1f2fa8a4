"""How soon a ringing telephone is answered is measured, and nobody is told (T-01)."""

from typing import Any

import pytest
from prometheus_client import REGISTRY

from harness.running_services import RunningServices

OBSERVER = {"observed_by": {"role": "service_advisor"}}
CUSTOMER = {"customer_id": "C-7", "step": 17}


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """A dealer with a customer."""
    await services.open_dealer()
    await services.add_customer("C-7")


def measured() -> dict[str, float]:
    """How many answers were measured, by whether they were in time."""
    name = "handoff_telephone_answer_seconds_count"
    return {word: REGISTRY.get_sample_value(name, {"in_time": word}) or 0 for word in ("yes", "no")}


async def signal(services: RunningServices, name: str, **more: Any) -> None:
    """The telephone system says something."""
    await services.post_event(signals=[name], channel="telephone", **OBSERVER, **more)


@pytest.mark.parametrize("whose", [CUSTOMER, {}])
@pytest.mark.parametrize(("seconds", "word"), [(15, "yes"), (16, "no")])
async def test_an_answer_is_in_time_or_not(
    services: RunningServices, whose: dict[str, Any], seconds: int, word: str
) -> None:
    before = measured()
    await signal(services, "phone_ringing", **whose)
    await services.advance(seconds=seconds)
    await signal(services, "phone_answered", **whose)
    assert measured() == {**before, word: before[word] + 1}
    assert await services.timers() == {}
    assert await services.notifications() == []


async def test_what_is_not_a_pair_is_not_measured(services: RunningServices) -> None:
    before = measured()
    await signal(services, "phone_answered", **CUSTOMER)
    await signal(services, "phone_ringing", **CUSTOMER)
    await services.advance(hours=1)
    await signal(services, "phone_answered", **CUSTOMER)
    assert measured() == before


async def test_a_call_is_answered_once(services: RunningServices) -> None:
    before = measured()
    await signal(services, "phone_ringing", **CUSTOMER)
    for _ in range(2):
        await services.advance(seconds=5)
        await signal(services, "phone_answered", **CUSTOMER)
    assert measured()["yes"] == before["yes"] + 1
