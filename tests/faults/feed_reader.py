"""A client of the task feed that is cut off again and again and goes on from its cursor."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
from load_dealer import DEALER
from running_stack import Api
from waiting import pause, until

_AGAIN_AFTER = 0.25


@dataclass
class FeedReader:
    """Collects the cursors it was sent, in order. It begins at `cursor`."""

    api: Api
    cursor: str
    cursors: list[str] = field(default_factory=list)
    connections: int = 0

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            try:
                await self._read()
            except httpx.TransportError:
                await pause(_AGAIN_AFTER)

    async def _read(self) -> None:
        headers = {"Last-Event-ID": self.cursor}
        async with self.api.stream("/v1/tasks/feed", params={"dealer_id": DEALER}, headers=headers) as answer:
            if answer.status_code != 200:
                assert answer.status_code >= 500, answer.status_code
                await pause(_AGAIN_AFTER)
                return
            self.connections += 1
            async for cursor in _cursors(answer):
                self.cursor = cursor
                self.cursors.append(cursor)

    async def until_read(self, cursor: str, seconds: float) -> None:
        """Wait until a cursor has arrived."""

        async def arrived() -> bool:
            return self.cursor == cursor

        await until(arrived, seconds, "the feed read to its end")


async def _cursors(answer: httpx.Response) -> AsyncIterator[str]:
    """The cursor of each whole message."""
    cursor = ""
    async for line in answer.aiter_lines():
        if line.startswith("id:"):
            cursor = line.removeprefix("id:").strip()
        elif not line and cursor:
            yield cursor
            cursor = ""
