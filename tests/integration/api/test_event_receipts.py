"""What the receipts of `POST /v1/events` tell: warnings, parts of batches, dry runs, leads."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from event_posting import DEALER, Events, pointers
from sqlalchemy import text

from shared.db.engine import Database

pytestmark = pytest.mark.database
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def known(events: Events) -> Events:
    """A dealer that knows the customer of the events, by a verified address, and the person who sees them."""
    profile = {"channels": [{"kind": "email", "address": "ana@example.com", "verified": True}]}
    await put(events, "customers/C-1001", profile)
    await put(events, "staff/S-7", {"name": "Rui", "roles": ["service_advisor"]})
    return events


async def put(events: Events, path: str, record: dict[str, Any]) -> None:
    """Store a record of the dealer."""
    answer = await events.client.put(f"/v1/dealers/{DEALER}/{path}", json=record)
    assert answer.status_code in (200, 201), answer.text


async def count(database: Database, table: str = "journey_event") -> int:
    """How many rows a table has."""
    async with database.transaction() as connection:
        return int(await connection.scalar(text(f"select count(*) from {table}")) or 0)


async def post(events: Events, *batch: Any, **query: str) -> httpx.Response:
    """Post a batch with a query."""
    headers = {"content-type": "application/cloudevents-batch+json"}
    return await events.client.post("/v1/events", json=list(batch), headers=headers, params=query)


def receipt(answer: httpx.Response) -> dict[str, Any]:
    """The only receipt of a request that was accepted."""
    assert answer.status_code == 202, answer.text
    (only,) = answer.json()["events"]
    return dict(only)


def warned(answer: httpx.Response) -> list[str]:
    """Where the only receipt warns."""
    return [warning["pointer"] for warning in receipt(answer)["warnings"]]


async def test_nothing_surprises_where_everybody_is_known(known: Events) -> None:
    only = receipt(await known.send(known.event()))
    assert (only["customer_id"], only["warnings"]) == ("C-1001", [])
    assert receipt(await known.send(known.event()))["warnings"] == []
    assert receipt(await known.send(known.event("2", data=known.data(customer_id=None))))["customer_id"] is None


@pytest.mark.parametrize("staff_id", ["xx9", "S-8", "s-7"])
async def test_an_unknown_person_is_warned_of(known: Events, staff_id: str) -> None:
    data = known.data(observed_by={"role": "service_advisor", "staff_id": staff_id})
    assert warned(await known.send(known.event(data=data))) == ["/data/observed_by/staff_id"]


async def test_an_old_time_is_warned_of_for_live_events(known: Events, clock: Any) -> None:
    for days, intent, places in ((7, "live", []), (8, "live", ["/time"]), (400, "history", [])):
        time = (clock.at - timedelta(days=days)).isoformat()
        event = known.event(str(days), data=known.data(intent=intent), time=time)
        assert warned(await known.send(event)) == places


async def test_a_customer_without_a_verified_open_address_is_warned_of(known: Events, database: Database) -> None:
    assert warned(await known.send(known.event("new", data=known.data(customer_id="C-9")))) == ["/data/customer_id"]
    await put(known, "customers/C-9", {"channels": [{"kind": "sms", "address": "+351912345678"}]})
    assert warned(await known.send(known.event("2", data=known.data(customer_id="C-9")))) == ["/data/customer_id"]
    await put(known, "customers/C-9", {"channels": [{"kind": "sms", "address": "+351912345678", "verified": True}]})
    assert warned(await known.send(known.event("3", data=known.data(customer_id="C-9")))) == []
    async with database.transaction() as connection:
        closing = "insert into suppression (dealer_id, channel, address_hash, reason, at) values"
        hashed = "encode(sha256('+351912345678'), 'hex')"
        await connection.execute(text(f"{closing} ('{DEALER}', 'sms', {hashed}, 'stop', now())"))
    assert warned(await known.send(known.event("4", data=known.data(customer_id="C-9")))) == ["/data/customer_id"]


async def test_an_occurrence_that_leads_to_nothing_for_its_observer_is_warned_of(known: Events) -> None:
    manager = {"role": "sales_manager"}
    data = known.data(occurrences=["offer_presented", "sales_forecast_due"], observed_by=manager)
    assert "/data/occurrences/1" in warned(await known.send(known.event(data=data)))
    advisor = known.data(occurrences=["early_ownership_problem_reported"])
    assert warned(await known.send(known.event("2", data=advisor))) == []


@pytest.mark.parametrize(
    ("role", "occurrence", "customer", "code", "words"),
    [
        ("service_advisor", "early_ownership_problem_reported", None, "without_customer", "the event names none"),
        ("sales_manager", "check_in_completed", None, "without_customer", "sales_manager has no page for it"),
        ("sales_manager", "allocation_order_changed", "C-1001", "leads_to_nothing", "observes it of one customer"),
        ("sales_manager", "service_feedback_received", None, "leads_to_nothing", "when sales_manager observes it"),
    ],
)
async def test_a_warning_says_whether_it_is_for_the_customer(
    known: Events, role: str, occurrence: str, customer: str | None, code: str, words: str
) -> None:
    data = known.data(occurrences=[occurrence], customer_id=customer, observed_by={"role": role})
    (warning,) = receipt(await known.send(known.event(data=data)))["warnings"]
    assert (warning["pointer"], warning["code"]) == ("/data/occurrences/0", code)
    assert words in warning["detail"]


async def test_warnings_of_a_batch_begin_with_the_index(known: Events) -> None:
    strange = known.data(observed_by={"role": "service_advisor", "staff_id": "nobody"})
    answer = await known.batch(known.event("1"), known.event("2", data=strange))
    found = [[warning["pointer"] for warning in one["warnings"]] for one in answer.json()["events"]]
    assert found == [[], ["/1/data/observed_by/staff_id"]]


@pytest.mark.parametrize(
    ("days", "intent", "status"), [(30, "live", 202), (31, "live", 422), (31, "history", 202), (13000, "history", 202)]
)
async def test_a_live_event_is_at_most_thirty_days_old(
    known: Events, clock: Any, days: int, intent: str, status: int
) -> None:
    time = (clock.at - timedelta(days=days)).isoformat()
    answer = await known.send(known.event(data=known.data(intent=intent), time=time))
    assert answer.status_code == status
    if status == 422:
        assert pointers(answer) == ["/time"]
        assert "history" in answer.json()["detail"]


@pytest.mark.parametrize("time", ["0026-11-20T10:15:00Z", "1989-12-31T23:59:59Z"])
async def test_history_reaches_back_to_1990(known: Events, time: str) -> None:
    answer = await known.send(known.event(data=known.data(intent="history"), time=time))
    assert (answer.status_code, pointers(answer)) == (422, ["/time"])
    first = known.event("first", data=known.data(intent="history"), time="1990-01-01T00:00:00Z")
    assert (await known.send(first)).status_code == 202


async def test_a_repeat_is_a_duplicate_however_old_it_has_become(known: Events, clock: Any) -> None:
    event = known.event(time=clock.at.isoformat())
    first = receipt(await known.send(event))["event_id"]
    clock.advance(timedelta(days=40))
    again = receipt(await known.send(event))
    assert (again["event_id"], again["status"], again["warnings"]) == (first, "duplicate", [])
    other = await known.send({**event, "time": (clock.at - timedelta(days=39)).isoformat()})
    assert (other.status_code, pointers(other)) == (409, ["/id"])


async def test_second_sixty_is_the_next_second(known: Events, database: Database) -> None:
    assert receipt(await known.send(known.event(time="2026-11-22T23:59:60Z")))["status"] == "accepted"
    again = await known.send(known.event(time="2026-11-23T00:00:00Z"))
    assert receipt(again)["status"] == "duplicate"
    assert (await known.send(known.event("2", time="2026-11-22T23:59:61Z"))).status_code == 422


async def test_all_errors_of_a_document_come_at_once_with_the_nearest_ids(known: Events, clock: Any) -> None:
    data = known.data(
        step="easy_acess_ongoing_support",
        occurrences=["vehicle_deliverd"],
        topics=["infotainmnt"],
        observed_by={"role": "advisor"},
    )
    answer = await known.send(known.event(data=data, time="yesterday", Bad="x"))
    assert answer.status_code == 422
    assert set(pointers(answer)) == {
        "/data/occurrences/0",
        "/data/topics/0",
        "/data/observed_by/role",
        "/data/step",
        "/time",
        "/Bad",
    }
    near = {error["pointer"]: error.get("allowed") for error in answer.json()["errors"]}
    assert near["/data/occurrences/0"][0] == "vehicle_delivered"
    assert near["/data/topics/0"][0] == "infotainment"
    assert near["/data/observed_by/role"][0] == "service_advisor"
    assert len(near["/data/occurrences/0"]) <= 10
    assert near["/data/step"][0] == "easy_access_ongoing_support"
    (missing,) = (await known.send(known.event(data=known.data(step=None)))).json()["errors"]
    assert (missing["pointer"], missing.get("allowed")) == ("/data/step", None)


async def test_a_refused_batch_names_what_is_wrong_with_each(known: Events, database: Database, clock: Any) -> None:
    await known.send(known.event("taken"))
    old = (clock.at - timedelta(days=31)).isoformat()
    answer = await post(
        known,
        known.event("1", data=known.data(topics=["x"])),
        known.event("2", time=old),
        known.event("taken", data=known.data(note="other")),
        known.event("3", data=known.data(dealer_id="lisboa-02")),
    )
    assert answer.status_code == 422
    assert pointers(answer) == ["/0/data/topics/0", "/1/time", "/2/id", "/3/data/dealer_id"]
    assert answer.json()["errors"][3]["allowed"][0] == DEALER
    assert await count(database) == 1


async def test_another_dealers_ids_are_never_near(known: Events, key_of: KeyOf) -> None:
    porto = Events(await key_of("events:write", dealers=("porto-01",)))
    answer = await porto.send(porto.event())
    assert answer.json()["errors"][0]["allowed"] == ["porto-01"]


async def test_a_partial_batch_stores_what_is_good(known: Events, database: Database, clock: Any) -> None:
    await known.send(known.event("taken"))
    batch = [
        known.event("1"),
        known.event("2", type="x"),
        "text",
        known.event("taken"),
        known.event("taken", data=known.data(note="other")),
        known.event("5", time=(clock.at - timedelta(days=31)).isoformat()),
    ]
    answer = await post(known, *batch, partial="true")
    assert answer.status_code == 207
    found = answer.json()["events"]
    assert [one["status"] for one in found] == ["accepted", "refused", "refused", "duplicate", "refused", "refused"]
    assert [[error["pointer"] for error in one.get("errors", [])] for one in found] == [
        [],
        ["/1/type"],
        ["/2"],
        [],
        ["/4/id"],
        ["/5/time"],
    ]
    assert [(found[index]["event_id"], found[index]["warnings"]) for index in (1, 2, 4, 5)] == [(None, [])] * 4
    assert (found[1]["source"], found[1]["id"], found[2]["source"]) == ("/dms", "2", None)
    assert await count(database) == 2
    assert (await post(known, known.event("1"), partial="true")).status_code == 202
    assert (await post(known, known.event("9", type="x"), partial="false")).status_code == 422


async def test_a_dry_run_checks_everything_and_stores_nothing(known: Events, database: Database) -> None:
    first = receipt(await known.send(known.event("old")))["event_id"]
    strange = known.data(observed_by={"role": "service_advisor", "staff_id": "nobody"})
    answer = await post(known, known.event("new", data=strange), known.event("old"), dry_run="true")
    assert answer.status_code == 200
    new, old = answer.json()["events"]
    assert (new["status"], new["event_id"], new["customer_id"]) == ("accepted", None, "C-1001")
    assert [warning["pointer"] for warning in new["warnings"]] == ["/0/data/observed_by/staff_id"]
    assert (old["status"], old["event_id"]) == ("duplicate", first)
    bad = known.event("bad", data=known.data(case_id="K", customer_id="C-2"))
    await known.send(known.event("K", data=known.data(case_id="K")))
    assert (await post(known, bad, known.event("2"), dry_run="true")).status_code == 422
    parts = await post(known, bad, known.event("2"), dry_run="true", partial="true")
    assert [one["status"] for one in parts.json()["events"]] == ["refused", "accepted"]
    assert parts.status_code == 207
    assert await count(database) == 2
    assert await count(database, "outbox") == 2


@pytest.mark.parametrize("query", [{}, {"partial": "true"}])
async def test_a_dry_run_names_no_id_of_what_is_not_stored(
    known: Events, database: Database, query: dict[str, str]
) -> None:
    first = receipt(await known.send(known.event("old")))["event_id"]
    begun = known.event("lead", data=known.data(customer_id=None, lead={"email": "z@example.com"}))
    batch = [known.event("new"), known.event("new"), begun, begun, known.event("old")]
    answer = await post(known, *batch, dry_run="true", **query)
    found = [(one["status"], one["event_id"], one["customer_id"]) for one in answer.json()["events"]]
    assert found == [
        ("accepted", None, "C-1001"),
        ("duplicate", None, "C-1001"),
        ("accepted", None, None),
        ("duplicate", None, None),
        ("duplicate", first, "C-1001"),
    ]
    assert await count(database) == 1


@pytest.mark.parametrize("query", [{"dryrun": "true"}, {"partial": "yes"}, {"dry_run": ""}])
async def test_other_queries_are_refused(known: Events, database: Database, query: dict[str, str]) -> None:
    answer = await post(known, known.event(), **query)
    assert (answer.status_code, pointers(answer)) == (422, [f"?{next(iter(query))}"])
    assert await count(database) == 0


async def lead(events: Events, name: str, who: dict[str, Any], **changes: Any) -> httpx.Response:
    """Post an event of a lead."""
    return await events.send(events.event(name, data=events.data(customer_id=None, lead=who, **changes)))


async def test_a_lead_nobody_knows_begins_a_profile(known: Events, database: Database) -> None:
    who = {"name": "Rui Melo", "email": "Rui@example.com", "telephone": "912 345 678"}
    first = receipt(await lead(known, "1", who))
    assert first["customer_id"].startswith("lead-")
    assert first["warnings"] == []
    profile = (await known.client.get(f"/v1/dealers/{DEALER}/customers/{first['customer_id']}")).json()
    assert profile["name"] == "Rui Melo"
    assert [(one["kind"], one["address"], one["verified"]) for one in profile["channels"]] == [
        ("email", "Rui@example.com", False),
        ("sms", "+351912345678", False),
        ("telephone", "+351912345678", False),
    ]
    assert (profile["consent"]["service"], profile["consent"]["source"]) == (True, "lead")
    async with database.transaction() as connection:
        stored = (await connection.execute(text("select customer_id, data::text from journey_event"))).one()
    assert stored[0] == first["customer_id"]
    assert "Melo" not in stored[1]
    assert "example.com" not in stored[1]
    again = receipt(await lead(known, "1", who))
    assert (again["status"], again["customer_id"]) == ("duplicate", first["customer_id"])
    changed = await lead(known, "1", {**who, "name": "Other"})
    assert changed.status_code == 409
    for person in ({"email": "RUI@EXAMPLE.COM"}, {"telephone": "+351 912 345 678"}):
        assert receipt(await lead(known, str(person), person))["customer_id"] == first["customer_id"]


async def test_a_lead_is_the_customer_with_that_address(known: Events, clock: Any) -> None:
    def profile(*addresses: tuple[str, str]) -> dict[str, Any]:
        return {"channels": [{"kind": kind, "address": address} for kind, address in addresses]}

    await put(known, "customers/both", profile(("email", "x@example.com"), ("telephone", "+351211111111")))
    clock.advance(timedelta(hours=1))
    await put(known, "customers/number", profile(("whatsapp", "+351211111111")))
    await put(known, "customers/old", profile(("email", "y@example.com")))
    clock.advance(timedelta(hours=1))
    await put(known, "customers/new", profile(("email", "Y@example.com"), ("sms", "+351912000000")))
    for index, (who, expected) in enumerate(
        [
            ({"email": "x@example.com", "telephone": "211 111 111"}, "both"),
            ({"telephone": "+351211111111"}, "number"),
            ({"email": "y@example.com"}, "new"),
            ({"email": "x@example.com", "telephone": "912 000 000"}, "both"),
        ]
    ):
        assert receipt(await lead(known, str(index), who))["customer_id"] == expected
    porto = {"dealer_id": "porto-01"}
    assert receipt(await lead(known, "elsewhere", {"email": "x@example.com"}, **porto))["customer_id"].startswith(
        "lead"
    )


@pytest.mark.parametrize("query", [{}, {"dry_run": "true"}])
async def test_an_address_that_the_leads_customer_does_not_have_is_warned_of(
    known: Events, query: dict[str, str]
) -> None:
    ways = [("email", "x@example.com"), ("telephone", "+351211111111"), ("email", "y@example.com")]
    channels = [{"kind": kind, "address": address, "verified": True} for kind, address in ways]
    await put(known, "customers/both", {"channels": channels[:2]})
    await put(known, "customers/mail", {"channels": channels[2:]})
    leads: list[tuple[dict[str, str], list[str]]] = [
        ({"email": "X@example.com", "telephone": "211 111 111"}, []),
        ({"email": "x@example.com", "telephone": "912 000 000"}, ["telephone"]),
        ({"email": "z@example.com", "telephone": "211 111 111"}, ["email"]),
        ({"email": "y@example.com", "telephone": "912 000 001"}, ["telephone"]),
        ({"email": "y@example.com"}, []),
        ({"email": "new@example.com"}, []),
        ({"email": "new@example.com", "telephone": "912 000 002"}, ["telephone"]),
        ({"email": "whole@example.com", "telephone": "912 000 003"}, []),
    ]
    events = [
        known.event(str(index), data=known.data(customer_id=None, lead=who)) for index, (who, _) in enumerate(leads)
    ]
    answer = await post(known, *events, **query)
    assert answer.status_code == (200 if query else 202), answer.text
    found = [[one["pointer"] for one in receipt["warnings"]] for receipt in answer.json()["events"]]
    assert found == [[f"/{index}/data/lead/{name}" for name in names] for index, (_, names) in enumerate(leads)]
    codes = {one["code"] for receipt in answer.json()["events"] for one in receipt["warnings"]}
    assert codes == {"not_kept"}


async def test_two_events_of_one_lead_in_a_batch_are_one_customer(known: Events, database: Database) -> None:
    data = known.data(customer_id=None, lead={"email": "new@example.com"})
    other = known.data(customer_id=None, lead={"email": "new@example.com", "telephone": "+34911234567"})
    answer = await known.batch(known.event("1", data=data), known.event("2", data=other))
    ids = {one["customer_id"] for one in answer.json()["events"]}
    assert len(ids) == 1
    before = await count(database, "customer")
    dry = await post(
        known, known.event("3", data=known.data(customer_id=None, lead={"email": "z@e.com"})), dry_run="true"
    )
    assert dry.json()["events"][0]["customer_id"] is None
    assert await count(database, "customer") == before


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"lead": {"name": "Rui"}}, "/data/lead"),
        ({"lead": {}}, "/data/lead"),
        ({"lead": {"email": "x@example.com"}, "step": None}, "/data/step"),
        ({"lead": {"email": "x@example.com"}, "customer_id": "C-1"}, "/data/customer_id"),
        ({"lead": {"email": "nobody"}}, "/data/lead/email"),
        ({"lead": {"telephone": "12"}}, "/data/lead/telephone"),
        ({"lead": {"telephone": "call me"}}, "/data/lead/telephone"),
        ({"lead": {"email": "x@example.com", "phone": "1"}}, "/data/lead/phone"),
    ],
)
async def test_leads_that_are_refused(known: Events, database: Database, changes: dict[str, Any], pointer: str) -> None:
    answer = await known.send(known.event(data=known.data(**{"customer_id": None, **changes})))
    assert (answer.status_code, pointers(answer)) == (422, [pointer])
    assert await count(database) == 0


async def test_explaining_asks_what_posting_asks(known: Events, clock: Any) -> None:
    old = known.event(time=(clock.at - timedelta(days=31)).isoformat())
    answer = await known.client.post("/v1/playbook/explain", json=old)
    assert (answer.status_code, pointers(answer)) == (422, ["/time"])
    asked = known.event(data=known.data(customer_id=None, lead={"email": "x@example.com"}))
    assert (await known.client.post("/v1/playbook/explain", json=asked)).status_code == 200
