"""`POST /v1/events`: what is accepted, refused, repeated and stored."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from event_posting import DEALER, Events, pointers
from fastapi import FastAPI
from sqlalchemy import text

from journey_api.access.app_state import stack_of_app
from shared.db.engine import Database

pytestmark = pytest.mark.database
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]


async def rows(database: Database, statement: str) -> list[Any]:
    """What the database holds."""
    async with database.transaction() as connection:
        return list((await connection.execute(text(statement))).all())


async def test_an_accepted_event_is_stored_published_and_has_begun_a_profile(
    events: Events, database: Database, clock: Any
) -> None:
    data = events.data(note="secret note", intake={"problem": "restarts"}, step="easy_access_ongoing_support")
    answer = await events.send(events.event(data=data, traceparent="00-1"))
    assert answer.status_code == 202
    (receipt,) = answer.json()["events"]
    assert {name: receipt[name] for name in ("source", "id", "status")} == {
        "source": "/dms",
        "id": "dms-1",
        "status": "accepted",
    }
    event_id = receipt["event_id"]
    ((stored, step, at, extensions),) = await rows(
        database, "select data, step, occurred_at, extensions from journey_event"
    )
    assert (step, at, extensions) == (13, clock.at, {"traceparent": "00-1"})
    assert "secret" not in str(stored)
    assert await rows(database, "select note, intake from event_intake") == [("secret note", {"problem": "restarts"})]
    assert await rows(database, "select event_id, key, payload, topic from outbox") == [
        (event_id, f"{DEALER}/C-1001", None, "handoff.journey.v1")
    ]
    profile = (await events.client.get(f"/v1/dealers/{DEALER}/customers/C-1001")).json()
    assert (profile["version"], profile["existing"], profile["consent"]["service"]) == (1, None, True)


async def test_an_event_of_no_customer(events: Events, database: Database) -> None:
    answer = await events.send(events.event(data=events.data(customer_id=None)))
    assert answer.status_code == 202
    assert await rows(database, "select key from outbox") == [(DEALER,)]
    assert await rows(database, "select * from customer") == []


async def test_a_repeat_in_any_mode_is_a_duplicate_and_changes_nothing(events: Events, database: Database) -> None:
    event = events.event(sequence=7, time="2026-11-23T09:00:00Z")
    first = (await events.send(event)).json()["events"][0]["event_id"]
    attributes = {name: str(value) for name, value in event.items() if name != "data"}
    answers = [
        await events.send(json.dumps(dict(reversed(event.items())), indent=3).encode()),
        await events.batch(event, event),
        await events.binary(event["data"], **attributes),
    ]
    receipts = [receipt for answer in answers for receipt in answer.json()["events"]]
    assert [(one["event_id"], one["status"]) for one in receipts] == [(first, "duplicate")] * 4
    assert len(await rows(database, "select 1 from journey_event")) == 1
    assert len(await rows(database, "select 1 from outbox")) == 1


async def test_the_same_key_with_other_content_is_a_conflict(events: Events, database: Database) -> None:
    await events.send(events.event())
    answer = await events.batch(events.event("new"), events.event(data=events.data(note="other")))
    assert answer.status_code == 409
    assert pointers(answer) == ["/1/id"]
    assert len(await rows(database, "select 1 from journey_event")) == 1


async def test_the_same_id_at_another_dealer_is_another_event(events: Events) -> None:
    await events.send(events.event())
    answer = await events.send(events.event(data=events.data(dealer_id="porto-01")))
    assert answer.json()["events"][0]["status"] == "accepted"


async def test_a_batch_is_all_or_nothing_and_answered_in_order(events: Events, database: Database) -> None:
    bad = await events.batch(events.event("1"), events.event("2", type="x"), events.event("3", data={}))
    assert bad.status_code == 422
    assert pointers(bad) == ["/1/type", "/2/data/dealer_id", "/2/data/observed_by"]
    assert await rows(database, "select 1 from journey_event") == []
    good = await events.batch(*(events.event(str(n)) for n in range(1000)))
    assert [one["id"] for one in good.json()["events"]] == [str(n) for n in range(1000)]
    assert len({one["event_id"] for one in good.json()["events"]}) == 1000


async def test_batches_too_long_empty_or_no_list(events: Events) -> None:
    assert (await events.batch(*(events.event(str(n)) for n in range(1001)))).status_code == 413
    empty = await events.batch()
    assert (empty.status_code, empty.json()) == (202, {"events": []})
    assert (await events.send({}, "cloudevents-batch")).status_code == 422
    assert pointers(await events.batch("text")) == ["/0"]


async def test_sizes(events: Events) -> None:
    large = events.event(data=events.data(note="x" * (1 << 20)))
    assert (await events.send(large)).status_code == 413
    assert (await events.batch(large)).status_code == 413
    notes = [events.event(str(n), data=events.data(note="x" * 1_000_000)) for n in range(9)]
    assert (await events.batch(*notes[:8])).status_code == 202
    assert (await events.batch(*notes)).status_code == 413

    async def chunks() -> Any:
        for _ in range(17):
            yield b" " * 65536

    headers = {"content-type": "application/cloudevents+json"}
    assert (await events.client.post("/v1/events", content=chunks(), headers=headers)).status_code == 413


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"id": NaN}', b'{"id": "\\u0000"}', b"[" * 33 + b"]" * 33])
async def test_bodies_nobody_can_read(events: Events, body: bytes) -> None:
    assert (await events.send(body)).status_code == 400


@pytest.mark.parametrize("kind", ["cloudevents+json", "cloudevents-batch+json", "json"])
@pytest.mark.parametrize("body", [b"", b" \n"])
async def test_an_empty_body_is_said_to_be_empty(events: Events, kind: str, body: bytes) -> None:
    headers = {"content-type": f"application/{kind}"}
    answer = await events.client.post("/v1/events", content=body, headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (400, "The body is empty.")


async def test_json_without_attributes_names_the_first_one_missing(events: Events) -> None:
    answer = await events.binary(events.data())
    assert answer.status_code == 422
    assert pointers(answer) == ["/specversion", "/type", "/source", "/id"]
    assert "specversion" in answer.json()["detail"]
    answer = await events.binary(events.data(), specversion="1.0", source="/dms", id="1")
    assert pointers(answer) == ["/type"]


async def test_binary_headers_are_decoded(events: Events, database: Database) -> None:
    attributes = {"specversion": "1.0", "type": "handoff.journey.step.v1", "source": "/dms", "id": "a%20%C3%A9%25b"}
    answer = await events.binary(events.data(), **attributes, comment='"quoted \\"word\\""')
    assert answer.status_code == 202, answer.text
    assert answer.json()["events"][0]["id"] == "a é%b"
    assert await rows(database, "select extensions from journey_event") == [({"comment": 'quoted "word"'},)]
    assert (await events.binary(events.data(), **{**attributes, "id": "%ff"})).status_code == 400
    bad = await events.binary(events.data(topics=["x"]), **attributes)
    assert pointers(bad) == ["/data/topics/0"]


async def test_other_media_types(events: Events) -> None:
    for kind in ("text/plain", "application/cloudevents+xml", "application/cloudevents+json; charset=utf-16", ""):
        headers = {"content-type": kind} if kind else {}
        answer = await events.client.post("/v1/events", content=b"{}", headers=headers)
        assert answer.status_code == 415
    kind = "application/cloudevents+json; charset=UTF-8"
    answer = await events.client.post("/v1/events", content=json.dumps(events.event()), headers={"content-type": kind})
    assert answer.status_code == 202


async def test_five_minutes_ahead_of_the_domain_clock(events: Events, clock: Any) -> None:
    for seconds, status in ((300, 202), (301, 422)):
        time = (clock.at + timedelta(seconds=seconds)).isoformat()
        assert (await events.send(events.event(str(seconds), time=time))).status_code == status


async def test_unknown_and_foreign_dealers_look_the_same(events: Events, key_of: KeyOf) -> None:
    unknown = await events.send(events.event(data=events.data(dealer_id="nowhere")))
    porto = Events(await key_of("events:write", dealers=("porto-01",)))
    foreign = await porto.batch(events.event("1", data=events.data(dealer_id="porto-01")), events.event("2"))
    assert (unknown.status_code, pointers(unknown)) == (422, ["/data/dealer_id"])
    assert (foreign.status_code, pointers(foreign)) == (422, ["/1/data/dealer_id"])
    assert unknown.json()["errors"][0]["detail"] == foreign.json()["errors"][0]["detail"]


async def test_scope_and_person(events: Events, admin: httpx.AsyncClient, key_of: KeyOf) -> None:
    reader = Events(await key_of("tasks:read"))
    assert (await reader.send(events.event())).status_code == 403
    await admin.put(f"/v1/dealers/{DEALER}/staff/S-8", json={"name": "Rui", "roles": ["salesperson"]})
    person = Events(await key_of("events:write", staff_id="S-8"))
    assert (await person.send(events.event())).status_code == 403
    own = events.data(observed_by={"role": "salesperson", "staff_id": "S-8"})
    assert (await person.send(events.event(data=own))).status_code == 202


async def test_a_named_case_is_reserved(events: Events, database: Database) -> None:
    mine = events.event("1", data=events.data(case_id="K"))
    assert (await events.send(mine)).status_code == 202
    reserved = "select case_id, customer_id, status from journey_case"
    assert await rows(database, reserved) == [("K", "C-1001", "reserved")]
    for other in ({"customer_id": "C-2"}, {"customer_id": None}):
        answer = await events.send(events.event("2", data={**events.data(case_id="K"), **other}))
        assert (answer.status_code, pointers(answer)) == (422, ["/data/case_id"])
    history = await events.send(events.event("3", data=events.data(case_id="K", customer_id="C-2", intent="history")))
    assert history.status_code == 202
    there = events.event("4", data=events.data(case_id="K", customer_id="C-2", dealer_id="porto-01"))
    assert (await events.send(there)).status_code == 202


async def test_a_case_closed_for_over_thirty_days(events: Events, database: Database, clock: Any) -> None:
    await events.send(events.event("1", data=events.data(case_id="K")))
    async with database.transaction() as connection:
        close = text("update journey_case set status = 'closed', closed_at = :at")
        await connection.execute(close, {"at": clock.at - timedelta(days=30)})
    assert (await events.send(events.event("2", data=events.data(case_id="K")))).status_code == 202
    clock.advance(timedelta(seconds=1))
    answer = await events.send(events.event("3", data=events.data(case_id="K")))
    assert (answer.status_code, pointers(answer)) == (409, ["/data/case_id"])
    again = await events.send(events.event("1", data=events.data(case_id="K")))
    assert again.json()["events"][0]["status"] == "duplicate"


async def test_many_at_once_share_commits_and_none_sinks_another(events: Events, database: Database) -> None:
    await events.send(events.event("taken"))
    good = [events.send(events.event(f"n-{n}")) for n in range(60)]
    repeats = [events.send(events.event("n-0")) for _ in range(5)]
    conflicts = [events.send(events.event("taken", data=events.data(note=str(n)))) for n in range(5)]
    answers = await asyncio.gather(*good, *repeats, *conflicts)
    assert [answer.status_code for answer in answers] == [202] * 65 + [409] * 5
    statuses = [answer.json()["events"][0]["status"] for answer in (answers[0], *answers[60:65])]
    assert sorted(statuses) == ["accepted"] + ["duplicate"] * 5
    assert len(await rows(database, "select 1 from journey_event")) == 61
    ((transactions,),) = await rows(database, "select count(distinct xid) from outbox")
    assert transactions < 30


async def test_two_processes_store_an_event_once(events: Events, app: FastAPI, database: Database, clock: Any) -> None:
    from journey_api.intake.batch_writer import BatchWriter
    from journey_api.intake.cloud_events import read_event
    from journey_api.intake.prepare import Posted
    from shared.ids import new_id

    other = BatchWriter(database, clock, stack_of_app(app).playbook)
    checked = [read_event(events.event(f"n-{n}"), clock.at) for n in range(50)]
    async with other.running():
        posts = [
            intake.submit(Posted([event], [new_id()], clock.at, is_batch=False))
            for event in checked
            for intake in (other, stack_of_app(app).intake)
        ]
        receipts = [receipt for answer in await asyncio.gather(*posts) for receipt in answer]
    assert sorted(receipt.status for receipt in receipts) == ["accepted"] * 50 + ["duplicate"] * 50
    assert len({receipt.event_id for receipt in receipts}) == 50
    assert len(await rows(database, "select 1 from outbox")) == 50


async def test_the_state_of_an_event(events: Events, database: Database, key_of: KeyOf) -> None:
    posted = await events.send(events.event(data=events.data(occurrences=["offer_presented"])))
    event_id = posted.json()["events"][0]["event_id"]
    before = (await events.client.get(f"/v1/events/{event_id}")).json()
    came_to = ("event_id", "state", "intent", "occurrences", "inferred", "case_id", "decisions", "tasks", "suggestions")
    assert {name: before[name] for name in came_to} == {
        "event_id": event_id,
        "state": "accepted",
        "intent": "live",
        "occurrences": ["offer_presented"],
        "inferred": [],
        "case_id": None,
        "decisions": [],
        "tasks": [],
        "suggestions": [],
    }
    async with database.transaction() as connection:
        routed = "insert into routing (event_id, dealer_id, state, case_id, playbook_version, reason, routed_at)"
        values = " values (:id, 'lisboa-01', 'dead', 'K', '1', 'no way', now())"
        await connection.execute(text(routed + values), {"id": event_id})
    after = (await events.client.get(f"/v1/events/{event_id}")).json()
    assert (after["state"], after["reason"], after["case_id"]) == ("dead", "no way", "K")
    porto = await key_of("events:write", dealers=("porto-01",))
    assert (await porto.get(f"/v1/events/{event_id}")).status_code == 404
    assert (await events.client.get("/v1/events/unknown")).status_code == 404


async def test_nothing_is_answered_while_the_database_is_away(events: Events, app: FastAPI, database: Database) -> None:
    await events.send(events.event("before"))
    batch_writer = stack_of_app(app).intake
    batch_writer._database = Database("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    await batch_writer._disconnect()
    answer = await events.send(events.event("during"))
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    batch_writer._database = database
    assert (await events.send(events.event("during"))).status_code == 202
    assert len(await rows(database, "select 1 from journey_event")) == 2
