"""A customer whom no channel reaches is marked until somebody has been in touch."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from harness.dealership import DEALER
from harness.memory_mail_channel import MemoryMailChannel
from harness.names import REPAIR_STATUS_CHANGED, UNEXPECTED_EVENT
from harness.running_services import RunningServices
from notifier.channels.channel import Channel

CUSTOMER, OWNER = "C-7", "S-service_advisor"
NUMBER = {"kind": "telephone", "address": "+351911111111", "verified": True}


@pytest.fixture
def channels(mails: MemoryMailChannel) -> Mapping[str, Channel]:
    """E-mail can be sent."""
    return {"email": mails}


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """The customer has a telephone only."""
    await services.open_dealer()
    await services.add_customer(CUSTOMER, existing=True, channels=[NUMBER])


async def called_in_vain(services: RunningServices) -> None:
    """The repair's status changed, and nobody answered the call."""
    seen = {"observed_by": {"role": "service_advisor", "staff_id": OWNER}, "step": UNEXPECTED_EVENT}
    await services.post_event(customer_id=CUSTOMER, occurrences=[REPAIR_STATUS_CHANGED], **seen)
    await complete(services, "CALL", "no_answer")


async def complete(services: RunningServices, entry: str, outcome: str) -> None:
    """The customer owner does the task."""
    task = await services.task(entry)
    await services.act(task["task_id"], "accept", OWNER)
    await services.act(task["task_id"], "complete", OWNER, outcome=outcome)


async def unreachable(services: RunningServices) -> bool:
    """Whether the customer is marked."""
    return bool((await services.get(f"/v1/dealers/{DEALER}/customers/{CUSTOMER}"))["unreachable"])


def said(**contact: Any) -> Callable[[RunningServices], Awaitable[Any]]:
    """A contact with the customer."""
    return lambda services: services.contact(customer_id=CUSTOMER, **contact)


def found(outcome: str) -> Callable[[RunningServices], Awaitable[Any]]:
    """The task to find a way to the customer is completed."""
    return lambda services: complete(services, "UNREACHABLE", outcome)


@pytest.mark.parametrize(
    ("happens", "still"),
    [
        (said(direction="inbound", channel="telephone"), False),
        (said(direction="outbound", channel="telephone", kind="update", outcome="spoke"), False),
        (said(direction="outbound", channel="store", kind="update"), False),
        (said(direction="outbound", channel="email", kind="update"), True),
        (said(direction="outbound", channel="telephone", kind="update", outcome="voicemail"), True),
        (found("customer_answered"), False),
        (found("not_needed"), True),
    ],
)
async def test_proof_of_contact_alone_ends_it(
    services: RunningServices, happens: Callable[[RunningServices], Awaitable[Any]], still: bool
) -> None:
    """What was written proves nothing."""
    await called_in_vain(services)
    assert await unreachable(services)
    await happens(services)
    assert await unreachable(services) is still
