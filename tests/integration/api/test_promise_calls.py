"""Promises over HTTP: what is taken, what is refused, what becomes of them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from harness.clocks import MovableClock
from harness.dealership import CASE, CUSTOMER, Dealership
from shared.db.engine import Database
from shared.db.schema import outbox, promise_event, sla_timer

pytestmark = pytest.mark.database

PROMISES = "/v1/promises"
FIELDS = {
    "promise_id", "dealer_id", "customer_id", "case_id", "task_id", "kind", "text", "due_at", "made_at", "amount",
    "currency", "owner", "state", "score", "moves", "predecessor_id", "successor_id", "backed_by", "extra", "reason",
    "customer_told_at", "ended_at", "timer_id", "version",
}  # fmt: skip


class Promises:
    """Verbs on the promises of one customer."""

    def __init__(self, client: httpx.AsyncClient, clock: MovableClock) -> None:
        self.client = client
        self.clock = clock

    def at(self, **later: float) -> str:
        """An instant so much later than now."""
        return (self.clock() + timedelta(**later)).isoformat()

    def body(self, **given: Any) -> dict[str, Any]:
        """A date promised for in eight hours."""
        plain = {"dealer_id": "lisboa-01", "customer_id": CUSTOMER, "case_id": CASE, "staff_id": "SA-1"}
        return {**plain, "kind": "date", "text": "Ready at five.", "due_at": self.at(hours=8), **given}

    async def make(self, **given: Any) -> dict[str, Any]:
        """Give a promise."""
        answer = await self.client.post(PROMISES, json=self.body(**given))
        assert answer.status_code == 201, answer.text
        assert answer.headers["etag"] == '"1"'
        return dict(answer.json())

    async def act(self, promise: dict[str, Any], action: str, **body: Any) -> dict[str, Any]:
        """Change one."""
        answer = await self.client.post(f"{PROMISES}/{promise['promise_id']}/{action}", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def refused(self, promise: dict[str, Any], action: str, **body: Any) -> tuple[int, str]:
        """How a change is refused: the status, and where or why."""
        answer = await self.client.post(f"{PROMISES}/{promise['promise_id']}/{action}", json=body)
        problem = answer.json()
        return answer.status_code, (problem.get("errors") or [{"pointer": problem["detail"]}])[0]["pointer"]

    async def listed(self, **wanted: Any) -> list[str]:
        """The ids of a list."""
        answer = await self.client.get(PROMISES, params=wanted)
        assert answer.status_code == 200, answer.text
        return [one["promise_id"] for one in answer.json()["items"]]


@pytest.fixture
async def dealership(database: Database, clock: MovableClock) -> Dealership:
    """A dealership with its people, and a customer with a case that SA-1 owns."""
    return await Dealership(database, clock).open_with_case()


@pytest.fixture
def promises(dealership: Dealership, admin: httpx.AsyncClient, clock: MovableClock) -> Promises:
    """The promises of the customer."""
    return Promises(admin, clock)


async def test_a_promise_is_answered_whole(
    promises: Promises, dealership: Dealership, admin: httpx.AsyncClient
) -> None:
    made = await promises.make(kind="cost", text="At most 250 euros.", amount=250.5, currency="EUR")
    assert set(made) == FIELDS
    assert (made["state"], made["score"], made["moves"], made["amount"]) == ("open", None, 0, 250.5)
    assert made["owner"] == {"role": "service_advisor", "staff_id": "SA-1"}
    read = await admin.get(f"{PROMISES}/{made['promise_id']}")
    assert (read.json(), read.headers["etag"]) == (made, '"1"')
    (timer,) = await dealership.rows(select(sla_timer).where(sla_timer.c.timer_id == made["timer_id"]))
    assert (timer["rule"], timer["target"], timer["subject"]) == ("PROMISE", "promise", "promise")
    assert (timer["subject_id"], timer["state"], timer["case_id"]) == (made["promise_id"], "running", CASE)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"due_at": "2020-01-01T10:00:00Z"}, "/due_at"),
        ({"due_at": "9999-12-31T23:59:59Z"}, "/due_at"),
        ({"due_at": "2026-12-01T10:00:00"}, "/due_at"),
        ({"amount": 10.001, "currency": "EUR"}, "/amount"),
        ({"amount": "10", "currency": "EUR"}, "/amount"),
        ({"amount": -1, "currency": "EUR"}, "/amount"),
        ({"amount": True, "currency": "EUR"}, "/amount"),
        ({"amount": 10}, "/currency"),
        ({"currency": "EUR"}, "/amount"),
        ({"amount": 10, "currency": "XXY"}, "/currency"),
        ({"amount": 10, "currency": "DEM"}, "/currency"),
        ({"amount": 10, "currency": "eur"}, "/currency"),
        ({"kind": "vow"}, "/kind"),
        ({"text": "  "}, "/text"),
        ({"staff_id": "nobody"}, "/staff_id"),
        ({"dealer_id": "faro-01"}, "/dealer_id"),
        ({"customer_id": "C-9"}, "/case_id"),
        ({"case_id": "case-9"}, "/case_id"),
        ({"task_id": "task-9"}, "/task_id"),
        ({"backed_by": {"order": "O-9"}}, "/backed_by/order"),
        ({"backed_by": {"appointment": "A-9"}}, "/backed_by/appointment"),
        ({"backed_by": {}}, "/backed_by"),
        ({"wish": 1}, "/wish"),
    ],
)
async def test_what_is_refused(promises: Promises, wrong: dict[str, Any], pointer: str) -> None:
    answer = await promises.client.post(PROMISES, json=promises.body(**wrong))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text


async def test_the_instant_itself_is_past(promises: Promises) -> None:
    answer = await promises.client.post(PROMISES, json=promises.body(due_at=promises.at()))
    assert answer.status_code == 422
    assert (await promises.make(due_at=promises.at(seconds=1)))["state"] == "open"


async def test_a_date_years_ahead_has_its_clock(promises: Promises) -> None:
    made = await promises.make(due_at="2099-12-31T10:00:00+01:00")
    assert made["due_at"] == "2099-12-31T09:00:00Z"


async def test_a_closed_case_takes_no_promise_and_keeps_those_it_has(
    promises: Promises, dealership: Dealership
) -> None:
    made = await promises.make()
    await dealership.close_cases()
    answer = await promises.client.post(PROMISES, json=promises.body())
    assert (answer.status_code, answer.json()["title"]) == (409, "bad_state")
    (timer,) = await dealership.rows(select(sla_timer).where(sla_timer.c.timer_id == made["timer_id"]))
    assert timer["state"] == "running"
    assert (await promises.act(made, "keep"))["state"] == "kept"


async def test_it_is_kept(promises: Promises, dealership: Dealership) -> None:
    made = await promises.make(kind="cost", amount=250, currency="EUR")
    kept = await promises.act(made, "keep", amount=240, extra="a free wash", reason="less work", staff_id="SA-1")
    assert (kept["state"], kept["score"], kept["extra"], kept["reason"]) == ("kept", 1, "a free wash", "less work")
    assert (kept["version"], kept["ended_at"]) == (2, made["made_at"])
    assert await promises.act(made, "keep") == kept
    (timer,) = await dealership.rows(select(sla_timer).where(sla_timer.c.timer_id == made["timer_id"]))
    assert (timer["state"], timer["breached_at"]) == ("completed", None)
    assert await dealership.records("handoff.sla.v1") == ["started", "made", "met", "kept"]


async def test_it_is_moved_and_its_clock_goes_over(promises: Promises, dealership: Dealership) -> None:
    made = await promises.make()
    promises.clock.advance(timedelta(hours=1))
    day_after = promises.at(hours=30)
    moved = await promises.act(made, "move", new_due_at=day_after, reason="no part", customer_told_at=promises.at())
    assert (moved["state"], moved["score"], moved["customer_told_at"]) == ("moved", None, promises.at()[:-6] + "Z")
    successor = (await promises.client.get(f"{PROMISES}/{moved['successor_id']}")).json()
    assert (successor["state"], successor["moves"], successor["predecessor_id"]) == ("open", 1, made["promise_id"])
    assert (successor["text"], successor["timer_id"]) == (made["text"], made["timer_id"])
    (timer,) = await dealership.rows(select(sla_timer).where(sla_timer.c.rule == "PROMISE"))
    assert (timer["subject_id"], timer["state"]) == (successor["promise_id"], "running")
    assert timer["due_at"].isoformat() == day_after
    assert timer["original_due_at"] - timer["started_at"] == timedelta(hours=8)
    clock = (await promises.client.get(f"/v1/sla/timers/{made['timer_id']}")).json()
    assert clock["history"][-1]["because"] == "The promise was moved to another date"
    again = await promises.act(made, "move", new_due_at=promises.at(hours=40))
    assert again == moved
    assert await promises.listed(case_id=CASE) == [made["promise_id"], successor["promise_id"]]


async def test_it_is_withdrawn_without_a_score(promises: Promises, dealership: Dealership) -> None:
    made = await promises.make()
    gone = await promises.act(made, "withdraw", reason="she bought elsewhere")
    assert (gone["state"], gone["score"]) == ("withdrawn", None)
    (timer,) = await dealership.rows(select(sla_timer).where(sla_timer.c.rule == "PROMISE"))
    assert timer["state"] == "cancelled"
    for action, body in (("keep", {}), ("move", {"new_due_at": promises.at(days=2)})):
        assert await promises.refused(made, action, **body) == (409, "The promise is withdrawn.")


async def test_what_an_action_may_not_say(promises: Promises) -> None:
    made = await promises.make()
    refused = {
        ("move", None): (422, "/new_due_at"),
        ("keep", "new_due_at"): (422, "/new_due_at"),
        ("withdraw", "customer_told_at"): (422, "/customer_told_at"),
        ("move", "extra"): (422, "/extra"),
        ("withdraw", "amount"): (422, "/amount"),
        ("keep", "amount"): (422, "/amount"),
    }
    values: dict[str | None, Any] = {
        None: {},
        "new_due_at": {"new_due_at": promises.at(days=2)},
        "customer_told_at": {"customer_told_at": promises.at()},
        "extra": {"extra": "more", "new_due_at": promises.at(days=2)},
        "amount": {"amount": 1},
    }
    for (action, field), expected in refused.items():
        assert await promises.refused(made, action, **values[field]) == expected
    assert await promises.refused(made, "move", new_due_at=made["due_at"]) == (422, "/new_due_at")
    assert await promises.refused(made, "move", new_due_at=promises.at()) == (422, "/new_due_at")
    for at in (promises.at(minutes=5, seconds=1), promises.at(seconds=-1)):
        assert await promises.refused(made, "keep", at=at) == (422, "/at")
        told = {"new_due_at": promises.at(days=2), "customer_told_at": at}
        assert await promises.refused(made, "move", **told) == (422, "/customer_told_at")
    assert (await promises.act(made, "keep", at=promises.at(minutes=5)))["state"] == "kept"


async def test_a_word_for_a_keeping_in_time_counts_however_late(promises: Promises) -> None:
    made = await promises.make()
    promises.clock.advance(timedelta(hours=20))
    assert await promises.refused(made, "withdraw") == (409, "The promise is broken.")
    kept = await promises.act(made, "keep", at=promises.at(hours=-12))
    assert (kept["state"], kept["score"]) == ("kept", 0)


async def test_versions_are_held_to(promises: Promises, admin: httpx.AsyncClient) -> None:
    made = await promises.make()
    path = f"{PROMISES}/{made['promise_id']}/keep"
    stale = await admin.post(path, json={}, headers={"if-match": '"7"'})
    assert stale.status_code == 412
    kept = await admin.post(path, json={}, headers={"if-match": '"1"'})
    assert (kept.status_code, kept.headers["etag"]) == (200, '"2"')


async def test_a_repeated_request_makes_one_promise(promises: Promises, admin: httpx.AsyncClient) -> None:
    headers = {"idempotency-key": "make-1"}
    first, second = [await admin.post(PROMISES, json=promises.body(), headers=headers) for _ in range(2)]
    assert first.json() == second.json()
    assert len(await promises.listed(customer_id=CUSTOMER)) == 1


async def test_lists_are_by_date_and_filtered(promises: Promises, dealership: Dealership) -> None:
    late = await promises.make(due_at=promises.at(hours=9), staff_id="PS-1")
    soon = await promises.make(due_at=promises.at(hours=2))
    done = await promises.make(due_at=promises.at(hours=1))
    await promises.act(done, "keep")
    ids = [one["promise_id"] for one in (done, soon, late)]
    assert await promises.listed() == ids
    assert await promises.listed(dealer_id="lisboa-01", customer_id=CUSTOMER, case_id=CASE) == ids
    assert await promises.listed(state="open") == ids[1:]
    assert await promises.listed(state="open,kept") == ids
    assert await promises.listed(staff_id="PS-1") == ids[2:]
    assert await promises.listed(due_before=promises.at(hours=2)) == ids[:1]
    assert await promises.listed(customer_id="C-9") == []
    first = (await promises.client.get(PROMISES, params={"limit": "2"})).json()
    second = (await promises.client.get(PROMISES, params={"limit": "2", "cursor": first["next_cursor"]})).json()
    assert [one["promise_id"] for one in first["items"] + second["items"]] == ids
    assert (await promises.client.get(PROMISES, params={"status": "open"})).status_code == 422


async def test_who_may_read_and_write(promises: Promises, admin: httpx.AsyncClient, key_of: Callable[..., Any]) -> None:
    await admin.put("/v1/dealers/porto-01", json={"name": "Porto", "time_zone": "Europe/Lisbon"})
    made = await promises.make()
    path = f"{PROMISES}/{made['promise_id']}"
    reader, writer, operator = [await key_of(scope) for scope in ("tasks:read", "tasks:write", "ops:read")]
    assert [(await one.get(path)).status_code for one in (reader, operator, writer)] == [200, 200, 403]
    assert (await reader.post(f"{path}/keep", json={})).status_code == 403
    other = await key_of("tasks:read", "tasks:write", dealers=("porto-01",))
    assert (await other.get(path)).status_code == 404
    assert (await other.post(f"{path}/keep", json={})).status_code == 404
    assert (await other.get(PROMISES)).json()["items"] == []
    unknown = await other.post(PROMISES, json=promises.body())
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/dealer_id")
    assert (await writer.post(f"{path}/keep", json={})).status_code == 200
    assert (await promises.client.post(f"{path}/forget", json={})).status_code in (404, 422)


async def test_a_persons_key_speaks_for_that_person(
    promises: Promises, dealership: Dealership, key_of: Callable[..., Any]
) -> None:
    mine = await key_of("tasks:write", "tasks:read", staff_id="PS-1")
    made = await promises.make()
    path = f"{PROMISES}/{made['promise_id']}/keep"
    assert (await mine.post(PROMISES, json=promises.body())).status_code == 403
    assert (await mine.post(path, json={"staff_id": "SA-1"})).status_code == 403
    assert (await mine.post(path, json={})).status_code == 200
    rows = await dealership.rows(select(promise_event.c.action, promise_event.c.by).order_by(promise_event.c.version))
    assert [(row["action"], row["by"]) for row in rows] == [("made", "SA-1"), ("kept", "PS-1")]


async def test_no_words_go_out_on_a_topic(promises: Promises, dealership: Dealership) -> None:
    made = await promises.make()
    await promises.act(made, "keep", extra="a secret wash", reason="a private reason")
    rows = await dealership.rows(select(outbox).where(outbox.c.type.like("handoff.promise.%")))
    assert len(rows) == 2
    assert not any({"text", "extra", "reason"} & set(row["payload"]) for row in rows)
    assert "secret" not in str(rows)


async def test_the_promises_of_who_has_left_go_to_the_customer_owner(
    promises: Promises, dealership: Dealership, admin: httpx.AsyncClient
) -> None:
    made = await promises.make(staff_id="PS-1")
    path = "/v1/dealers/lisboa-01/staff/PS-1"
    merge = {"content-type": "application/merge-patch+json"}
    for presence, owner in (("off", "SA-1"), ("away", "PS-1")):
        assert (await admin.patch(path, json={"name": "Paula", "presence": presence}, headers=merge)).status_code == 200
        read = (await admin.get(f"{PROMISES}/{made['promise_id']}")).json()
        assert read["owner"]["staff_id"] == owner
        (timer,) = await dealership.rows(select(sla_timer).where(sla_timer.c.rule == "PROMISE"))
        assert timer["owner_staff_id"] == owner


async def test_case_task_and_journey_show_it(
    promises: Promises, dealership: Dealership, admin: httpx.AsyncClient
) -> None:
    task = await dealership.create_task()
    made = await promises.make(task_id=task.task_id)
    case = (await admin.get(f"/v1/dealers/lisboa-01/cases/{CASE}")).json()
    assert case["promises"] == [made]
    assert "PROMISE" in {timer["rule"] for timer in case["timers"]}
    shown = (await admin.get(f"/v1/tasks/{task.task_id}")).json()
    assert shown["packet"]["promises"] == [made]
    assert "PROMISE" not in {timer["rule"] for timer in shown["timers"]}
    journey = (await admin.get(f"/v1/dealers/lisboa-01/customers/{CUSTOMER}/journey")).json()
    assert journey["unplaced"]["promises"] == [made]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ["Promised by Mon 23 Nov, 18:00: Ready at five.", "Promise moved from", "Promise kept: Ready at five."],
        ),
        ("pt", ["Prometido até", "Promessa mudada de", "Promessa cumprida: Ready at five."]),
        ("es", ["Prometido para", "Promesa cambiada de", "Promesa cumplida: Ready at five."]),
        ("zh", ["承诺于", "承诺由", "承诺已兑现：Ready at five."]),
        ("ru", ["Обещано к", "Обещание перенесено с", "Обещание выполнено: Ready at five."]),
    ],
)
async def test_the_timeline_tells_what_became_of_it(
    promises: Promises, admin: httpx.AsyncClient, language: str, words: list[str]
) -> None:
    made = await promises.make()
    promises.clock.advance(timedelta(minutes=1))
    moved = await promises.act(made, "move", new_due_at=promises.at(days=1), reason="no part")
    promises.clock.advance(timedelta(minutes=1))
    await promises.act({"promise_id": moved["successor_id"]}, "keep")
    path = f"/v1/dealers/lisboa-01/cases/{CASE}/timeline"
    lines = (await admin.get(path, headers={"accept-language": language})).json()["items"]
    told = [line for line in lines if line["kind"] == "promise"]
    assert [line["text"].startswith(begins) for line, begins in zip(told, words, strict=True)] == [True] * 3
    assert told[1]["because"] == "no part"
    assert [line["promise_id"] for line in told] == [made["promise_id"]] * 2 + [moved["successor_id"]]
    assert told[0]["who"]["staff_id"] == "SA-1"
