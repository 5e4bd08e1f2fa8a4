"""Promises given to a customer: kept, moved, broken, kept late, whatever the services do meanwhile."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from handoff_local.verify import Difference
from harness.dealership import CUSTOMER, DEALER
from harness.running_services import SERVICE_ADVISOR, RunningServices
from harness.verification import at_odds
from notifier.timers.due_subjects import publish_due
from notifier.timers.due_timers import fire_timers
from notifier.timers.scheduler import TimerScheduler
from shared.db.engine import bind
from shared.db.schema import outbox, promise_event, timer_due
from shared.playbook.ruleset.entries import Playbook

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
async def case_id(services: RunningServices) -> str:
    """A customer with a matter; answers its case."""
    await services.open_dealer()
    await services.add_customer(CUSTOMER, name="Ana Sousa")
    contact = await services.contact(customer_id=CUSTOMER, direction="inbound", channel="telephone")
    return str(contact["case_id"])


class Promises:
    """Verbs on the promises of the customer's case."""

    def __init__(self, services: RunningServices, case_id: str, playbook: Playbook) -> None:
        self.services = services
        self.case_id = case_id
        self.playbook = playbook

    async def at_odds(self) -> list[Difference]:
        """What a verification rebuilds otherwise than it is stored."""
        return await at_odds(self.services, self.playbook)

    def later(self, **by: float) -> str:
        """An instant so much later."""
        return (self.services.clock() + timedelta(**by)).isoformat()

    async def make(self, **given: Any) -> str:
        """A date promised for in eight hours; answers its id."""
        body = {"customer_id": CUSTOMER, "case_id": self.case_id, "staff_id": SERVICE_ADVISOR, "kind": "date"}
        body |= {"text": "Ready at six.", "due_at": self.later(hours=8), "dealer_id": DEALER}
        return str((await self.post("/v1/promises", {**body, **given}))["promise_id"])

    async def act(self, promise_id: str, action: str, **body: Any) -> Any:
        """Change one; the services follow."""
        return await self.post(f"/v1/promises/{promise_id}/{action}", body)

    async def post(self, path: str, body: Any) -> Any:
        """Post, and let the services follow."""
        answer = await self.services.client.post(path, json=body)
        assert answer.status_code in (200, 201), answer.text
        await self.services.settle()
        return answer.json()

    async def get(self, promise_id: str) -> Any:
        """One as it is."""
        return await self.services.get(f"/v1/promises/{promise_id}")

    async def state(self, promise_id: str) -> tuple[str, int | None]:
        """Its state and score."""
        one = await self.get(promise_id)
        return one["state"], one["score"]

    async def records(self) -> list[str]:
        """What was published of promises, in order."""
        of_promises = outbox.c.type.like("handoff.promise.%")
        rows = await self.services.rows(select(outbox.c.type).where(of_promises).order_by(outbox.c.seq))
        return [row["type"].split(".")[2] for row in rows]


@pytest.fixture
def promises(services: RunningServices, case_id: str, playbook: Playbook) -> Promises:
    """The promises of the case."""
    return Promises(services, case_id, playbook)


async def clock_of(services: RunningServices) -> Any:
    """The clock of the one line of promises."""
    return (await services.timers(rule="PROMISE"))["PROMISE"]


async def test_a_promise_kept_in_time(services: RunningServices, promises: Promises) -> None:
    """To the second of its date; the clock is met and nothing more is due."""
    promise_id = await promises.make()
    await services.advance(hours=8)
    await promises.act(promise_id, "keep")
    assert await promises.state(promise_id) == ("kept", 0)
    await services.advance(days=3)
    assert await promises.state(promise_id) == ("kept", 0)
    assert [kind for rule, kind in await services.sla_records() if rule == "PROMISE"] == ["started", "warning", "met"]
    assert await promises.records() == ["made", "kept"]
    assert await promises.at_odds() == []


