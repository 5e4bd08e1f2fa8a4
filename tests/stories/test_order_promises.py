"""Promises the system makes: an order's date, the day that late parts are expected, and what the customer is told."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from harness.dealership import CUSTOMER, DEALER
from harness.memory_mail_channel import MemoryMailChannel
from harness.names import REPAIR_VEHICLE
from harness.running_services import SERVICE_ADVISOR, RunningServices
from harness.verification import at_odds
from notifier.channels.channel import Channel
from shared.db.schema import promise, sla_timer
from shared.playbook.ruleset.entries import Playbook

VIN = "SALWA2AB3CD456789"
MAIL = {"kind": "email", "address": "ana@example.pt", "verified": True}
SEEN = {"step": REPAIR_VEHICLE, "observed_by": {"role": "service_advisor", "staff_id": SERVICE_ADVISOR}}


@pytest.fixture
def channels(mails: MemoryMailChannel) -> Mapping[str, Channel]:
    """E-mail can be sent."""
    return {"email": mails}


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """A customer in the Azores, an hour behind the dealer, who reads English."""
    await services.open_dealer()
    zone = {"time_zone": "Atlantic/Azores", "locale": "en"}
    await services.add_customer(CUSTOMER, name="Ana Sousa", channels=[MAIL], **zone)


class Orders:
    """Verbs on one order of the customer."""

    def __init__(self, services: RunningServices, mails: MemoryMailChannel, playbook: Playbook) -> None:
        self.services = services
        self.mails = mails
        self.playbook = playbook
        self.record: dict[str, Any] = {"customer_id": CUSTOMER, "kind": "vehicle", "vin": VIN}

    def later(self, **by: float) -> str:
        """An instant so much later."""
        return (self.services.clock() + timedelta(**by)).isoformat()

    async def put(self, **given: Any) -> None:
        """Put the order, changed."""
        self.record |= given
        answer = await self.services.client.put(f"/v1/dealers/{DEALER}/orders/O-1", json=self.record)
        assert answer.status_code in (200, 201), answer.text
        await self.services.settle()

    async def promises(self) -> list[dict[str, Any]]:
        """What was promised, in order."""
        return list((await self.services.get("/v1/promises", customer_id=CUSTOMER))["items"])

    async def states(self) -> list[tuple[str, int | None]]:
        """How they stand."""
        rows = await self.services.rows(select(promise).order_by(promise.c.made_at, promise.c.moves))
        return [(row["state"], row["score"]) for row in rows]

    def told(self) -> list[str]:
        """The mails that were sent."""
        return [message.text for message in self.mails.taken]

    async def in_order(self) -> bool:
        """Whether a verification finds nothing."""
        return await at_odds(self.services, self.playbook) == []


@pytest.fixture
def orders(services: RunningServices, mails: MemoryMailChannel, playbook: Playbook) -> Orders:
    """The customer's order."""
    return Orders(services, mails, playbook)


async def test_an_order_with_a_date_is_a_promise_and_sends_nothing(services: RunningServices, orders: Orders) -> None:
    """At the later of both dates, owned by the role of its kind where no case is about the vehicle."""
    await orders.put(promised_at=orders.later(days=9), expected_at=orders.later(days=10))
    (one,) = await orders.promises()
    assert (one["kind"], one["state"], one["case_id"]) == ("date", "open", None)
    assert one["due_at"] == orders.later(days=10).replace("+00:00", "Z")
    assert one["backed_by"] == {"order": "O-1"}
    assert one["owner"] == {"role": "salesperson", "staff_id": None}
    assert (one["text"], orders.told()) == ("The ordered vehicle has arrived.", [])
    await orders.put()
    assert len(await orders.promises()) == 1
    await services.advance(days=5)
    await orders.put(status=" Delivered ")
    assert await orders.states() == [("kept", 1)]
    assert await orders.in_order()


