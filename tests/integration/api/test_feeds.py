"""The live feeds over real HTTP: no gap, no repeat, across reconnects, restarts and retention."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import delete, insert, select

from harness.names import MESSAGE_ANSWER
from journey_api.feeds.cursor import encode_cursor
from journey_api.feeds.ended_access import ACCESS_ENDED
from journey_api.feeds.hub import QUEUE_LIMIT, Hub
from journey_api.feeds.numbered_rows import FeedRow, heads, number_records
from journey_api.feeds.stream import Feed
from journey_api.main import create_app
from journey_api.routes import feeds
from journey_api.settings import ApiSettings
from shared.clock import Clock
from shared.db.engine import Database
from shared.db.schema import dead_letter, dealer, feed, feed_head
from shared.messaging import outbox
from shared.messaging.bus import Record, new_record
from shared.messaging.postgres.pg_notify import FEEDS, notify
from shared.playbook.ruleset.entries import Playbook
from shared.vocabulary import SLA_TOPIC, TASKS_TOPIC

pytestmark = pytest.mark.database
BOOTSTRAP = "bootstrap-key-of-the-tests"


class Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(uvicorn.Config(app, port=0, lifespan="off", log_level="error", ws="none"))
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        await super().startup(sockets)
        self.listening.set()


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """The address of the application behind a real socket."""
    server = Server(app)
    running = asyncio.create_task(server._serve())
    async with asyncio.timeout(60):
        await server.listening.wait()
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    app.state.stack.closing.set()
    server.should_exit = True
    await running


@pytest.fixture
def feeds_run() -> bool:
    """They are what this is about."""
    return True


@pytest.fixture
async def address(app: FastAPI, database: Database, clock: Clock) -> AsyncIterator[str]:
    """Where the API answers; two dealers exist."""
    await add_dealers(database, clock)
    async with serving(app) as url:
        yield url


async def add_dealers(database: Database, clock: Clock) -> None:
    """Two dealers whose feeds must not mix."""
    rows = [
        {
            "dealer_id": d,
            "record": {"name": d, "time_zone": "Europe/Lisbon"},
            "created_at": clock(),
            "updated_at": clock(),
        }
        for d in ("lisboa-01", "porto-01")
    ]
    async with database.transaction() as connection:
        await connection.execute(insert(dealer), rows)


@dataclass
class Reader:
    """A client of a feed that remembers what it got."""

    events: list[dict[str, Any]] = field(default_factory=list)
    last_id: str | None = None
    comments: int = 0

    async def read(self, lines: AsyncIterator[str], count: int) -> None:
        """Read on until this many events are there."""
        event: dict[str, Any] = {}
        while len(self.events) < count:
            line = await anext(lines)
            name, _, value = line.partition(": ")
            if line.startswith(":"):
                self.comments += 1
            elif line:
                event[name] = value
            elif event:
                self.last_id = event["id"]
                self.events.append({"event": event["event"], "data": json.loads(event["data"])})
                event = {}

    @property
    def numbers(self) -> list[int]:
        """The numbers the records were made with, in the order they came."""
        return [one["data"]["task"]["version"] for one in self.events]


@asynccontextmanager
async def following(
    address: str, query: str = "", last_id: str | None = None, path: str = "/v1/tasks/feed", **credentials: str
) -> AsyncIterator[AsyncIterator[str]]:
    """The lines of an open stream; with the bootstrap key where no other header is named."""
    headers = credentials or {"Authorization": f"Bearer {BOOTSTRAP}"}
    headers |= {"Last-Event-ID": last_id} if last_id else {}
    async with (
        asyncio.timeout(60),
        httpx.AsyncClient(base_url=address, timeout=20) as client,
        client.stream("GET", path + query, headers=headers) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.aiter_lines()
        assert await anext(lines) == ": open"
        yield lines


def task_change(number: int, clock: Clock, dealer_id: str = "lisboa-01", **task: Any) -> Record:
    """A record like the store's, numbered by its version."""
    whole = {"task_id": "T", "version": number, "to_role": "salesperson", "offered_to": None, "assignee_id": None}
    whole |= {"status": "offered", "titles": {"en": "One", "pt": "Um"}, "locale": "pt", "why": {}} | task
    change = {"action": "offered", "from_status": None, "to_status": "offered", "before": {}}
    data = {"type": "handoff.task.offered.v1", "change": change, "task": whole}
    return new_record(TASKS_TOPIC, "handoff.task.offered.v1", dealer_id, "C-1", clock(), data)