async def test_a_promise_breaks_in_the_second_after_its_date(services: RunningServices, promises: Promises) -> None:
    """Through the night, whatever the dealer's hours; it can be kept late, and its chain ends."""
    promise_id = await promises.make(due_at=promises.later(hours=17))
    await services.advance(hours=17)
    assert await promises.state(promise_id) == ("open", None)
    await services.advance(seconds=1)
    broken = await promises.get(promise_id)
    assert (broken["state"], broken["score"], broken["ended_at"]) == ("broken", -1, broken["due_at"])
    await services.advance(hours=1)
    refused = await services.client.post(f"/v1/promises/{promise_id}/withdraw", json={})
    assert (refused.status_code, refused.json()["detail"]) == (409, "The promise is broken.")
    await promises.act(promise_id, "keep")
    assert await promises.state(promise_id) == ("kept", -1)
    kinds = [kind for rule, kind in await services.sla_records() if rule == "PROMISE"]
    assert kinds == ["started", "warning", "breached", "escalated"]
    await services.advance(days=2)
    assert len([kind for rule, kind in await services.sla_records() if rule == "PROMISE"]) == len(kinds)
    assert await promises.records() == ["made", "broken", "kept"]
    assert (await clock_of(services))["state"] == "completed"
    assert await promises.at_odds() == []


async def test_a_word_that_it_was_kept_in_time_mends_a_broken_one(
    services: RunningServices, promises: Promises
) -> None:
    """The clock says so too."""
    promise_id = await promises.make()
    await services.advance(hours=9)
    assert await promises.state(promise_id) == ("broken", -1)
    await promises.act(promise_id, "keep", at=promises.later(hours=-1))
    assert await promises.state(promise_id) == ("kept", 0)
    clock = await clock_of(services)
    assert (clock["state"], clock["breached_at"]) == ("completed", None)
    assert await promises.at_odds() == []


@pytest.mark.parametrize(("told", "score"), [(True, 0), (False, -1)])
async def test_a_moved_promise_scores_when_its_date_has_passed(
    services: RunningServices, promises: Promises, told: bool, score: int
) -> None:
    """By whether the customer knew of it; nobody can be told here, for the dealer has no channel."""
    promise_id = await promises.make()
    await services.advance(hours=1)
    said = {"customer_told_at": promises.later()} if told else {}
    await promises.act(promise_id, "move", new_due_at=promises.later(days=2), **said)
    assert await promises.state(promise_id) == ("moved", None)
    await services.advance(hours=7)
    assert await promises.state(promise_id) == ("moved", None)
    await services.advance(seconds=1)
    assert await promises.state(promise_id) == ("moved", score)
    clock = await clock_of(services)
    successor = (await promises.get(promise_id))["successor_id"]
    assert (clock["subject_id"], clock["state"]) == (successor, "running")
    await services.advance(days=2)
    assert await promises.state(successor) == ("broken", -1)
    assert await promises.records() == ["made", "moved", "made", "broken"]
    assert await promises.at_odds() == []


async def test_the_third_move_of_a_line_costs_and_its_first_date_stays(
    services: RunningServices, promises: Promises
) -> None:
    """One clock for the line."""
    first = promise_id = await promises.make()
    scores = []
    for _ in range(3):
        told = {"customer_told_at": promises.later()}
        await promises.act(promise_id, "move", new_due_at=promises.later(days=2), **told)
        await services.advance(hours=1)
        scores.append((await promises.state(promise_id))[1])
        promise_id = (await promises.get(promise_id))["successor_id"]
    assert scores == [None, None, -1]
    last = await promises.get(promise_id)
    assert (last["moves"], last["state"]) == (3, "open")
    clock = await clock_of(services)
    assert (clock["subject_id"], clock["original_due_at"]) == (promise_id, (await promises.get(first))["due_at"])
    assert await promises.at_odds() == []


async def test_calling_back_keeps_what_was_promised(services: RunningServices, promises: Promises) -> None:
    """All call-backs of the case made before, and nothing else; calls in vain keep none."""
    call, other = await promises.make(kind="call_back"), await promises.make(kind="call_back")
    date = await promises.make()
    await services.advance(hours=1)
    said = {"customer_id": CUSTOMER, "direction": "outbound", "channel": "telephone", "staff_id": SERVICE_ADVISOR}
    for in_vain in ("no_answer", "voicemail"):
        await services.contact(**said, kind="answer", outcome=in_vain)
    assert await promises.state(call) == ("open", None)
    await services.contact(**said, kind="estimate", outcome="spoke")
    later = await promises.make(kind="call_back")
    assert [await promises.state(one) for one in (call, other)] == [("kept", 1), ("kept", 1)]
    assert [await promises.state(one) for one in (date, later)] == [("open", None), ("open", None)]
    assert await promises.at_odds() == []


