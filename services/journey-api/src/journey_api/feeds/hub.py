"""One tailer a process: reads each new feed row once and hands it to the subscribers it concerns."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

import structlog

from journey_api.feeds.filters import Match
from journey_api.feeds.numbered_rows import EVERYBODY, FeedRow, Heads, Stream, heads_by_stream, heads_told, rows_after
from shared.db.engine import EVERY_DEALER, Database
from shared.process.shutdown import pause
from shared.process.transient_errors import is_outage

POLL = timedelta(seconds=10)
"""How soon new rows are found when their notification was missed."""
_IDLE_DELAY = timedelta(milliseconds=50)
"""Between two looks, so that rows that come one by one are handed out some at a time."""
QUEUE_LIMIT = 1000
TAKEN_AT_ONCE = 50
_log = structlog.get_logger()


class Subscriber:
    """A client's bounded queue. When it overflows, or the process closes, it ends and the client resumes.

    It waits by a future of its own: a queue of asyncio, awaited for so long, begins a task for each row.
    """

    def __init__(self, match: Match) -> None:
        self.match = match
        self.waiting: list[FeedRow] = []
        self.ended = False
        self.doubted = False
        self._waiter: asyncio.Future[None] | None = None

    def offer(self, row: FeedRow) -> None:
        """Queue a row; end the subscription if the client is too slow."""
        if self.ended:
            return
        if len(self.waiting) >= QUEUE_LIMIT:
            self.end()
        elif self.match(row.type, row.data):
            self.waiting.append(row)
            self._wake()

    def end(self) -> None:
        """No more rows after those queued."""
        self.ended = True
        self._wake()

    def doubt(self) -> None:
        """Have whoever takes the rows ask whether the client may still read them."""
        self.doubted = True
        self._wake()

    async def take(self, seconds: float) -> list[FeedRow] | None:
        """The first rows that wait, or come within so many seconds, none where none comes, or at once where it is
        doubted; None at the end.
        """
        if not self.waiting and not self.ended and not self.doubted:
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            quiet = loop.call_later(seconds, self._wake)
            try:
                await self._waiter
            finally:
                quiet.cancel()
                self._waiter = None
        if not self.waiting and self.ended:
            return None
        rows, self.waiting = self.waiting[:TAKEN_AT_ONCE], self.waiting[TAKEN_AT_ONCE:]
        return rows

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Hub:
    """Fans new rows out. `run` tails the numbered rows until the process ends; who hears of new ones calls `wake`.

    `begun` is set once it knows where the rows stand: what comes later is handed out, what was there before is for a
    subscriber to read, and not before that.
    """

    def __init__(self, database: Database, poll: timedelta = POLL) -> None:
        self._database = database
        self.woken, self.begun = asyncio.Event(), asyncio.Event()
        self._hints = {EVERYBODY}
        self._poll = poll
        self._subscribers: dict[tuple[Stream, str], set[Subscriber]] = defaultdict(set)
        self._seen: dict[Stream, dict[str, int]] = {}
        self._closed = False

    @contextmanager
    def subscription(self, stream: Stream, dealers: Iterable[str], match: Match) -> Iterator[Subscriber]:
        """A subscriber of these dealers (`*`: all) for as long as the context lasts."""
        subscriber = Subscriber(match)
        keys = [(stream, dealer_id) for dealer_id in dealers]
        for key in keys:
            self._subscribers[key].add(subscriber)
        if self._closed:
            subscriber.end()
        try:
            yield subscriber
        finally:
            for key in keys:
                self._subscribers[key].discard(subscriber)

    def wake(self, hint: str) -> None:
        """Look for the rows that a notification tells of, or for those of every dealer."""
        self._hints.add(hint)
        self.woken.set()

    def doubt(self) -> None:
        """Have every stream ask now whether its client may still read it."""
        for group in self._subscribers.values():
            for subscriber in group:
                subscriber.doubt()

    def close(self) -> None:
        """End every stream at once; the clients resume elsewhere with their cursor."""
        self._closed = True
        self.begun.set()
        for group in self._subscribers.values():
            for subscriber in group:
                subscriber.end()

    async def run(self, stop: asyncio.Event) -> None:
        """Tail both streams until asked to stop; an outage of the database is waited out."""
        while not stop.is_set():
            self.woken.clear()
            hints, self._hints = self._hints, set()
            try:
                await self._hand_out_up_to(heads_told(hints))
                self.begun.set()
            except Exception as error:
                self._hints.add(EVERYBODY)
                if not is_outage(error):
                    raise
                _log.warning("feed_tail_waits", error=type(error).__name__)
            await pause(stop, _IDLE_DELAY)
            await pause(stop, self._poll, self.woken)

    async def _hand_out_up_to(self, heads: Heads | None) -> None:
        """Hand out the rows up to these positions; None: up to where all dealers' stand. Asks only what it must."""
        if heads is not None and not any(self._behind(*one) for one in heads.items()):
            return
        async with self._database.look() as connection:
            for stream, newest in (heads or await heads_by_stream(connection)).items():
                behind = self._behind(stream, newest)
                while behind and (rows := await rows_after(connection, stream, behind)):
                    for row in rows:
                        self._hand_out(stream, row)
                        behind[row.dealer_id] = self._seen[stream][row.dealer_id] = row.position

    def _behind(self, stream: Stream, newest: Mapping[str, int]) -> dict[str, int]:
        """Where the followed dealers stand of whom there is more."""
        seen = self._seen.setdefault(stream, dict(newest))
        grown = {d: position for d, position in newest.items() if position > seen.get(d, 0)}
        # whoever begins to follow from here on reads what is there by itself
        seen |= {d: position for d, position in grown.items() if not self._is_followed(stream, d)}
        return {d: seen.get(d, 0) for d, position in grown.items() if position > seen.get(d, 0)}

    def _is_followed(self, stream: Stream, dealer_id: str) -> bool:
        return bool(self._subscribers.get((stream, dealer_id)) or self._subscribers.get((stream, EVERY_DEALER)))

    def _hand_out(self, stream: Stream, row: FeedRow) -> None:
        for key in ((stream, row.dealer_id), (stream, EVERY_DEALER)):
            for subscriber in self._subscribers.get(key, ()):
                subscriber.offer(row)