async def publish(database: Database, records: Sequence[Record]) -> None:
    """Append to the outbox in a transaction of their own."""
    async with database.transaction() as connection:
        await outbox.append(connection, records)


async def test_a_stream_tells_what_happens_and_resumes_without_gap_or_repeat(
    address: str, database: Database, clock: Clock
) -> None:
    reader = Reader()
    async with following(address) as lines:
        await publish(database, [task_change(n, clock) for n in range(3)])
        await reader.read(lines, 3)
    await publish(database, [task_change(n, clock) for n in range(3, 6)])
    async with following(address, last_id=reader.last_id) as lines:
        await publish(database, [task_change(6, clock)])
        await reader.read(lines, 7)
    assert reader.numbers == list(range(7))
    assert {one["event"] for one in reader.events} == {"task"}
    assert "titles" not in reader.events[0]["data"]["task"]
    assert reader.events[0]["data"]["task"]["title"] == "Um"


async def test_who_follows_is_told_by_a_bell(
    app: FastAPI, address: str, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, hub, heard = Reader(), app.state.stack.hub, asyncio.Event()
    wake = hub.woken.set

    def hear() -> None:
        heard.set()
        wake()

    monkeypatch.setattr(hub.woken, "set", hear)
    monkeypatch.setattr(hub, "_poll", timedelta(hours=1))
    async with following(address) as lines, asyncio.timeout(60):
        while not heard.is_set():  # it may not listen yet
            async with database.transaction() as connection:
                await notify(connection, FEEDS)
            await asyncio.sleep(0.01)
        for number in (1, 2):
            await publish(database, [task_change(number, clock)])
            await reader.read(lines, number)
    assert reader.numbers == [1, 2]


async def test_a_stream_resumes_across_a_restart_of_the_api(
    app: FastAPI, database: Database, clock: Clock, playbook: Playbook
) -> None:
    await add_dealers(database, clock)
    reader = Reader()
    async with serving(app) as url, following(url) as lines:
        await publish(database, [task_change(1, clock)])
        await reader.read(lines, 1)
    await publish(database, [task_change(2, clock)])
    second = create_app(database, clock, ApiSettings(bootstrap_key=BOOTSTRAP), playbook=playbook)
    async with (
        second.router.lifespan_context(second),
        serving(second) as url,
        following(url, last_id=reader.last_id) as lines,
    ):
        await reader.read(lines, 2)
    assert reader.numbers == [1, 2]


async def test_open_streams_end_when_the_process_is_told_to_stop(
    app: FastAPI, database: Database, clock: Clock
) -> None:
    await add_dealers(database, clock)
    async with serving(app) as url, following(url) as lines:
        app.state.stack.closing.set()
        async with asyncio.timeout(60):
            assert [line async for line in lines if line and not line.startswith(":")] == []


@pytest.fixture
async def elsewhere(
    app: FastAPI, database: Database, clock: Clock, playbook: Playbook, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of another process, while the one with the streams listens and its streams are quiet for an hour."""
    monkeypatch.setattr(feeds, "Feed", partial(feeds.Feed, ping_seconds=3600.0))
    heard, hub = asyncio.Event(), app.state.stack.hub
    doubt = hub.doubt

    def hear() -> None:
        heard.set()
        doubt()

    monkeypatch.setattr(hub, "doubt", hear)
    async with asyncio.timeout(60):
        while not heard.is_set():  # it may not listen yet
            async with database.transaction() as connection:
                await notify(connection, ACCESS_ENDED)
            await asyncio.sleep(0.01)
    other = create_app(database, clock, ApiSettings(bootstrap_key=BOOTSTRAP), playbook=playbook)
    headers = {"Authorization": f"Bearer {BOOTSTRAP}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(other), base_url="http://handoff.test", headers=headers
    ) as client:
        yield client


async def sign_in(client: httpx.AsyncClient, key: str) -> str:
    """The cookie of a new session."""
    answer = await client.post("/v1/session", json={"key": key})
    client.cookies.clear()
    return str(answer.headers["set-cookie"].partition(";")[0])


@pytest.mark.parametrize("end", ["revoked", "signed out", "signed out everywhere"])
async def test_a_stream_ends_at_once_with_its_key_or_session_and_no_other_does(
    address: str, database: Database, clock: Clock, elsewhere: httpx.AsyncClient, end: str
) -> None:
    made = await elsewhere.post("/v1/keys", json={"name": "x", "dealers": ["lisboa-01"], "scopes": ["tasks:read"]})
    key, key_id = made.json()["key"], made.json()["key_id"]
    cookie, another = await sign_in(elsewhere, key), await sign_in(elsewhere, key)
    credentials = {"Authorization": f"Bearer {key}"} if end == "revoked" else {"Cookie": cookie}
    async with following(address) as others, following(address, **credentials) as lines:
        if end == "revoked":
            answer = await elsewhere.delete(f"/v1/keys/{key_id}")
        else:
            del elsewhere.headers["Authorization"]
            own, other = ({"Origin": "http://handoff.test", "Cookie": one} for one in (cookie, another))
            everywhere = end == "signed out everywhere"
            answer = await (
                elsewhere.post("/sign-out", data={"everywhere": "1"}, headers=other)
                if everywhere
                else elsewhere.delete("/v1/session", headers=own)
            )
        assert answer.status_code in (204, 303), answer.text
        assert [line async for line in lines if line and not line.startswith(":")] == []
        await publish(database, [task_change(1, clock)])
        reader = Reader()
        await reader.read(others, 1)
    assert reader.numbers == [1]


async def test_what_comes_while_a_process_is_starting_is_sent(database: Database, clock: Clock) -> None:
    """A client may be there before the process has looked where the rows stand."""
    await add_dealers(database, clock)
    hub, stop = Hub(database), asyncio.Event()
    follower = Feed(
        database, hub, "task", {"lisboa-01"}, lambda *_: True, "", lambda row: (row.type, row.data), allowed
    )
    await follower.start_from(None)
    with hub.subscription("task", {"lisboa-01"}, lambda *_: True) as subscriber:
        frames = follower.frames(subscriber)
        assert await anext(frames) == b": open\n\n"
        sent = asyncio.ensure_future(anext(frames))
        for _ in range(20):
            # time enough to read what there is, for who reads too soon
            async with database.transaction("lisboa-01") as connection:
                await heads(connection, "task")
        async with database.transaction() as connection:
            await number_records(connection, [task_change(7, clock)])
        running = asyncio.ensure_future(hub.run(stop))
        async with asyncio.timeout(60):
            assert b'"version":7' in await sent
        stop.set()
        await running
        await frames.aclose()


async def allowed() -> bool:
    """A key that goes on being good."""
    return True


async def test_a_record_is_sent_when_it_matched_before_the_change(
    address: str, database: Database, clock: Clock
) -> None:
    left = task_change(1, clock, status="accepted", assignee_id="S-1")
    left.data["change"].update(from_status="offered", before={"offered_to": "S-1", "assignee_id": None})
    reader = Reader()
    async with following(address, "?offered_to=S-1&dealer_id=lisboa-01") as lines:
        await publish(database, [task_change(0, clock, offered_to="S-2"), left])
        await reader.read(lines, 1)
    assert reader.numbers == [1]


async def test_a_key_of_another_dealer_hears_nothing_of_this_one(
    address: str, database: Database, clock: Clock, admin: httpx.AsyncClient
) -> None:
    body = {"name": "porto", "dealers": ["porto-01"], "scopes": ["tasks:read"]}
    key = (await admin.post("/v1/keys", json=body)).json()["key"]
    reader = Reader()
    async with following(address, Authorization=f"Bearer {key}") as lines:
        await publish(database, [task_change(1, clock), task_change(2, clock, "porto-01")])
        await reader.read(lines, 1)
    assert reader.numbers == [2]
    async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {key}"}) as client:
        assert (await client.get("/v1/tasks/feed?dealer_id=lisboa-01")).status_code == 404
        assert (await client.get("/v1/sla/feed")).status_code == 403


async def test_one_cursor_holds_a_place_for_every_dealer(address: str, database: Database, clock: Clock) -> None:
    reader = Reader()
    async with following(address) as lines:
        await publish(database, [task_change(1, clock), task_change(2, clock, "porto-01")])
        await reader.read(lines, 2)
    await publish(database, [task_change(3, clock, "porto-01"), task_change(4, clock)])
    async with following(address, f"?cursor={reader.last_id}") as lines:
        await reader.read(lines, 4)
    assert sorted(reader.numbers) == [1, 2, 3, 4]


@pytest.mark.parametrize("place", [1, 9])
async def test_a_cursor_past_retention_or_of_the_future_is_gone(
    address: str, database: Database, clock: Clock, admin: httpx.AsyncClient, place: int
) -> None:
    reader = Reader()
    async with following(address) as lines:
        await publish(database, [task_change(n, clock) for n in range(4)])
        await reader.read(lines, 4)
    async with database.transaction() as connection:
        await connection.execute(delete(feed).where(feed.c.position <= 3))
    cursor = encode_cursor({"lisboa-01": place})
    answer = await admin.get(f"/v1/tasks/feed?cursor={cursor}")
    assert (answer.status_code, answer.headers["content-type"]) == (410, "application/problem+json")
    assert "/v1/tasks" in answer.headers["link"]


@pytest.mark.parametrize("cursor", ["nonsense", "e30x", "WzFd"])
async def test_another_text_than_a_cursor_is_refused(admin: httpx.AsyncClient, cursor: str) -> None:
    answer = await admin.get("/v1/tasks/feed", headers={"Last-Event-ID": cursor})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "?cursor"


async def test_clocks_have_a_feed_of_their_own(address: str, database: Database, clock: Clock) -> None:
    def told(kind: str) -> Record:
        timer = {"rule": MESSAGE_ANSWER, "target": "first_response", "state": "running", "breached_at": None}
        data = timer | {"due_at": "2026-11-23T11:00:00Z", "on_attach": False}
        return new_record(SLA_TOPIC, f"handoff.sla.{kind}.v1", "lisboa-01", "C-1", clock(), data)

    reader = Reader()
    async with following(address, "?rule=T-03", path="/v1/sla/feed") as lines:
        await publish(database, [told("started"), task_change(1, clock), told("warning"), told("breached")])
        await reader.read(lines, 2)
    assert [one["event"] for one in reader.events] == ["warning", "breached"]
    assert reader.events[0]["data"]["on_attach"] is False


async def test_a_slow_client_is_let_go_and_the_hub_goes_on(app: FastAPI, database: Database, clock: Clock) -> None:
    hub = app.state.stack.hub
    with hub.subscription("task", ["lisboa-01"], lambda *_: True) as slow:
        for position in range(QUEUE_LIMIT + 5):
            hub._hand_out("task", FeedRow("lisboa-01", position, "t", {}))
        assert slow.ended
        assert len(slow.waiting) == QUEUE_LIMIT


async def test_positions_of_a_dealer_have_no_gap(address: str, database: Database, clock: Clock) -> None:
    async def write(offset: int) -> None:
        for n in range(10):
            await publish(database, [task_change(offset + n, clock)])

    reader = Reader()
    async with following(address) as lines:
        await asyncio.gather(*(write(100 * writer) for writer in range(5)))
        await reader.read(lines, 50)
    async with database.transaction() as connection:
        head = (await connection.execute(select(feed_head.c.position))).scalar_one()
    assert head == 50
    assert len(set(reader.numbers)) == 50


async def test_a_batch_is_numbered_for_each_dealer_and_stream_in_its_order(database: Database, clock: Clock) -> None:
    def records(first: int) -> list[Record]:
        clocks = {"due_at": None, "breached_at": None}
        return [
            task_change(first, clock, "lisboa-01"),
            task_change(first + 1, clock, "porto-01"),
            new_record(SLA_TOPIC, "handoff.sla.started.v1", "lisboa-01", "C-1", clock(), clocks | {"n": first + 2}),
            task_change(first + 3, clock, "lisboa-01"),
            new_record(SLA_TOPIC, "handoff.sla.started.v1", "lisboa-01", "C-1", clock(), clocks | {"n": first + 4}),
        ]

    async with database.transaction() as connection:
        for first in (0, 10):
            await number_records(connection, records(first))
        rows = (await connection.execute(select(feed).order_by(feed.c.position))).all()
        last = {(row.dealer_id, row.stream): row.position for row in await connection.execute(select(feed_head))}
    numbered: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for row in rows:
        number = row.data["n"] if row.stream == "sla" else row.data["task"]["version"]
        numbered.setdefault((row.dealer_id, row.stream), []).append((row.position, number))
    assert numbered == {
        ("lisboa-01", "task"): [(1, 0), (2, 3), (3, 10), (4, 13)],
        ("porto-01", "task"): [(1, 1), (2, 11)],
        ("lisboa-01", "sla"): [(1, 2), (2, 4), (3, 12), (4, 14)],
    }
    assert last == {key: places[-1][0] for key, places in numbered.items()}


@pytest.mark.parametrize(("asked", "beat"), [("", ": ping"), ("?heartbeat=event", "event: heartbeat")])
@pytest.mark.parametrize("path", ["/v1/tasks/feed", "/v1/sla/feed"])
async def test_a_quiet_feed_beats_as_it_was_asked_to(
    address: str, monkeypatch: pytest.MonkeyPatch, path: str, asked: str, beat: str
) -> None:
    monkeypatch.setattr(feeds, "Feed", partial(feeds.Feed, ping_seconds=0.01))
    async with following(address, asked, path=path) as lines:
        heard = [line async for line in aiter_until(lines, beat)]
    assert set(heard) <= {"", ": open"}


async def aiter_until(lines: AsyncIterator[str], last: str) -> AsyncIterator[str]:
    """The lines before this one."""
    async for line in lines:
        if line == last:
            return
        yield line


def test_the_feed_routes_are_described(app: FastAPI) -> None:
    paths: dict[str, Callable[..., object]] = app.openapi()["paths"]
    assert {"/v1/tasks/feed", "/v1/sla/feed", "/v1/sla/timers", "/v1/sla/summary"} <= set(paths)


async def test_a_filter_that_can_match_nothing_is_refused_as_the_list_refuses_it(address: str) -> None:
    headers = {"Authorization": f"Bearer {BOOTSTRAP}"}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=20) as client:
        for path, name in (
            ("/v1/tasks/feed", "role"),
            ("/v1/tasks/feed", "kind"),
            ("/v1/tasks/feed", "status"),
            ("/v1/sla/feed", "state"),
        ):
            answer = await client.get(path, params={name: "nonsense"})
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"?{name}")


async def test_a_record_nobody_can_make_out_is_put_aside_and_stops_no_reader(
    address: str, database: Database, clock: Clock
) -> None:
    """It has no place in the feed: a reader that met it would meet it again after every reconnect."""
    broken = task_change(0, clock)
    reader = Reader()
    async with following(address) as lines:
        await publish(database, [replace(broken, data={"type": broken.type, "task": {}}), task_change(1, clock)])
        await reader.read(lines, 1)
    assert reader.numbers == [1]
    async with database.transaction() as connection:
        assert list(await connection.scalars(select(dead_letter.c.record_id))) == [broken.id]