async def test_a_call_back_that_comes_late_is_kept_late(services: RunningServices, promises: Promises) -> None:
    """And one that is told late, but was in time, is kept in time."""
    late, in_time = [await promises.make(kind="call_back", due_at=promises.later(hours=hour)) for hour in (1, 3)]
    await services.advance(hours=4)
    assert [(await promises.state(one))[0] for one in (late, in_time)] == ["broken", "broken"]
    at = promises.later(hours=-2)
    said = {"customer_id": CUSTOMER, "direction": "outbound", "channel": "telephone", "outcome": "spoke", "at": at}
    await services.contact(**said, kind="update", staff_id=SERVICE_ADVISOR)
    assert [await promises.state(one) for one in (late, in_time)] == [("kept", -1), ("kept", 1)]
    assert await promises.at_odds() == []


async def test_a_closed_case_leaves_its_promises(services: RunningServices, promises: Promises) -> None:
    """They end by themselves only, and still break."""
    promise_id = await promises.make()
    body = {"staff_id": "S-client_experience_manager", "outcome": "satisfied"}
    await promises.post(f"/v1/dealers/{DEALER}/cases/{promises.case_id}/close", body)
    assert await promises.state(promise_id) == ("open", None)
    await services.advance(hours=9)
    assert await promises.state(promise_id) == ("broken", -1)
    assert await promises.at_odds() == []


async def test_a_promise_across_the_end_of_summer_time(services: RunningServices, promises: Promises) -> None:
    """Its date is an instant, whatever the clocks of the zone do."""
    services.clock.at = datetime.fromisoformat("2027-03-27T20:00:00+00:00")
    contact = await services.contact(customer_id=CUSTOMER, direction="inbound", channel="telephone")
    promise_id = await promises.make(case_id=contact["case_id"], due_at="2027-03-28T09:00:00+01:00")
    await services.advance(hours=9)
    await services.advance(hours=3)
    assert await promises.state(promise_id) == ("open", None)
    await services.advance(seconds=1)
    assert await promises.state(promise_id) == ("broken", -1)
    warnings = [row for row in await services.rows(outbox.select()) if row["type"] == "handoff.sla.warning.v1"]
    assert [row["payload"]["at"] for row in warnings if row["payload"]["rule"] == "PROMISE"] == ["2027-03-28T05:00:00Z"]


async def test_who_answers_for_it_follows_the_case_unless_a_person_gave_it(
    services: RunningServices, promises: Promises
) -> None:
    """A promise stays with who gave it."""
    promise_id = await promises.make(staff_id="S-salesperson")
    body = {"role": "client_experience_manager", "by": SERVICE_ADVISOR}
    await promises.post(f"/v1/dealers/{DEALER}/cases/{promises.case_id}/owner", body)
    assert (await promises.get(promise_id))["owner"] == {"role": "salesperson", "staff_id": "S-salesperson"}


async def test_what_came_twice_counts_once(services: RunningServices, promises: Promises) -> None:
    """A breach that is read again breaks nothing again."""
    promise_id = await promises.make()
    await services.advance(hours=9)
    mine = promise_event.c.promise_id == promise_id
    history = select(promise_event.c.action).where(mine).order_by(promise_event.c.version)
    assert [row["action"] for row in await services.rows(history)] == ["made", "broken"]
    assert [row for row in await services.rows(timer_due.select()) if row["kind"] == "promise"] == []


async def test_schedulers_that_die_before_their_commit_lose_and_repeat_nothing(
    services: RunningServices, promises: Promises
) -> None:
    """What they had fired is fired by the next one, once, however many there are."""
    promise_id = await promises.make()
    moved = await promises.make()
    await promises.act(moved, "move", new_due_at=promises.later(days=2))
    services.clock.advance(timedelta(hours=9))
    dying = await services.database.engine.connect()
    await dying.begin()
    await bind(dying, "*")
    timer_id = (await promises.get(promise_id))["timer_id"]
    assert await fire_timers(dying, [timer_id], services.clock())
    assert await publish_due(dying, datetime.min.replace(tzinfo=UTC), services.clock(), 10)
    await dying.close()
    schedulers = [TimerScheduler(services.database, services.clock) for _ in range(3)]
    await asyncio.gather(*(one.fire_due() for one in schedulers))
    await services.settle()
    assert await promises.state(promise_id) == ("broken", -1)
    assert await promises.state(moved) == ("moved", -1)
    assert sorted(await promises.records()) == ["broken", "made", "made", "made", "moved"]
    breaches = [kind for rule, kind in await services.sla_records() if (rule, kind) == ("PROMISE", "breached")]
    assert len(breaches) == 1
    assert await promises.at_odds() == []