async def test_it_takes_the_case_about_the_vehicle(services: RunningServices, orders: Orders) -> None:
    """And then its customer owner."""
    await services.post_event(
        customer_id=CUSTOMER, occurrences=["service_request_received"], vehicle={"vin": VIN.lower()}, **SEEN
    )
    await orders.put(promised_at=orders.later(days=9))
    (one,) = await orders.promises()
    case = await services.get(f"/v1/dealers/{DEALER}/cases/{one['case_id']}")
    assert one["owner"] == case["customer_owner"]
    assert await orders.in_order()


async def test_an_order_that_slips_twice_tells_the_customer_each_time(
    services: RunningServices, orders: Orders
) -> None:
    """Each move in time scores 0 once its date has passed; the days are those of her zone."""
    await orders.put(promised_at="2026-12-01T00:30:00+00:00")
    await services.advance(days=1)
    await orders.put(expected_at="2026-12-08T00:30:00+00:00")
    await services.advance(days=1)
    await orders.put(expected_at="2026-12-15T00:30:00+00:00")
    first, second = orders.told()
    assert "Monday, 30 November 2026 is now planned for Monday, 7 December 2026" in first
    assert "Monday, 7 December 2026 is now planned for Monday, 14 December 2026" in second
    assert [state for state, _ in await orders.states()] == ["moved", "moved", "open"]
    await services.advance(days=20)
    assert await orders.states() == [("moved", 0), ("moved", 0), ("broken", -1)]
    assert await orders.in_order()


async def test_an_earlier_date_is_no_move_and_a_past_one_changes_nothing(
    services: RunningServices, orders: Orders
) -> None:
    """Nobody is told."""
    await orders.put(promised_at=orders.later(days=9))
    await orders.put(promised_at=orders.later(days=5))
    (one,) = await orders.promises()
    assert (one["moves"], one["due_at"]) == (0, orders.later(days=5).replace("+00:00", "Z"))
    (timer,) = await services.rows(select(sla_timer).where(sla_timer.c.rule == "PROMISE"))
    assert timer["due_at"].isoformat() == orders.later(days=5)
    await services.advance(days=1)
    await orders.put(expected_at=orders.later(days=-1))
    assert (await orders.promises())[0]["version"] == 2
    assert orders.told() == []
    assert await orders.in_order()


async def test_what_is_promised_of_no_order(services: RunningServices, orders: Orders) -> None:
    """One that arrives done, cancelled or past makes none; cancelled or deleted, it takes its own back."""
    for given in ({"status": "done"}, {"status": "Cancelled"}, {"status": None, "promised_at": orders.later(days=-1)}):
        await orders.put(**{"promised_at": orders.later(days=3), **given})
        assert await orders.promises() == []
    await orders.put(promised_at=orders.later(days=4))
    await orders.put(status="CANCELLED")
    assert await orders.states() == [("withdrawn", None)]
    await orders.put(status="ordered", promised_at=orders.later(days=5))
    answer = await services.client.delete(f"/v1/dealers/{DEALER}/orders/O-1")
    assert answer.status_code == 204, answer.text
    assert await orders.states() == [("withdrawn", None), ("withdrawn", None)]
    assert await orders.in_order()


@pytest.mark.parametrize("fired", [True, False])
async def test_the_broken_date_of_an_order_that_is_cancelled_bothers_nobody_further(
    services: RunningServices, orders: Orders, fired: bool
) -> None:
    """It stays broken; its clock ends, whether the breach was told or is still to be, and nothing escalates."""
    await orders.put(promised_at=orders.later(hours=1))
    if fired:
        await services.advance(hours=1, seconds=1)
    else:
        services.clock.advance(timedelta(hours=1, seconds=1))
    await orders.put(status="cancelled")
    assert await orders.states() == [("broken", -1)]
    (timer,) = await services.timers_of("PROMISE")
    assert timer["state"] == "cancelled"
    assert timer["breached_at"] is not None
    told = len(await services.notifications())
    await services.advance(days=2)
    assert len(await services.notifications()) == told
    await orders.put(status="cancelled", expected_at=orders.later(days=3))
    assert await orders.in_order()


