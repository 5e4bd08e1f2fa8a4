"""A feed as Server-Sent Events: the backlog after the cursor, then what happens, a heartbeat every 15 seconds."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final, Literal

from pydantic_core import to_json
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from journey_api.feeds.cursor import encode_cursor
from journey_api.feeds.filters import Match
from journey_api.feeds.hub import Hub, Subscriber
from journey_api.feeds.numbered_rows import FeedRow, Stream, heads, oldest, rows_after
from shared.db.engine import Database

PING_SECONDS = 15.0
Heartbeat = Literal["comment", "event"]
_PINGS: Final[Mapping[Heartbeat, bytes]] = {"comment": b": ping\n\n", "event": b"event: heartbeat\ndata: {}\n\n"}

Render = Callable[[FeedRow], tuple[str, Mapping[str, Any]]]
"""A row as the event's name and its data."""


class CursorGone(Exception):
    """The rows after this cursor are no longer kept: read the list anew and go on from its `feed_cursor`."""


@dataclass
class Feed:
    """What one client follows. `dealers` is `{"*"}` for a key of every dealer; `form` names what `render` makes.

    `still_allowed` is asked every 15 seconds, and at once where the subscription is doubted; the stream ends when it
    answers no. `heartbeat`: a comment, or an event for readers who are shown no comments.
    """

    database: Database
    hub: Hub
    stream: Stream
    dealers: Iterable[str]
    match: Match
    form: str
    render: Render
    still_allowed: Callable[[], Awaitable[bool]]
    heartbeat: Heartbeat = "comment"
    positions: dict[str, int] = field(default_factory=dict)
    ping_seconds: float = PING_SECONDS

    async def start_from(self, cursor: Mapping[str, int] | None) -> None:
        """Begin after the cursor, or now. Raises CursorGone."""
        async with self.database.transaction(self._scope()) as connection:
            newest = await heads(connection, self.stream)
            kept = await oldest(connection, self.stream, newest) if cursor is not None else {}
        if cursor is None:
            self.positions = newest
            return
        for dealer_id, head in newest.items():
            position = cursor.get(dealer_id, 0)
            if position > head or (position < head and kept.get(dealer_id, head + 1) > position + 1):
                raise CursorGone
        self.positions = {dealer_id: cursor.get(dealer_id, 0) for dealer_id in newest}

    async def frames(self, subscriber: Subscriber) -> AsyncIterator[bytes]:
        """Every wanted row once, as it comes; ends when the subscription does."""
        yield b": open\n\n"
        await self.hub.begun.wait()
        async for row in self._backlog():
            yield self._frame(row)
        asked = monotonic()
        while True:
            if subscriber.doubted or monotonic() - asked >= self.ping_seconds:
                asked, subscriber.doubted = monotonic(), False
                if not await self.still_allowed():
                    return
            rows = await subscriber.take(self.ping_seconds)
            if rows is None:
                return
            frames = b"".join(self._frame(row) for row in rows if self._is_new(row))
            if frames or not rows:
                yield frames or _PINGS[self.heartbeat]

    async def _backlog(self) -> AsyncIterator[FeedRow]:
        async with self.database.transaction(self._scope()) as connection:
            for dealer_id in await heads(connection, self.stream):
                self.positions.setdefault(dealer_id, 0)
        while True:
            async with self.database.transaction(self._scope()) as connection:
                rows = await rows_after(connection, self.stream, self.positions)
            if not rows:
                return
            for row in rows:
                self.positions[row.dealer_id] = row.position
                if self.match(row.type, row.data):
                    yield row

    def _is_new(self, row: FeedRow) -> bool:
        """Whether a row comes after what was sent of its dealer; it counts as sent from here on."""
        if row.position <= self.positions.get(row.dealer_id, 0):
            return False
        self.positions[row.dealer_id] = row.position
        return True

    def _frame(self, row: FeedRow) -> bytes:
        if self.form not in row.frames:
            name, data = self.render(row)
            row.frames[self.form] = b"event: " + name.encode() + b"\nid: ", b"\ndata: " + to_json(data) + b"\n\n"
        begin, end = row.frames[self.form]
        return begin + encode_cursor(self.positions).encode() + end

    def _scope(self) -> str:
        return ",".join(self.dealers)


class EventStream(Response):
    """Sends the frames of a feed until the client goes, falls behind, or the process closes."""

    media_type = "text/event-stream"

    def __init__(self, feed: Feed) -> None:
        super().__init__(headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._feed = feed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        with self._feed.hub.subscription(self._feed.stream, self._feed.dealers, self._feed.match) as subscriber:
            watch = asyncio.create_task(_end_when_gone(receive, subscriber))
            try:
                async for frame in self._feed.frames(subscriber):
                    await send({"type": "http.response.body", "body": frame, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            finally:
                watch.cancel()


async def _end_when_gone(receive: Receive, subscriber: Subscriber) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    subscriber.end()
