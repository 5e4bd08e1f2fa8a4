"""Keys: made once shown, bound to dealers and people, expired, revoked."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from journey_api.access.api_keys import KeyRing
from journey_api.access.stored_answer import RequestKeys
from journey_api.http.auth import Principal
from journey_api.http.problems import Problem
from shared.clock import real_now
from shared.db.engine import EVERY_DEALER, Database

pytestmark = pytest.mark.database
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]
ClientOf = Callable[[str | None], httpx.AsyncClient]
BOOTSTRAP = Principal("bootstrap", frozenset({EVERY_DEALER}), frozenset({"admin"}))


def wanted(**changes: Any) -> dict[str, Any]:
    """A good request for a key."""
    return {"name": "dms", "dealers": ["lisboa-01"], "scopes": ["events:write"], **changes}


@pytest.fixture
async def people(admin: httpx.AsyncClient, dealers: None) -> None:
    """S-1 and S-2 of the first dealer, S-3 of the second."""
    for dealer_id, staff_id in (("lisboa-01", "S-1"), ("lisboa-01", "S-2"), ("porto-01", "S-3")):
        person = {"name": staff_id, "roles": ["salesperson"]}
        assert (await admin.put(f"/v1/dealers/{dealer_id}/staff/{staff_id}", json=person)).status_code == 201


@pytest.mark.usefixtures("people")
class TestKeys:
    """With two dealers in the house."""

    async def test_the_key_is_shown_once_and_stored_as_its_hash(
        self, admin: httpx.AsyncClient, database: Database
    ) -> None:
        made = (await admin.post("/v1/keys", json=wanted())).json()
        assert set(made) == {"key_id", "key"}
        listed = (await admin.get("/v1/keys")).json()["items"]
        assert [one["key_id"] for one in listed] == [made["key_id"]]
        assert made["key"] not in str(listed)
        async with database.transaction() as connection:
            assert made["key"] not in str((await connection.execute(text("select * from api_key"))).all())

    async def test_a_revoked_key_stops_at_once(self, admin: httpx.AsyncClient, client_of: ClientOf) -> None:
        made = (await admin.post("/v1/keys", json=wanted())).json()
        caller = client_of(made["key"])
        assert (await caller.get("/v1/clock")).status_code == 200
        assert (await admin.delete(f"/v1/keys/{made['key_id']}")).status_code == 204
        assert (await caller.get("/v1/clock")).status_code == 401
        assert (await admin.delete(f"/v1/keys/{made['key_id']}")).status_code == 404

    async def test_a_key_asked_for_while_it_is_being_revoked_is_not_remembered(
        self, admin: httpx.AsyncClient, database: Database
    ) -> None:
        made = (await admin.post("/v1/keys", json=wanted())).json()
        keys = KeyRing(database)
        keys.forget(made["key_id"])
        assert (await keys.principal(made["key"])).key_id == made["key_id"]
        async with database.transaction() as connection:
            await connection.execute(text("update api_key set revoked_at = now()"))
        with pytest.raises(Problem) as refused:
            await keys.principal(made["key"])
        assert refused.value.status_code == 401

    async def test_a_key_lives_in_real_time_whatever_the_domain_clock_says(
        self, admin: httpx.AsyncClient, client_of: ClientOf, clock: Any
    ) -> None:
        ends = (real_now() + timedelta(hours=1)).isoformat()
        caller = client_of((await admin.post("/v1/keys", json=wanted(expires_at=ends))).json()["key"])
        clock.at = real_now() + timedelta(days=1)
        assert (await caller.get("/v1/clock")).status_code == 200

    async def test_what_a_request_may_not_say(self, admin: httpx.AsyncClient) -> None:
        for changes, pointer in (
            ({"dealers": ["nowhere"]}, "/dealers/0"),
            ({"dealers": []}, "/dealers"),
            ({"scopes": ["root"]}, "/scopes/0"),
            ({"scopes": []}, "/scopes"),
            ({"staff_id": "S-9"}, "/staff_id"),
            ({"staff_id": "S-3"}, "/staff_id"),
            ({"staff_id": "S-1", "dealers": ["lisboa-01", "porto-01"]}, "/dealers"),
            ({"staff_id": "S-1", "dealers": ["*"]}, "/dealers"),
            ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
            ({"expires_at": "2030-01-01"}, "/expires_at"),
            ({"owner": "me"}, "/owner"),
        ):
            answer = await admin.post("/v1/keys", json=wanted(**changes))
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["pointer"] == pointer

    async def test_a_dealers_admin_stays_within_its_dealers(self, admin: httpx.AsyncClient, key_of: KeyOf) -> None:
        group_key = (await admin.post("/v1/keys", json=wanted(dealers=["lisboa-01", "porto-01"]))).json()["key_id"]
        lisbon = await key_of("admin")
        assert (await lisbon.post("/v1/keys", json=wanted())).status_code == 201
        for dealers in (["porto-01"], ["*"], ["lisboa-01", "porto-01"]):
            assert (await lisbon.post("/v1/keys", json=wanted(dealers=dealers))).status_code == 422
        seen = (await lisbon.get("/v1/keys")).json()["items"]
        assert {tuple(one["dealers"]) for one in seen} == {("lisboa-01",)}
        assert (await lisbon.delete(f"/v1/keys/{group_key}")).status_code == 404

    async def test_a_persons_admin_key_makes_keys_of_that_person_only(self, key_of: KeyOf) -> None:
        person = await key_of("admin", staff_id="S-1")
        assert (await person.post("/v1/keys", json=wanted())).status_code == 403
        assert (await person.post("/v1/keys", json=wanted(staff_id="S-2"))).status_code == 403
        assert (await person.post("/v1/keys", json=wanted(staff_id="S-1"))).status_code == 201

    async def test_scopes_open_their_routes_and_no_others(self, key_of: KeyOf) -> None:
        dealer = "/v1/dealers/lisboa-01"
        customer = f"{dealer}/customers/C-1"
        for scope, allowed in (
            ("events:write", {"put customer", "get customer", "get event"}),
            ("tasks:read", {"get customer"}),
            ("tasks:write", set()),
            ("ops:read", {"get event"}),
            ("admin", {"put customer", "get customer", "get event", "get keys", "put dealer"}),
        ):
            caller = await key_of(scope)
            answers = {
                "put customer": await caller.put(customer, json={}),
                "get customer": await caller.get(customer),
                "get event": await caller.get("/v1/events/unknown"),
                "get keys": await caller.get("/v1/keys"),
                "put dealer": await caller.put(dealer, json={"name": "L", "time_zone": "Europe/Lisbon"}),
            }
            assert {name for name, answer in answers.items() if answer.status_code != 403} == allowed
            assert (await caller.get(dealer)).status_code == 200
            assert (await caller.get("/v1/clock")).status_code == 200


@pytest.mark.usefixtures("people")
class TestIdempotencyKey:
    """`Idempotency-Key` on a POST."""

    async def test_the_same_request_gets_the_first_answer(self, admin: httpx.AsyncClient, database: Database) -> None:
        headers = {"Idempotency-Key": "once"}
        first = await admin.post("/v1/keys", json=wanted(), headers=headers)
        again = await admin.post("/v1/keys", json=wanted(), headers=headers)
        assert (again.status_code, again.json()) == (201, first.json())
        assert "Idempotent-Replayed" not in first.headers
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.headers["content-type"] == first.headers["content-type"]
        assert len((await admin.get("/v1/keys")).json()["items"]) == 1

    async def test_the_table_holds_neither_the_header_nor_anything_of_the_answer(
        self, admin: httpx.AsyncClient, database: Database
    ) -> None:
        made = (await admin.post("/v1/keys", json=wanted(), headers={"Idempotency-Key": "once-for-dms"})).json()
        async with database.transaction() as connection:
            (row,) = (await connection.execute(text("select * from idempotency"))).all()
        stored = b"".join(part for part in row if isinstance(part, bytes))
        for readable in (made["key"], made["key_id"], "once-for-dms", "application/json", "/v1/keys", "201"):
            assert readable.encode() not in stored

    async def test_a_renewed_key_gets_the_answer_to_the_one_before(
        self, admin: httpx.AsyncClient, client_of: ClientOf
    ) -> None:
        headers = {"Idempotency-Key": "once"}
        made = [(await admin.post("/v1/keys", json=wanted(scopes=["admin"]))).json() for _ in range(2)]
        first = await client_of(made[0]["key"]).post("/v1/keys", json=wanted(name="x"), headers=headers)
        await admin.delete(f"/v1/keys/{made[0]['key_id']}")
        again = await client_of(made[1]["key"]).post("/v1/keys", json=wanted(name="x"), headers=headers)
        assert (again.headers["Idempotent-Replayed"], again.json()) == ("true", first.json())

    async def test_every_key_of_a_person_gets_the_answer_to_one(self, key_of: KeyOf) -> None:
        headers = {"Idempotency-Key": "once"}
        answers = [
            await (await key_of("admin", staff_id="S-1", name=name)).post(
                "/v1/keys", json=wanted(staff_id="S-1"), headers=headers
            )
            for name in ("phone", "desktop")
        ]
        assert answers[0].json() == answers[1].json()

    @pytest.mark.parametrize(
        "stranger",
        [
            {"name": "another system"},
            {"dealers": ["lisboa-01", "porto-01"]},
            {"scopes": ["admin", "tasks:read"]},
            {"staff_id": "S-1"},
        ],
    )
    async def test_a_stranger_with_the_same_header_acts_for_itself(
        self, admin: httpx.AsyncClient, client_of: ClientOf, stranger: dict[str, Any]
    ) -> None:
        headers = {"Idempotency-Key": "once"}
        body = wanted(name="x", staff_id="S-1")
        ours, theirs = [
            client_of((await admin.post("/v1/keys", json=wanted(**{"scopes": ["admin"], **other}))).json()["key"])
            for other in ({}, stranger)
        ]
        first = await ours.post("/v1/keys", json=body, headers=headers)
        other = await theirs.post("/v1/keys", json=body, headers=headers)
        assert (first.status_code, other.status_code) == (201, 201)
        assert "Idempotent-Replayed" not in other.headers
        assert first.json()["key_id"] != other.json()["key_id"]

    async def test_a_stored_answer_that_was_changed_is_refused_and_nothing_is_done_again(
        self, admin: httpx.AsyncClient, owner_database: Database
    ) -> None:
        headers = {"Idempotency-Key": "once"}
        await admin.post("/v1/keys", json=wanted(), headers=headers)
        async with owner_database.transaction() as connection:
            changed = "update idempotency set answer = set_byte(answer, 20, get_byte(answer, 20) # 1)"
            await connection.execute(text(changed))
        refused = await admin.post("/v1/keys", json=wanted(), headers=headers)
        assert refused.status_code == 500
        assert "key" not in refused.json()
        assert len((await admin.get("/v1/keys")).json()["items"]) == 1

    async def test_after_a_day_the_request_acts_anew(self, admin: httpx.AsyncClient, owner_database: Database) -> None:
        headers = {"Idempotency-Key": "once"}
        first = await admin.post("/v1/keys", json=wanted(), headers=headers)
        async with owner_database.transaction() as connection:
            await connection.execute(text("update idempotency set wall_clock_at = wall_clock_at - interval '24 hours'"))
        later = await admin.post("/v1/keys", json=wanted(), headers=headers)
        assert later.json()["key_id"] != first.json()["key_id"]

    async def test_another_body_is_refused(self, admin: httpx.AsyncClient) -> None:
        headers = {"Idempotency-Key": "once"}
        await admin.post("/v1/keys", json=wanted(), headers=headers)
        assert (await admin.post("/v1/keys", json=wanted(name="x"), headers=headers)).status_code == 422

    async def test_a_refused_request_may_be_put_right(self, admin: httpx.AsyncClient) -> None:
        headers = {"Idempotency-Key": "once"}
        assert (await admin.post("/v1/keys", json=wanted(scopes=["x"]), headers=headers)).status_code == 422
        assert (await admin.post("/v1/keys", json=wanted(), headers=headers)).status_code == 201

    async def test_one_that_still_runs_is_a_conflict(self, admin: httpx.AsyncClient, database: Database) -> None:
        headers = {"Idempotency-Key": "once"}
        async with database.transaction() as connection:
            lookup = RequestKeys.derived(BOOTSTRAP.caller, "POST /v1/keys", "once").lookup
            lock = text("select pg_advisory_xact_lock(hashtextextended(:name, 7))")
            await connection.execute(lock, {"name": lookup.hex()})
            assert (await admin.post("/v1/keys", json=wanted(), headers=headers)).status_code == 409
        assert (await admin.post("/v1/keys", json=wanted(), headers=headers)).status_code == 201

    async def test_keys_of_callers_do_not_meet(self, admin: httpx.AsyncClient, key_of: KeyOf) -> None:
        headers = {"Idempotency-Key": "once"}
        lisbon = await key_of("admin")
        first = await admin.post("/v1/keys", json=wanted(), headers=headers)
        other = await lisbon.post("/v1/keys", json=wanted(), headers=headers)
        assert first.json()["key_id"] != other.json()["key_id"]