async def test_a_broken_date_is_given_anew_and_kept_late(services: RunningServices, orders: Orders) -> None:
    """The customer learns of the new one; the delivery keeps both, the broken one late, as of when it was done."""
    await orders.put(promised_at=orders.later(days=1))
    await services.advance(days=2)
    assert await orders.states() == [("broken", -1)]
    await orders.put(expected_at=orders.later(days=3))
    assert await orders.states() == [("broken", -1), ("open", None)]
    assert len(orders.told()) == 1
    await services.advance(days=2)
    await orders.put(status="delivered", done_at=orders.later(days=-1))
    assert await orders.states() == [("kept", -1), ("kept", 1)]
    assert (await orders.promises())[1]["ended_at"] == orders.later(days=-1).replace("+00:00", "Z")
    assert await orders.in_order()


async def test_a_customer_is_told_no_date_of_whoever_the_order_is_of_now(
    services: RunningServices, orders: Orders
) -> None:
    """An order whose date was broken goes to another customer: neither hears of a date that was another's."""
    other = "C-2"
    await services.add_customer(other, name="Rui Costa", channels=[MAIL | {"address": "rui@example.pt"}], locale="en")
    await orders.put(promised_at=orders.later(days=1))
    await services.advance(days=2)
    await orders.put(customer_id=other, expected_at=orders.later(days=3))
    assert await orders.states() == [("broken", -1), ("open", None)]
    assert orders.told() == []
    await services.advance(days=4)
    await orders.put(expected_at=orders.later(days=2))
    assert [(message.to, message.text.count("planned")) for message in orders.mails.taken] == [("rui@example.pt", 1)]
    assert await orders.in_order()


async def test_a_move_that_a_person_told_of_is_not_told_again(services: RunningServices, orders: Orders) -> None:
    """And an hour is named where the day stays."""
    await orders.put(promised_at="2026-12-01T11:00:00+00:00")
    (one,) = await orders.promises()
    path = "/v1/promises/{promise_id}/move"
    body = {"new_due_at": "2026-12-02T11:00:00Z", "customer_told_at": orders.later()}
    moved = (await services.client.post(path.format(**one), json=body)).json()
    await services.settle()
    assert orders.told() == []
    body = {"new_due_at": "2026-12-02T16:00:00Z"}
    answer = await services.client.post(path.format(promise_id=moved["successor_id"]), json=body)
    assert answer.status_code == 200, answer.text
    await services.settle()
    (mail,) = orders.told()
    assert "Wednesday, 2 December 2026 at 10:00 is now planned for Wednesday, 2 December 2026 at 15:00" in mail
    assert await orders.in_order()


async def test_late_parts_name_a_day_and_that_is_a_promise(services: RunningServices, orders: Orders) -> None:
    """One, at the end of her day; a later day moves it, and she knows of it; the repair's end is told too."""
    for day in ("2026-12-01", "2026-12-01", "2026-12-04"):
        slipped = {"signals": ["parts_eta_slipped"], "facts": {"order": {"expected_on": day}}}
        await services.post_event(customer_id=CUSTOMER, **slipped, **SEEN)
        await services.advance(minutes=1)
    assert await orders.states() == [("moved", None), ("open", None)]
    first, second = await orders.promises()
    assert (first["due_at"], second["due_at"]) == ("2026-12-02T00:59:59Z", "2026-12-05T00:59:59Z")
    assert "Tuesday, 1 December 2026" in orders.told()[0]
    assert len(orders.told()) == 3
    await services.advance(days=9)
    assert (await orders.states())[0] == ("moved", 0)
    await services.post_event(customer_id=CUSTOMER, occurrences=["repair_completed"], **SEEN)
    assert "is complete" in orders.told()[-1]
    assert await orders.in_order()


async def test_an_order_of_parts_stands_for_its_promise(services: RunningServices, orders: Orders) -> None:
    """The message names the day of the order, and no second promise is made of it."""
    await orders.put(kind="parts", promised_at="2026-12-01T11:00:00+00:00", expected_at="2026-12-03T11:00:00+00:00")
    await services.post_event(customer_id=CUSTOMER, signals=["parts_eta_slipped"], **SEEN)
    await services.settle()
    assert "Thursday, 3 December 2026" in orders.told()[0]
    assert await orders.states() == [("open", None)]
    assert await orders.in_order()
