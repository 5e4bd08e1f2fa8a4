"""Moments of truth over HTTP: the worst first, one with its changes, the summary, the signals; who may read what."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import pytest
from event_posting import DEALER
from sqlalchemy import insert

from harness.provider_callbacks import OTHER_DEALER
from journey_api.http.pagination import cursor_of
from shared.db.engine import Database
from shared.db.schema import moment, moment_change, sla_timer

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
KeyOf = Callable[..., Awaitable[httpx.AsyncClient]]
LIST: Final = "/v1/quality/contacts"
AT: Final = datetime(2026, 11, 20, 10, tzinfo=UTC)


def row(moment_id: str, score: int = 0, flags: tuple[str, ...] = (), **given: Any) -> dict[str, Any]:
    """A stored moment."""
    plain = {
        "moment_id": moment_id,
        "dealer_id": DEALER,
        "customer_id": "C-1",
        "case_id": None,
        "kind": "contact",
        "id": moment_id,
        "at": AT,
        "live": True,
        "step": 13,
        "phase": "enjoy",
        "channel": "message",
        "role": "service_advisor",
        "staff_id": "SA-1",
        "direction": "inbound",
        "feedback": None,
        "entry": "SA-07-01-c",
        "seen": {},
    }
    return plain | {"score": score, "flags": list(flags), "flag_count": len(flags)} | given


@pytest.fixture
async def store(database: Database) -> Callable[..., Awaitable[None]]:
    """Moments as the worker stores them."""

    async def keep(*rows: Mapping[str, Any]) -> None:
        async with database.transaction() as connection:
            await connection.execute(insert(moment), list(rows))

    return keep


async def listed(client: httpx.AsyncClient, **params: Any) -> list[str]:
    """The ids of a list."""
    answer = await client.get(LIST, params=params)
    assert answer.status_code == 200, answer.text
    return [one["moment_id"] for one in answer.json()["items"]]


async def test_the_worst_come_first_page_by_page(admin: httpx.AsyncClient, store: Any) -> None:
    """By score, then by the number of flags, then the newest."""
    await store(
        row("enchanted", 1, ("choice",)),
        row("two", -1, ("chased", "late_answer")),
        row("older", -1, ("chased",), at=AT - timedelta(days=1)),
        row("newer", -1, ("chased",)),
        row("plain"),
    )
    found: list[str] = []
    cursor = None
    for _ in range(3):
        page = (await admin.get(LIST, params={"limit": 2, **({"cursor": cursor} if cursor else {})})).json()
        found, cursor = [*found, *(one["moment_id"] for one in page["items"])], page["next_cursor"]
    assert (found, cursor) == (["two", "newer", "older", "plain", "enchanted"], None)


async def test_each_filter_keeps_what_fits(admin: httpx.AsyncClient, store: Any) -> None:
    await store(
        row("one", -1, ("chased",)),
        row("other", 1, ("choice",), customer_id="C-2", step=9, role="salesperson", staff_id="SP-1", kind="event"),
        row("elsewhere", 0, dealer_id=OTHER_DEALER),
    )
    for params, wanted in (
        ({"dealer_id": DEALER}, ["one", "other"]),
        ({"customer_id": "C-2"}, ["other"]),
        ({"step": 13, "dealer_id": DEALER}, ["one"]),
        ({"step": "9,13", "dealer_id": DEALER}, ["one", "other"]),
        ({"role": "salesperson"}, ["other"]),
        ({"staff_id": "SP-1"}, ["other"]),
        ({"kind": "event"}, ["other"]),
        ({"score": "-1"}, ["one"]),
        ({"score": "-1,1"}, ["one", "other"]),
        ({"flag": "chased,late_answer"}, ["one"]),
        ({"case_id": "none"}, []),
        ({"from": "2026-11-20", "to": "2026-11-20", "dealer_id": DEALER}, ["one", "other"]),
        ({"to": "2026-11-19"}, []),
        ({"from": (AT + timedelta(seconds=1)).isoformat()}, []),
    ):
        assert await listed(admin, **params) == wanted, params


async def test_a_moment_shows_its_changes_and_their_causes(
    admin: httpx.AsyncClient, database: Database, store: Any
) -> None:
    await store(row("one", 0))
    change = {
        "moment_id": "one",
        "dealer_id": DEALER,
        "at": AT,
        "flags_before": ["late_answer"],
        "flags_after": [],
        "score_before": -1,
        "score_after": 0,
        "cause_kind": "contact",
        "cause_id": "K-1",
    }
    async with database.transaction() as connection:
        await connection.execute(insert(moment_change).values(change))
    found = (await admin.get(f"{LIST}/one")).json()
    assert (found["moment_id"], found["kind"], found["flags"], found["score"]) == ("one", "contact", [], 0)
    (shown,) = found["changes"]
    assert (shown["flags_before"], shown["score_after"]) == (["late_answer"], 0)
    assert shown["cause"] == {"kind": "contact", "id": "K-1"}
    assert (await admin.get(f"{LIST}/two")).status_code == 404
    assert (await admin.get(f"{LIST}/one", params={"customer_id": "C-2"})).status_code == 404


async def test_a_customers_own_moments_are_for_those_who_read_tasks(key_of: KeyOf, store: Any) -> None:
    await store(row("one"), row("elsewhere", dealer_id=OTHER_DEALER))
    reader, operator, writer = await key_of("tasks:read"), await key_of("ops:read"), await key_of("tasks:write")
    assert await listed(reader, customer_id="C-1") == ["one"]
    assert await listed(operator) == ["one"]
    assert (await reader.get(f"{LIST}/one", params={"customer_id": "C-1"})).status_code == 200
    assert (await operator.get(f"{LIST}/elsewhere")).status_code == 404
    for client, path, params in (
        (reader, LIST, {}),
        (reader, f"{LIST}/one", {}),
        (reader, "/v1/quality/summary", {}),
        (reader, "/v1/quality/signals", {}),
        (writer, LIST, {"customer_id": "C-1"}),
    ):
        assert (await client.get(path, params=params)).status_code == 403, (path, params)


@pytest.mark.parametrize(
    ("path", "params", "pointer"),
    [
        (LIST, {"score": "2"}, "?score"),
        (LIST, {"score": "good"}, "?score"),
        (LIST, {"step": "21"}, "?step"),
        (LIST, {"flag": "late"}, "?flag"),
        (LIST, {"role": "cook"}, "?role"),
        (LIST, {"from": "yesterday"}, "?from"),
        (LIST, {"cursor": cursor_of(LIST, "soon")}, "?cursor"),
        (LIST, {"cursor": cursor_of(LIST, 0, 0, "soon", "x")}, "?cursor"),
        (LIST, {"mood": "bad"}, "?mood"),
        ("/v1/quality/summary", {"by": "colour"}, "?by"),
        ("/v1/quality/summary", {"by": "role,role"}, "?by"),
        ("/v1/quality/summary", {"by": "role,step,phase"}, "?by"),
    ],
)
async def test_what_is_no_question_is_refused(
    admin: httpx.AsyncClient, path: str, params: dict[str, str], pointer: str
) -> None:
    answer = await admin.get(path, params=params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)


async def test_the_list_is_a_file_too(admin: httpx.AsyncClient, store: Any) -> None:
    await store(row("one", -1, ("chased",)))
    answer = await admin.get(LIST, params={"format": "csv"})
    header, line = answer.text.splitlines()
    assert header.startswith("moment_id,dealer_id,customer_id")
    assert line.startswith(f"one,{DEALER},C-1")


async def summary(client: httpx.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    """The items of the summary."""
    answer = await client.get("/v1/quality/summary", params={"dealer_id": DEALER, **params})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_the_summary_counts_by_what_is_asked(admin: httpx.AsyncClient, store: Any) -> None:
    await store(
        row("one", -1, ("chased", "late_answer")),
        row("two", 1, ("choice",), role="salesperson", staff_id=None, step=9, phase="commit", entry=None),
        row("three", 0),
    )
    (whole,) = await summary(admin)
    assert (whole["key"], whole["moments"], whole["tragic"], whole["apathetic"], whole["enchanted"]) == (
        DEALER,
        3,
        1,
        1,
        1,
    )
    assert (whole["attainment"], whole["level"]) == (None, "too little")
    keys = {by: [one["key"] for one in await summary(admin, by=by)] for by in ("role", "person", "step", "phase")}
    assert keys == {
        "role": ["salesperson", "service_advisor"],
        "person": ["SA-1", None],
        "step": ["9", "13"],
        "phase": ["commit", "enjoy"],
    }
    assert [one["key"] for one in await summary(admin, by="entry")] == ["SA-07-01-c", None]
    by_flag = {one["key"]: one["moments"] for one in await summary(admin, by="signal")}
    assert by_flag == {"chased": 1, "late_answer": 1, "choice": 1}
    pairs = {tuple(one["key"]): one["moments"] for one in await summary(admin, by="role,phase")}
    assert pairs == {("salesperson", "commit"): 1, ("service_advisor", "enjoy"): 2}
    assert await summary(admin, to="2026-11-19") == []


def _clock(number: int, **given: Any) -> dict[str, Any]:
    plain = {
        "timer_id": f"timer-{number}",
        "dealer_id": DEALER,
        "customer_id": "C-1",
        "case_id": f"case-{number}",
        "rule": "T-03",
        "target": "first_response",
        "subject": "case",
        "subject_id": f"case-{number}",
        "cycle": 1,
        "policy_id": "policy-1",
        "revision": 1,
        "state": "completed",
        "started_at": AT,
        "consumed": timedelta(minutes=10),
        "due_at": AT + timedelta(hours=1),
        "original_due_at": AT + timedelta(hours=1),
        "stopped_at": AT + timedelta(minutes=10),
        "breached_at": None,
        "owner_role": "service_advisor",
        "owner_staff_id": "SA-1",
    }
    return plain | given


async def test_a_level_needs_answers_and_follows_the_dealers_thresholds(
    admin: httpx.AsyncClient, database: Database, store: Any
) -> None:
    await store(row("one", 1, ("choice",)))
    async with database.transaction() as connection:
        rows = [_clock(number, breached_at=AT if number < 5 else None) for number in range(20)]
        await connection.execute(insert(sla_timer), rows)
    period = {"by": "role", "to": "2026-11-21"}
    (found,) = await summary(admin, **period)
    assert (found["attainment"], found["level"], found["kind"]) == (0.75, "spontaneous", "enchants")
    record = (await admin.get(f"/v1/dealers/{DEALER}")).json()
    lenient = {**record, "quality": {"spontaneous_below": 0.7, "cultural_from": 0.75}}
    assert (await admin.put(f"/v1/dealers/{DEALER}", json=lenient)).status_code == 200
    assert [one["level"] for one in await summary(admin, **period)] == ["cultural"]


@pytest.mark.parametrize(
    ("quality", "pointer"),
    [
        ({"cultural_from": 1.5}, "/quality/cultural_from"),
        ({"least_clocks": 0}, "/quality/least_clocks"),
        ({"days": 1.5}, "/quality/days"),
        ({"mood": 1}, "/quality/mood"),
    ],
)
async def test_thresholds_that_are_none_are_refused(
    admin: httpx.AsyncClient, quality: dict[str, Any], pointer: str
) -> None:
    record = (await admin.get(f"/v1/dealers/{DEALER}")).json()
    answer = await admin.put(f"/v1/dealers/{DEALER}", json={**record, "quality": quality})
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


async def test_every_signal_is_listed_in_the_readers_language(admin: httpx.AsyncClient) -> None:
    items = (await admin.get("/v1/quality/signals")).json()["items"]
    wanted = [f"Q-{number:02}" for number in range(1, 31)] + [f"STD-{number:02}" for number in range(1, 12)]
    assert [one["signal"] for one in items] == wanted
    assert all(one["how"] and one["name"] and one["source"] for one in items)
    in_portuguese = (await admin.get("/v1/quality/signals", headers={"Accept-Language": "pt"})).json()["items"]
    assert in_portuguese[0]["name"] == "Momentos de verdade"


async def test_the_options_of_a_contact_are_kept(admin: httpx.AsyncClient) -> None:
    body = {"dealer_id": DEALER, "customer_id": "C-1", "direction": "inbound", "channel": "message"}
    case_id = (await admin.post("/v1/contacts", json=body)).json()["case_id"]
    offer = {**body, "direction": "outbound", "kind": "proposal", "options": 2}
    assert (await admin.post("/v1/contacts", json=offer)).json()["options"] == 2
    contacts = (await admin.get(f"/v1/dealers/{DEALER}/cases/{case_id}")).json()["contacts"]
    assert [(one["options"], one["automatic"]) for one in contacts] == [(None, False), (2, False)]
    for wrong in (-1, "2", 1.5):
        answer = await admin.post("/v1/contacts", json={**offer, "options": wrong})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/options")
